"""HTTP as an attacker speaks it: bytes on a socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

WITHIN_SECONDS = 30.0
"""Longer means that the server hangs."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(origin: str, *, source: str | None = None) -> Streams:
    """Open a connection, from another address of this machine if one is given."""
    address = urlsplit(origin)
    async with asyncio.timeout(WITHIN_SECONDS):
        return await asyncio.open_connection(
            address.hostname, address.port, local_addr=None if source is None else (source, 0)
        )


@asynccontextmanager
async def connected(origin: str, *, source: str | None = None) -> AsyncIterator[Streams]:
    """Open a connection, which is closed at the end."""
    reader, writer = await connect(origin, source=source)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ask(origin: str, request: bytes, *, source: str | None = None, ends: bool = True) -> bytes:
    """Send a request and read until the server closes; b"" if it closes without an answer.

    `ends`: say afterwards that nothing more will come.
    """
    async with connected(origin, source=source) as (reader, writer):
        try:
            writer.write(request)
            if ends:
                writer.write_eof()
            async with asyncio.timeout(WITHIN_SECONDS):
                return await reader.read()
        except ConnectionError:
            return b""


async def get(origin: str, path: str, *, source: str | None = None, more: bytes = b"") -> bytes:
    """Send a GET and return the answer with its head."""
    host = urlsplit(origin).netloc.encode()
    request = b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n%b\r\n" % (path.encode(), host, more)
    return await ask(origin, request, source=source, ends=False)


async def is_closed(reader: asyncio.StreamReader) -> None:
    """Wait until the server closes a connection; what it says before is passed over."""
    async with asyncio.timeout(WITHIN_SECONDS):
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            pass


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that nobody tells of."""
    for _ in range(3000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")
