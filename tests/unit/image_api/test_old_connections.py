"""A connection that is kept from an earlier request may be closed by its server: nothing was read there, or billed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bot.domain.image_faults import ConnectionLost
from tests.fakes.clock import PassingClock
from tests.simulators.image_api.gemini_shapes import one_picture
from tests.unit.image_api.orders import FOX, NotedJournal, endpoint, paint
from tests.unit.image_api.routing.scripted import route, router
from tests.unit.image_api.streaming.folder_sink import FolderSink


@dataclass
class HangingUp:
    """A server that answers the first request of each connection, and hangs up at the following ones unread."""

    answers_first: bool = True
    base_url: str = ""
    ended: list[asyncio.Event] = field(default_factory=list)  # one for each connection
    requests: list[int] = field(default_factory=list)  # the number of each within its connection

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_over = asyncio.Event()
        self.ended.append(is_over)
        picture = b"".join(one_picture(FOX).pieces())
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(picture)
        number = 0
        while await _read_request(reader):
            number += 1
            self.requests.append(number)
            if number > 1 or not self.answers_first:
                break
            writer.write(head + picture)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        is_over.set()


async def _read_request(reader: asyncio.StreamReader) -> bool:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line.split(b":")[1] for line in head.splitlines() if line.lower().startswith(b"content-length:"))
        await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        return False
    return True


@asynccontextmanager
async def hanging_up(*, answers_first: bool) -> AsyncIterator[HangingUp]:
    server = HangingUp(answers_first=answers_first)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.base_url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
        for is_over in server.ended:
            await is_over.wait()


async def test_an_old_connection_that_is_closed_unread_is_replaced_at_once_and_marked_once(sink: FolderSink) -> None:
    async with hanging_up(answers_first=True) as server:
        api, journal = endpoint(server.base_url), NotedJournal()
        for _ in range(2):
            await paint(api, sink, journal=journal)
        await api.close()
    assert server.requests == [1, 2, 1]
    assert journal.left == ["gateway"] * 2


async def test_a_new_connection_that_is_closed_without_an_answer_was_probably_billed(sink: FolderSink) -> None:
    async with hanging_up(answers_first=False) as server:
        journal, clock = NotedJournal(), PassingClock()
        api = router(route("gateway", endpoint(server.base_url)), clock=clock, retry_billed=False)
        with pytest.raises(ConnectionLost):
            await paint(api, sink, journal=journal)
        await api.close()
    assert server.requests == [1]
    assert [each.is_billed for each in journal.tries] == [True]
