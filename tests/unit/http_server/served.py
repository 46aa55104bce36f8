"""A small application behind the shared server: an answer, a stream that stays open, and a reader of bodies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from adapters.http_server.limits import ConnectionLimits
from adapters.http_server.serving import http_server


@dataclass
class Served:
    """What the application sees."""

    origin: str = ""
    streams: int = 0
    bodies: list[int] = field(default_factory=list)  # bytes of each that came whole
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begun")
        async with self.changed:
            self.streams += 1
            self.changed.notify_all()
        await self.may_end.wait()
        return response

    async def gone(self, request: web.Request) -> web.StreamResponse:
        """Begin a stream at the moment in which the connection is being closed."""
        assert request.transport is not None
        request.transport.close()
        return await self.stream(request)

    async def body(self, request: web.Request) -> web.Response:
        self.bodies.append(len(await request.read()))
        return web.Response(text="taken")

    async def works(self, request: web.Request) -> web.Response:
        """Answer some time after the body came."""
        await asyncio.sleep(0.1)
        await request.read()
        return web.Response(text="worked")

    async def until_streams(self, count: int) -> None:
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(lambda: self.streams >= count)


async def answer(_: web.Request) -> web.Response:
    return web.Response(text="served")


@asynccontextmanager
async def served(*, most: int = 100, most_per_address: int = 100, **more: Any) -> AsyncIterator[Served]:
    """Serve it with such limits."""
    application, state = web.Application(), Served()
    application.router.add_get("/", answer)
    application.router.add_get("/stream", state.stream)
    application.router.add_get("/gone", state.gone)
    application.router.add_post("/body", state.body)
    application.router.add_post("/works", state.works)
    limits = ConnectionLimits(most=most, most_per_address=most_per_address, **more)
    async with http_server(application, "127.0.0.1", 0, limits, purpose="tests", closing_seconds=1) as (host, port):
        state.origin = f"http://{host}:{port}"
        yield state
        state.may_end.set()
