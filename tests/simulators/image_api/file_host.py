"""A host of files over real HTTP, as answers of image APIs link to: with every fault that such hosts have.

In a test: `async with FileHost({"/fox.png": Reply(body=…)}) as host: …` with `host.url("/fox.png")`; what was asked
is in `host.requests`.
"""

import asyncio
import gzip
import ssl
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a request for a file gets."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    has_length: bool = True  # else it comes in chunks
    claimed_length: int | None = None  # a Content-Length that is not the body's own
    is_gzipped: bool = False
    piece_bytes: int = 64 * 1024  # how much leaves at a time …
    pause_seconds: float = 0.0  # … and how long after the piece before
    gate: asyncio.Event | None = None  # it waits here …
    gate_at: int | None = None  # … after so many bytes of the body; None: before its first header
    raw: bytes | None = None  # everything that is sent, instead of an answer
    is_reset: bool = False  # the connection is torn down instead of an answer


def redirect(location: str, *, status: int = 302, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status=status, headers={"Location": location, **(headers or {})}, body=b"<a>moved</a>")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFile:
    """A request as it came."""

    target: str  # path and query
    headers: dict[str, str]  # names in lower case


class FileHost:
    """The simulated host. `files` says what a path gets, and may be changed any time.

    Of several replies each request takes one, and the last stays. A path that is not there is answered with 404.
    """

    def __init__(self, files: Mapping[str, Reply | Sequence[Reply]], *, tls: ssl.SSLContext | None = None) -> None:
        self.files = dict(files)
        self.requests: list[AskedFile] = []
        self.port = 0
        self._tls = tls
        self._taken: dict[str, int] = {}
        self._came = asyncio.Condition()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._send)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        self.port = runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def url(self, target: str, *, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{target}"

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        async with self._came:
            self.requests.append(AskedFile(target=request.raw_path, headers=headers))
            self._came.notify_all()
        reply = self._next_reply(request.path)
        assert request.transport is not None
        if reply.is_reset:
            request.transport.abort()
        if reply.raw is not None:
            request.transport.write(reply.raw)
            request.transport.close()
        if reply.gate and reply.gate_at is None:
            await reply.gate.wait()
        return await _answer(request, reply)

    def _next_reply(self, path: str) -> Reply:
        replies = self.files.get(path, Reply(status=404))
        if isinstance(replies, Reply):
            return replies
        number = self._taken.get(path, 0)
        self._taken[path] = number + 1
        return replies[min(number, len(replies) - 1)]


async def _answer(request: web.Request, reply: Reply) -> web.StreamResponse:
    body = await asyncio.to_thread(gzip.compress, reply.body) if reply.is_gzipped else reply.body
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    if reply.is_gzipped:
        response.headers["Content-Encoding"] = "gzip"
    if reply.has_length:
        response.content_length = len(body) if reply.claimed_length is None else reply.claimed_length
    if reply.claimed_length is not None:
        response.force_close()  # what is missing will not come
    try:
        await response.prepare(request)
        await _write(response, body, reply)
        await response.write_eof()
    except ConnectionResetError:
        pass  # whoever asked has gone
    return response


async def _write(response: web.StreamResponse, body: bytes, reply: Reply) -> None:
    for start in range(0, len(body), reply.piece_bytes):
        if reply.gate and reply.gate_at is not None and start >= reply.gate_at:
            await reply.gate.wait()
        await response.write(body[start : start + reply.piece_bytes])
        await asyncio.sleep(reply.pause_seconds)
