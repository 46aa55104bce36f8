"""What every Transcript holds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.ports import Transcript
from bot.storage.transcript import SqlTranscript
from tests.contract.stores import HeldClock
from tests.empty_database import open_database
from tests.fakes.transcript import MemoryTranscript


@asynccontextmanager
async def open_sql_transcript(folder: Path) -> AsyncIterator[Transcript]:
    database = await open_database(folder / "store.db")
    try:
        yield SqlTranscript(database, HeldClock())
    finally:
        await database.close()


@asynccontextmanager
async def open_memory_transcript(_: Path) -> AsyncIterator[Transcript]:
    yield MemoryTranscript()


OPENERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Transcript]]] = {
    "sql": open_sql_transcript,
    "memory": open_memory_transcript,
}


@pytest.fixture(params=list(OPENERS.values()), ids=list(OPENERS))
async def transcript(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Transcript]:
    async with request.param(tmp_path) as each:
        yield each


async def test_entries_keep_their_order_and_words(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": "你好", "lines": [1, 2.5, None, True]})
    second = await transcript.append("anna", "b", {})
    assert first.position < second.position
    assert first.revision < second.revision
    assert first.body == {"says": "你好", "lines": [1, 2.5, None, True]}
    assert list(await transcript.read_after("anna", 0, limit=10)) == [first, second]


async def test_a_key_is_said_once(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": 1})
    assert await transcript.append("anna", "a", {"says": 2}) == first
    assert list(await transcript.read_after("anna", 0, limit=10)) == [first]


async def test_the_same_key_many_times_at_once_is_one_entry(transcript: Transcript) -> None:
    said = await asyncio.gather(*(transcript.append("anna", "a", {"says": number}) for number in range(8)))
    assert all(each == said[0] for each in said)


async def test_a_change_is_read_after_what_was_read_before(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": 1})
    second = await transcript.append("anna", "b", {"says": 2})
    changed = await transcript.replace("anna", "a", {"says": 3})
    assert changed is not None
    assert (changed.key, changed.position, changed.body) == ("a", first.position, {"says": 3})
    assert changed.revision > second.revision
    assert list(await transcript.read_after("anna", second.revision, limit=10)) == [changed]
    assert list(await transcript.read_after("anna", 0, limit=10)) == [second, changed]
    assert await transcript.find("anna", "a") == changed


async def test_an_entry_is_changed_from_what_it_is(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": 1, "at": 7})
    changed = await transcript.change("anna", "a", lambda body: {**body, "says": body["says"] + 1})
    assert changed is not None
    assert (changed.position, changed.body) == (first.position, {"says": 2, "at": 7})
    assert list(await transcript.read_after("anna", first.revision, limit=10)) == [changed]


async def test_an_entry_that_stays_what_it_is_keeps_its_revision(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": "\ud83d"})
    assert await transcript.change("anna", "a", lambda _: {"says": "\ud83d"}) == first
    assert await transcript.newest_revision("anna") == first.revision


async def test_many_changes_at_once_are_all_made(transcript: Transcript) -> None:
    await transcript.append("anna", "a", {"count": 0})
    await asyncio.gather(*(transcript.change("anna", "a", lambda body: {"count": body["count"] + 1}) for _ in range(8)))
    said = await transcript.find("anna", "a")
    assert said is not None
    assert said.body == {"count": 8}


async def test_what_is_not_there_is_not_changed(transcript: Transcript) -> None:
    await transcript.append("anna", "a", {})
    await transcript.replace("anna", "a", None)
    assert [await transcript.change("anna", key, lambda _: {"says": 1}) for key in ("a", "b")] == [None, None]


async def test_what_was_taken_away_is_still_told(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": 1})
    gone = await transcript.replace("anna", "a", None)
    assert gone is not None
    assert gone.body is None
    assert list(await transcript.read_after("anna", first.revision, limit=10)) == [gone]
    assert await transcript.append("anna", "a", {"says": 2}) == gone


async def test_what_was_never_said_cannot_be_changed_or_found(transcript: Transcript) -> None:
    await transcript.append("bert", "a", {"says": 1})
    assert await transcript.replace("anna", "a", {"says": 2}) is None
    assert await transcript.find("anna", "a") is None
    assert list(await transcript.read_after("anna", 0, limit=10)) == []


async def test_conversations_do_not_meet(transcript: Transcript) -> None:
    first = await transcript.append("anna", "a", {"says": 1})
    other = await transcript.append("bert", "a", {"says": 2})
    assert list(await transcript.read_after("anna", 0, limit=10)) == [first]
    assert list(await transcript.read_after("bert", 0, limit=10)) == [other]


async def test_reading_goes_on_where_it_stopped(transcript: Transcript) -> None:
    said = [await transcript.append("anna", f"k{number}", {"n": number}) for number in range(5)]
    read = list(await transcript.read_after("anna", 0, limit=3))
    assert read == said[:3]
    assert list(await transcript.read_after("anna", read[-1].revision, limit=3)) == said[3:]


async def test_what_was_said_is_there_after_a_restart(tmp_path: Path) -> None:
    async with open_sql_transcript(tmp_path) as before:
        said = await before.append("anna", "a", {"says": 1})
    async with open_sql_transcript(tmp_path) as after:
        assert list(await after.read_after("anna", 0, limit=10)) == [said]


async def test_what_cannot_be_kept_is_replaced_and_never_stops_a_conversation(transcript: Transcript) -> None:
    said = await transcript.append("anna", "a\0", {"says": ["half \ud83d", "\ud83d\ude00"]})
    assert (said.key, said.body) == ("a�", {"says": ["half �", "😀"]})
    assert await transcript.find("anna", "a\0") == said
    changed = await transcript.replace("anna", "a\0", {"says": "\0"})
    assert changed is not None
    assert changed.body == {"says": "�"}


async def test_the_last_entries_come_in_their_order_without_those_taken_away(transcript: Transcript) -> None:
    said = [await transcript.append("anna", f"k{number}", {"n": number}) for number in range(6)]
    await transcript.append("ben", "k", {"n": 0})
    await transcript.replace("anna", "k4", None)
    changed = await transcript.replace("anna", "k2", {"n": 22})

    assert list(await transcript.read_before("anna", None, limit=3)) == [changed, said[3], said[5]]
    assert list(await transcript.read_before("anna", 3, limit=3)) == said[:2]
    assert list(await transcript.read_before("anna", 1, limit=3)) == []


async def test_the_newest_revision_is_that_of_the_last_change(transcript: Transcript) -> None:
    assert await transcript.newest_revision("anna") == 0
    await transcript.append("anna", "a", {})
    await transcript.append("anna", "b", {})
    changed = await transcript.replace("anna", "a", None)

    assert changed is not None
    assert await transcript.newest_revision("anna") == changed.revision
