"""202 means durable: what the store cannot keep now is answered with 503 and a sentence, and shown to nobody."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.chat import OutgoingMessage, Sentence
from bot.domain.errors import StoreUnavailable
from bot.ports import Said
from tests.fakes.transcript import MemoryTranscript
from tests.page.alone import PageAlone, guest, page_alone
from tests.page.core import draw

KEY = "0123456789abcdef"


class Locking(MemoryTranscript):
    """A transcript whose next writes can be made to fail, counted from now."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at: set[int] = set()
        self.writes = 0

    def lock(self, *writes: int) -> None:
        self.writes, self.fails_at = 0, set(writes)

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        self._write()
        return await super().append(conversation, key, body)

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        self._write()
        return await super().replace(conversation, key, body)

    def _write(self) -> None:
        self.writes += 1
        if self.writes in self.fails_at:
            raise StoreUnavailable("the database is locked")


@pytest.fixture
def transcript() -> Locking:
    return Locking()


@pytest.fixture
async def page(tmp_path: Path, transcript: Locking) -> AsyncIterator[PageAlone]:
    async with page_alone(tmp_path, transcript=transcript) as page:
        yield page


@pytest.fixture
async def session(page: PageAlone) -> AsyncIterator[aiohttp.ClientSession]:
    async with guest(page) as session:
        yield session


async def send(session: aiohttp.ClientSession, text: str = "a fox", *, file: bytes = b"") -> tuple[int, str]:
    body = aiohttp.FormData({"key": KEY, "text": text}, default_to_multipart=True)
    if file:
        body.add_field("file", file, filename="notes.txt")
    async with session.post("/messages", data=body) as answer:
        return answer.status, await answer.text()


async def press(session: aiohttp.ClientSession, message: str) -> tuple[int, str]:
    async with session.post("/presses", json={"key": KEY, "token": "again:7", "message": message}) as answer:
        return answer.status, await answer.text()


async def shown(session: aiohttp.ClientSession) -> list[str]:
    """Return the keys of the entries that a page shows."""
    async with session.get("/entries?before=1000") as answer:
        return [entry["key"] for entry in (await answer.json())["entries"]]


NOT_KEPT = (503, "page-not-kept")


async def test_a_message_that_the_core_cannot_keep_is_shown_to_nobody_until_it_can(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    page.core.is_locked = True
    assert [await send(session), await send(session)] == [NOT_KEPT, NOT_KEPT]
    assert await shown(session) == []

    page.core.is_locked = False
    assert (await send(session))[0] == 202
    assert await shown(session) == [f"m:{KEY}"]
    assert [message.key for message in page.core.messages] == [f"m:{KEY}"]


@pytest.mark.parametrize(("locked_write", "heard"), [(1, 0), (2, 1)])
async def test_a_lock_between_any_two_writes_ends_in_one_entry_and_one_request(
    page: PageAlone, session: aiohttp.ClientSession, transcript: Locking, locked_write: int, heard: int
) -> None:
    transcript.lock(locked_write)
    assert await send(session) == NOT_KEPT
    assert (await shown(session), len(page.core.messages)) == ([], heard)

    assert (await send(session))[0] == 202
    assert await shown(session) == [f"m:{KEY}"]
    assert {message.key for message in page.core.messages} == {f"m:{KEY}"}


async def test_it_stands_where_it_was_said_first(
    page: PageAlone, session: aiohttp.ClientSession, transcript: Locking
) -> None:
    page.core.is_locked = True
    await send(session)
    await page.say("later")
    page.core.is_locked = False
    await send(session)

    assert await shown(session) == [f"m:{KEY}", "b:later"]


@pytest.mark.parametrize("locked_write", [1, 2, 3])
async def test_the_answer_to_a_file_that_is_none_comes_once(
    session: aiohttp.ClientSession, transcript: Locking, locked_write: int
) -> None:
    transcript.lock(locked_write)
    assert await send(session, file=b"hello") == NOT_KEPT
    assert (await send(session, file=b"hello"))[0] == 202

    assert await shown(session) == [f"m:{KEY}", f"b:{KEY}:files"]


async def test_a_page_of_history_in_which_nothing_is_taken_leads_to_the_one_before(
    page: PageAlone, session: aiohttp.ClientSession, transcript: Locking
) -> None:
    await page.say("first")
    for number in range(120):
        await transcript.append("local", f"m:{number}", {"isTaken": False})

    assert await shown(session) == ["b:first"]
    async with session.get("/entries?key=m:3&key=b:first") as answer:
        assert [entry["key"] for entry in (await answer.json())["entries"]] == ["b:first"]


async def test_a_press_that_cannot_be_kept_is_said_so(page: PageAlone, session: aiohttp.ClientSession) -> None:
    ref = await page.say("r1")
    page.core.is_locked = True
    assert await press(session, ref) == NOT_KEPT

    page.core.is_locked = False
    assert (await press(session, ref))[0] == 202
    assert len(page.core.presses) == 1


async def test_the_answer_to_a_press_is_an_entry_and_comes_once(
    page: PageAlone, session: aiohttp.ClientSession, transcript: Locking
) -> None:
    ref = await page.say("r1")
    page.core.answer = OutgoingMessage(lines=(Sentence("button-unknown"),), language="en")
    transcript.lock(1)
    assert await press(session, ref) == NOT_KEPT
    assert [(await press(session, ref))[0], (await press(session, ref))[0]] == [202, 202]

    assert await shown(session) == ["b:r1", f"b:p:{KEY}:answer"]


async def test_a_full_disk_is_said_so_and_nothing_of_the_picture_is_asked_for(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    page.pictures.is_full = True
    assert await send(session, file=draw(30, 20)) == NOT_KEPT

    assert page.core.heard == []
    assert await shown(session) == []


async def test_a_stream_that_meets_a_locked_store_ends_and_the_next_goes_on(
    session: aiohttp.ClientSession, transcript: Locking
) -> None:
    transcript.lock(1)
    async with session.get("/events") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    async with session.get("/events") as answer:
        await answer.content.readuntil(b"caught-up")
