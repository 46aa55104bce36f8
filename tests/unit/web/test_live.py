import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.web.history import PAGE_ENTRIES
from adapters.web.live import BATCH, Bell, event_stream
from bot.ports import Said
from tests.fakes.transcript import MemoryTranscript


class Reader:
    """Reads a stream as a browser does: (event, id, data) for each event, comments as they are."""

    def __init__(
        self, transcript: MemoryTranscript, bell: Bell, *, after: int = 0, newest: int = 0, heartbeat: float = 30
    ) -> None:
        self._pieces = event_stream(
            transcript, "c", bell, after=after, newest=newest, credits_left=7, heartbeat_seconds=heartbeat
        )

    async def next(self) -> tuple[str, str, Any]:
        piece = (await anext(self._pieces)).decode()
        assert piece.endswith("\n\n")
        fields = dict(line.split(": ", 1) for line in piece.strip().split("\n"))
        return fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"]) if "data" in fields else fields

    async def until_caught_up(self) -> list[tuple[str, str, Any]]:
        events = []
        while (event := await self.next())[0] != "caught-up":
            events.append(event)
        return events

    async def ended(self) -> bool:
        return await anext(self._pieces, None) is None


async def spoken(count: int) -> MemoryTranscript:
    """Make a conversation of so many entries, which are k1, k2 …"""
    transcript = MemoryTranscript()
    for number in range(1, count + 1):
        await transcript.append("c", f"k{number}", {"n": number})
    return transcript


async def test_a_page_gets_what_was_said_then_what_is_said_then_the_end() -> None:
    transcript, bell = await spoken(1), Bell()
    reader = Reader(transcript, bell, newest=1)

    before = await reader.until_caught_up()
    await transcript.append("c", "two", {"n": 2})
    bell.ring()
    live = await reader.next()
    bell.close()

    assert before[0] == ("", "", {"retry": "1500"})
    assert before[1][:2] == ("afresh", "")
    assert before[1][2].items() >= {"hasOlder": False, "creditsLeft": 7, "revision": 1}.items()
    assert [(kind, id_, data["key"]) for kind, id_, data in before[2:]] == [("entry", "", "k1")]
    assert (live[0], live[1], live[2]["n"]) == ("entry", "2", 2)
    assert await reader.ended()


@pytest.mark.parametrize("length", [PAGE_ENTRIES, PAGE_ENTRIES + 1, 1000])
async def test_a_new_page_gets_the_last_entries_in_their_order_and_no_more(length: int) -> None:
    transcript = await spoken(length)
    last = [f"k{number}" for number in range(length - PAGE_ENTRIES + 1, length + 1)]
    await transcript.replace("c", last[0], {"n": "changed last"})
    reader = Reader(transcript, Bell(), newest=length + 1)

    _, afresh, *events = await reader.until_caught_up()

    assert afresh[2]["hasOlder"] is (length > PAGE_ENTRIES)
    assert [data["key"] for _, _, data in events] == last
    assert events[0][2]["n"] == "changed last"


async def test_what_changes_while_a_page_begins_comes_after_it() -> None:
    transcript = await spoken(80)
    await transcript.replace("c", "k1", {"n": "changed"})  # since `newest` was read

    events = await Reader(transcript, Bell(), newest=80).until_caught_up()

    assert (events[-1][1], events[-1][2]["n"]) == ("81", "changed")


async def test_a_page_that_was_away_goes_on_where_it_stopped() -> None:
    transcript = await spoken(80)

    events = await Reader(transcript, Bell(), after=79, newest=80).until_caught_up()

    assert [data["key"] for kind, _, data in events if kind] == ["k80"]


@pytest.mark.parametrize("after", [1, 500])
async def test_a_page_that_missed_too_much_or_knows_another_conversation_begins_afresh(after: int) -> None:
    transcript = await spoken(BATCH + 1)

    events = await Reader(transcript, Bell(), after=after, newest=BATCH + 1).until_caught_up()

    assert events[1][0] == "afresh"
    assert len(events) == 2 + PAGE_ENTRIES


async def test_a_page_that_is_there_knows_where_to_go_on() -> None:
    """The first entries have no ids: a page that loses its connection among them begins afresh."""
    reader = Reader(await spoken(80), Bell(), newest=80)
    kinds = []
    while (event := await reader.next())[0] != "caught-up":
        kinds.append(event[1])

    assert set(kinds) == {""}
    assert event[1] == "80"


async def test_many_changes_of_an_entry_while_a_page_sleeps_come_once() -> None:
    transcript = MemoryTranscript()
    await transcript.append("c", "status", {"seconds": 0})
    for seconds in range(1, 50):
        await transcript.replace("c", "status", {"seconds": seconds})

    events = await Reader(transcript, Bell(), after=1, newest=50).until_caught_up()

    assert [(id_, data["seconds"]) for kind, id_, data in events if kind] == [("50", 49)]


async def test_a_change_between_reading_and_waiting_is_not_slept_through() -> None:
    transcript, bell = MemoryTranscript(), Bell()
    reader = Reader(transcript, bell)
    await reader.until_caught_up()  # the stream has read, and does not wait yet
    await transcript.append("c", "one", {"n": 1})
    bell.ring()

    assert (await reader.next())[2]["key"] == "one"


class Counting(MemoryTranscript):
    """A transcript that counts how often it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        self.reads += 1
        return await super().read_after(conversation, revision, limit=limit)


async def test_changes_that_the_bell_was_told_of_are_not_read_again() -> None:
    transcript, bell = Counting(), Bell()
    reader = Reader(transcript, bell)
    await reader.until_caught_up()
    before = transcript.reads
    for number in range(3):
        bell.note("c", await transcript.append("c", f"k{number}", {"n": number}))
    bell.note("elsewhere", await transcript.append("elsewhere", "other", {}))
    changed = await transcript.replace("c", "k0", {"n": 7})
    assert changed is not None
    bell.note("c", replace(changed, revision=4))  # this fake counts revisions over all conversations
    bell.ring()

    events = [await reader.next() for _ in range(3)]

    assert [(id_, data["key"], data["n"]) for _, id_, data in events] == [
        ("2", "k1", 1),
        ("3", "k2", 2),
        ("4", "k0", 7),
    ]
    assert transcript.reads == before


async def test_a_page_that_comes_reads_whatever_the_bell_knows() -> None:
    transcript, bell = await spoken(3), Bell()
    bell.note("c", await transcript.append("c", "k2", {}))  # it is there already

    events = await Reader(transcript, bell, after=1, newest=3).until_caught_up()

    assert [data["key"] for kind, _, data in events if kind == "entry"] == ["k2", "k3"]


async def test_where_the_bell_was_not_told_of_a_change_all_are_read() -> None:
    transcript, bell = Counting(), Bell()
    reader = Reader(transcript, bell)
    await reader.until_caught_up()
    await transcript.append("c", "untold", {"n": 1})
    bell.note("c", await transcript.append("c", "told", {"n": 2}))
    bell.ring()

    assert [(await reader.next())[2]["key"] for _ in range(2)] == ["untold", "told"]


async def test_an_entry_that_is_taken_away_is_told_by_its_key() -> None:
    transcript = MemoryTranscript()
    await transcript.append("c", "one", {"n": 1})
    await transcript.replace("c", "one", None)

    events = await Reader(transcript, Bell(), after=1, newest=2).until_caught_up()

    assert events[1:] == [("gone", "2", {"key": "one"})]


async def test_a_quiet_connection_shows_that_it_lives() -> None:
    reader = Reader(MemoryTranscript(), Bell(), heartbeat=0.01)
    await reader.until_caught_up()

    assert (await reader.next())[2] == {"": "still here"}


async def test_words_cannot_break_out_of_an_event() -> None:
    transcript = MemoryTranscript()
    words = "one\n\nevent: gone\r\ndata: {}\r\u2028"
    await transcript.append("c", "one", {"text": words})

    events = await Reader(transcript, Bell(), newest=1).until_caught_up()

    assert [(kind, data["text"]) for kind, _, data in events[2:]] == [("entry", words)]


async def test_the_page_learns_the_time_of_our_clock() -> None:
    reader = Reader(await spoken(1), Bell(), newest=1)
    begun = time.time() * 1000

    _, afresh, _ = await reader.until_caught_up()

    assert begun - 1 <= afresh[2]["serverMilliseconds"] <= time.time() * 1000


async def test_what_is_not_known_to_be_durable_is_shown_to_nobody_and_holds_nothing_up() -> None:
    transcript, bell = await spoken(1), Bell()
    await transcript.append("c", "typed", {"n": 2, "isTaken": False})
    reader = Reader(transcript, bell, newest=2)

    assert [data["key"] for kind, _, data in await reader.until_caught_up() if kind == "entry"] == ["k1"]
    await transcript.append("c", "k3", {"n": 3})
    await transcript.replace("c", "typed", {"n": 2})
    bell.ring()
    assert [(await reader.next())[2]["key"] for _ in range(2)] == ["k3", "typed"]
