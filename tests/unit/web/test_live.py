import json
from typing import Any

from adapters.web.live import BATCH, Bell, event_stream
from tests.fakes import MemoryTranscript


class Reader:
    """Reads a stream as a browser does: (event, id, data) for each event, comments as they are."""

    def __init__(self, transcript: MemoryTranscript, bell: Bell, *, after: int = 0, heartbeat: float = 30) -> None:
        self._pieces = event_stream(transcript, "c", bell, after=after, heartbeat_seconds=heartbeat)

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


async def test_a_page_gets_what_was_said_then_what_is_said_then_the_end() -> None:
    transcript, bell = MemoryTranscript(), Bell()
    await transcript.append("c", "one", {"n": 1})
    reader = Reader(transcript, bell)

    before = await reader.until_caught_up()
    await transcript.append("c", "two", {"n": 2})
    bell.ring()
    live = await reader.next()
    bell.close()

    assert before[0] == ("", "", {"retry": "1500"})
    assert [(kind, id_, data["key"]) for kind, id_, data in before[1:]] == [("entry", "1", "one")]
    assert (live[0], live[1], live[2]["n"]) == ("entry", "2", 2)
    assert await reader.ended()


async def test_a_page_that_was_away_goes_on_where_it_stopped() -> None:
    transcript = MemoryTranscript()
    await transcript.append("c", "one", {"n": 1})
    await transcript.append("c", "two", {"n": 2})

    events = await Reader(transcript, Bell(), after=1).until_caught_up()

    assert [data["key"] for kind, _, data in events if kind] == ["two"]


async def test_many_changes_of_an_entry_while_a_page_sleeps_come_once() -> None:
    transcript = MemoryTranscript()
    await transcript.append("c", "status", {"seconds": 0})
    for seconds in range(1, 50):
        await transcript.replace("c", "status", {"seconds": seconds})

    events = await Reader(transcript, Bell(), after=1).until_caught_up()

    assert [(id_, data["seconds"]) for kind, id_, data in events if kind] == [("50", 49)]


async def test_a_change_between_reading_and_waiting_is_not_slept_through() -> None:
    transcript, bell = MemoryTranscript(), Bell()
    reader = Reader(transcript, bell)
    await reader.until_caught_up()  # the stream has read, and does not wait yet
    await transcript.append("c", "one", {"n": 1})
    bell.ring()

    assert (await reader.next())[2]["key"] == "one"


async def test_an_entry_that_is_taken_away_is_told_by_its_key() -> None:
    transcript = MemoryTranscript()
    await transcript.append("c", "one", {"n": 1})
    await transcript.replace("c", "one", None)

    events = await Reader(transcript, Bell()).until_caught_up()

    assert events[1:] == [("gone", "2", {"key": "one"})]


async def test_a_long_conversation_comes_whole_and_in_order() -> None:
    transcript = MemoryTranscript()
    for number in range(2 * BATCH + 1):
        await transcript.append("c", f"k{number}", {"n": number})

    events = await Reader(transcript, Bell()).until_caught_up()

    assert [data["n"] for kind, _, data in events if kind] == list(range(2 * BATCH + 1))


async def test_a_quiet_connection_shows_that_it_lives() -> None:
    reader = Reader(MemoryTranscript(), Bell(), heartbeat=0.01)
    await reader.until_caught_up()

    assert (await reader.next())[2] == {"": "still here"}


async def test_words_cannot_break_out_of_an_event() -> None:
    transcript = MemoryTranscript()
    words = "one\n\nevent: gone\r\ndata: {}\r\u2028"
    await transcript.append("c", "one", {"text": words})

    events = await Reader(transcript, Bell()).until_caught_up()

    assert [(kind, data["text"]) for kind, _, data in events[1:]] == [("entry", words)]
