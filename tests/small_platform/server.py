"""The notice board itself, over real HTTP: notes under keys, pictures, and events that wait for a confirmation."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from tests.simulators.waiting import Bell

TOKEN = "a-token-of-the-board"
HALL = "hall"
MOST_BYTES = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands on the board."""

    name: str
    text: str
    buttons: tuple[dict[str, Any], ...] = ()
    pictures: tuple[str, ...] = ()
    only_for: str | None = None


@dataclass
class Board:
    """One channel, in the hand of a test. `refusal` is the status that every request of the bot is answered with."""

    url: str = ""
    notes: dict[str, Note] = field(default_factory=dict)  # of the bot, by their names
    history: list[Note] = field(default_factory=list)  # each as it stood after each change
    pictures: dict[str, bytes] = field(default_factory=dict)
    refusal: int | None = None
    loses_answers: bool = False  # what is sent is done, and the connection breaks before the answer
    takes_pictures: bool = True
    gate: asyncio.Event | None = None  # uploads wait for it
    held: int = 0
    bell: Bell = field(default_factory=Bell)
    events: list[dict[str, Any]] = field(default_factory=list)  # that were not confirmed
    repeated: list[dict[str, Any]] = field(default_factory=list)  # that are delivered once more
    keys: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # The member's side

    def say(self, author: str, text: str, pictures: tuple[bytes, ...] = (), answering: str | None = None) -> None:
        answered = self.notes[answering] if answering else None
        self._tell(
            kind="message",
            author=author,
            note=f"m{next(self.numbers)}",
            text=text,
            pictures=[self.keep(one) for one in pictures],
            answers={"note": answered.name, "pictures": answered.pictures} if answered else None,
        )

    def press(self, author: str, name: str, label: str) -> None:
        (button,) = [one for one in self.notes[name].buttons if one["label"] == label]
        self._tell(kind="press", author=author, note=name, token=button["token"])

    def repeat(self) -> None:
        """Deliver the last event once more, although it was confirmed."""
        self.repeated.append(self._last)
        self.bell.ring()

    def keep(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self.pictures[name] = content
        return name

    def _tell(self, **event: Any) -> None:
        self._last = {"number": next(self.numbers), "channel": HALL, **event}
        self.events.append(self._last)
        self.bell.ring()

    # The bot's side

    async def give_events(self, request: web.Request) -> web.Response:
        confirmed = int(request.query["confirmed"])
        self.events = [one for one in self.events if one["number"] > confirmed]
        if request.query["wait"] == "1":
            await self.bell.until(lambda: self.events or self.repeated, within=None)
        repeated, self.repeated = self.repeated, []
        return web.json_response([*repeated, *self.events])

    async def take_picture(self, request: web.Request) -> web.Response:
        if not self.takes_pictures:
            raise web.HTTPServiceUnavailable
        content = await request.read()
        if self.gate is not None:
            self.held += 1
            await self.gate.wait()
        return web.json_response({"picture": self.keep(content)})

    async def give_picture(self, request: web.Request) -> web.Response:
        content = self.pictures.get(request.match_info["name"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content)

    async def put_by_key(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        self.keys.setdefault(key, f"n{next(self.numbers)}")
        return await self._put(self.keys[key], request)

    async def put_by_name(self, request: web.Request) -> web.Response:
        if request.match_info["name"] not in self.notes:
            raise web.HTTPNotFound
        return await self._put(request.match_info["name"], request)

    async def _put(self, name: str, request: web.Request) -> web.Response:
        body = await request.json()
        self.notes[name] = Note(
            name=name,
            text=body["text"],
            buttons=tuple(body["buttons"]),
            pictures=tuple(body["pictures"]),
            only_for=body["only_for"],
        )
        self.history.append(self.notes[name])
        self.bell.ring()
        return web.json_response({"note": name})

    async def delete(self, request: web.Request) -> web.Response:
        if self.notes.pop(request.match_info["name"], None) is None:
            raise web.HTTPNotFound
        self.bell.ring()
        return web.Response(status=204)

    async def show_typing(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    @web.middleware
    async def refuse(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        if self.refusal is not None and request.path != "/events":
            return web.Response(status=self.refusal, headers={"Retry-After": "60"})
        answer: web.StreamResponse = await handler(request)
        if self.loses_answers and request.path != "/events" and request.transport is not None:
            request.transport.abort()
        return answer

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self.refuse])
        app.router.add_get("/events", self.give_events)
        app.router.add_post("/pictures", self.take_picture)
        app.router.add_get("/pictures/{name}", self.give_picture)
        app.router.add_put(f"/channels/{HALL}/keys/{{key}}", self.put_by_key)
        app.router.add_put(f"/channels/{HALL}/notes/{{name}}", self.put_by_name)
        app.router.add_delete(f"/channels/{HALL}/notes/{{name}}", self.delete)
        app.router.add_post(f"/channels/{HALL}/typing", self.show_typing)
        return app


@asynccontextmanager
async def served() -> AsyncIterator[Board]:
    """Serve a board."""
    board = Board()
    runner = web.AppRunner(board.application(), handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        board.url = f"http://{host}:{port}"
        yield board
    finally:
        await runner.cleanup()
