"""Links to fetch, and a small Internet to fetch them from."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpcore
import pytest

from bot.domain.chat import Quoted
from bot.domain.image_faults import LinkBroken
from bot.domain.requests.requests import PictureLink
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.ports import PictureSink
from tests.unit.image_api.streaming.folder_sink import FolderSink

LOCAL = frozenset({"127.0.0.1"})


def link(url: str, words: str | None = None) -> PictureLink:
    return PictureLink(endpoint="gateway", url=url, words=Quoted(words) if words else None)


class Pauses:
    """Stands for `asyncio.sleep` between tries: it waits no longer than others need, and counts."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class Names:
    """A resolver: every name has its answers, of which each question takes one and the last stays."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(rows) for name, rows in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self._answers:
            raise OSError(f"{host}:{port} is unknown")
        rows = self._answers[host]
        return rows.pop(0) if len(rows) > 1 else rows[0]


class Detour(httpcore.AsyncNetworkBackend):
    """The Internet in one port: notes where it is to connect to, and connects to a file host of ours instead."""

    def __init__(self, port: int, *, unreachable: Iterable[str] = ()) -> None:
        self.connected: list[tuple[str, int]] = []
        self._port = port
        self._unreachable = frozenset(unreachable)
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if host in self._unreachable:
            raise httpcore.ConnectError("unreachable")
        return await self._network.connect_tcp("127.0.0.1", self._port, timeout, local_address, socket_options)


class GarblingRelay:
    """Passes bytes on to a port and back; after so many bytes of an answer it makes some up."""

    def __init__(self, port: int, *, after: int) -> None:
        self.port = 0
        self._onward = port
        self._after = after
        self._relays: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        await asyncio.gather(*self._relays)
        await self._server.wait_closed()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._relays.append(asyncio.create_task(self._relay(reader, writer)))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_host, to_host = await asyncio.open_connection("127.0.0.1", self._onward)
        asking = asyncio.create_task(_pass_on(reader, to_host))
        left = self._after
        with suppress(ConnectionError):
            while left > 0 and (data := await from_host.read(left)):
                writer.write(data)
                left -= len(data)
            writer.write(bytes(1000))
            await writer.drain()
        await asking  # until whoever asked has gone
        for one in (writer, to_host):
            one.close()
            with suppress(ConnectionError):
                await one.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()


async def broken(pictures: LinkedPictures, sink: PictureSink, *urls: str) -> str:
    """Return what the owner reads about links that give no picture. Nothing is left in the sink."""
    with pytest.raises(LinkBroken) as caught:
        await pictures.fetch([link(url) for url in urls], sink)
    await pictures.close()
    if isinstance(sink, FolderSink):
        assert sink.names == []
    return caught.value.owner_text
