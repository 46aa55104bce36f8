"""The page: its member is whoever has the cookie. Nothing lies between it and its own transcript."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp

from adapters.web.chat_platform import WebPlatform
from adapters.web.settings import WebSettings
from bot.domain.chat import Member, MessageRef
from bot.ports import ChatPlatform, PlatformServices
from tests.contract.chat.driver import ChatDriver, Standing, Trouble

TAKEN, NOT_NOW = 202, 503


class PageDriver(ChatDriver):
    """A browser that speaks HTTP to the page's own server."""

    name = "page"
    delivers_again = False  # the browser keeps what was typed, and its member sends it again

    def __init__(self) -> None:
        super().__init__()
        self._session: aiohttp.ClientSession
        self._last: tuple[str, dict[str, Any], bytes | None] = ("", {}, None)

    @property
    def member(self) -> Member:
        return Member(platform="web", id="local", name="local", language="en")

    async def open(self) -> None:
        pass

    def make_platform(self, services: PlatformServices) -> ChatPlatform:
        return WebPlatform(WebSettings(listen="127.0.0.1:0"), services)

    async def until_connected(self) -> None:
        origin = self.announced.partition("/open")[0]
        jar = aiohttp.CookieJar(unsafe=True)  # unsafe: it keeps the cookies of an IP address
        self._session = aiohttp.ClientSession(origin, cookie_jar=jar, headers={"Origin": origin})
        async with self._session.get(self.announced.removeprefix(origin)) as answer:
            assert answer.status == 200

    async def stop(self) -> None:
        await self._session.close()
        await super().stop()

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        fields = {"key": uuid4().hex, "text": words, "reply_to": answering or ""}
        await self._send("/messages", fields, pictures[0] if pictures else None)

    async def press(self, ref: MessageRef, label: str) -> None:
        (entry,) = [one for one in await self._entries() if one["key"] == ref]
        (token,) = [action["token"] for action in entry["actions"] if action["label"] == label]
        await self._send("/presses", {"key": uuid4().hex, "token": token, "message": ref}, None)

    async def repeat(self) -> None:
        await self._send(*self._last)

    async def _send(self, path: str, fields: dict[str, Any], picture: bytes | None) -> None:
        self._last = (path, fields, picture)
        if path == "/presses":
            sending = self._session.post(path, json=fields)
        else:
            form = aiohttp.FormData(fields, default_to_multipart=True)
            if picture is not None:
                form.add_field("file", picture, filename="sent.png", content_type="image/png")
            sending = self._session.post(path, data=form)
        async with sending as answer:
            assert answer.status == (NOT_NOW if self.core.is_locked else TAKEN)

    async def standing(self) -> list[Standing]:
        return [
            Standing(
                ref=MessageRef(entry["key"]),
                words="\n".join("".join(piece["text"] for piece in line) for line in entry["lines"]),
                labels=tuple(action["label"] for action in entry["actions"]),
                pictures=len(entry["pictures"]),
            )
            for entry in await self._entries()
            if entry["author"] == "bot"
        ]

    async def told(self) -> list[str]:
        return [one.words for one in await self.standing()]

    async def seen_by_others(self) -> list[str]:
        return []

    async def reactions(self) -> list[str]:
        return []

    async def remove(self, ref: MessageRef) -> None:
        await self.transcript.replace("local", ref, None)

    @asynccontextmanager
    async def in_trouble(self, trouble: Trouble) -> AsyncIterator[None]:
        if trouble is not Trouble.UNREACHABLE:
            self.cannot("its messages are rows of our own database")
        self.transcript.is_locked = True
        try:
            yield
        finally:
            self.transcript.is_locked = False

    async def _entries(self) -> list[dict[str, Any]]:
        async with self._session.get("/entries", params={"before": "999999999"}) as answer:
            assert answer.status == 200
            entries: list[dict[str, Any]] = (await answer.json())["entries"]
            return entries
