"""A client of the page without a browser: it says what the page's script says, and reads the event stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp

from tests.simulators.waiting import WITHIN_SECONDS

Entry = dict[str, Any]


class PageClient:
    """One open tab. `entries` are those of the conversation as they are now, by key; of one that is gone, its key."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self._session = session
        self._origin = origin
        self._changed = asyncio.Condition()
        self.entries: dict[str, Entry] = {}
        self.heard: list[tuple[float, Entry]] = []  # every entry as it came, with the seconds of the loop's clock

    async def follow(self) -> None:
        """Read the event stream until cancelled or until the server goes away."""
        async with self._session.get("/events?after=0") as stream:
            kind = ""
            async for raw in stream.content:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind in {"entry", "gone"}:
                    await self._take(json.loads(value))

    async def _take(self, entry: Entry) -> None:
        async with self._changed:
            self.entries[entry["key"]] = entry
            self.heard.append((asyncio.get_running_loop().time(), entry))
            self._changed.notify_all()

    async def say(self, text: str, *, reply_to: str = "", files: tuple[bytes, ...] = (), key: str = "") -> int:
        form = aiohttp.FormData(
            {"key": key or uuid4().hex, "text": text, "reply_to": reply_to}, default_to_multipart=True
        )
        for content in files:
            form.add_field("file", content, filename="sent.png", content_type="image/png")
        async with self._session.post("/messages", data=form, headers={"Origin": self._origin}) as answer:
            return answer.status

    async def say_in_part(self, text: str, file: bytes, share: float, has_left: asyncio.Event) -> None:
        """Send words with a picture, but only the first share of the bytes; then stay silent until cancelled."""
        form = aiohttp.FormData({"key": uuid4().hex, "text": text, "reply_to": ""}, default_to_multipart=True)
        form.add_field("file", file, filename="sent.png", content_type="image/png")
        whole = form()
        body = await whole.as_bytes()
        headers = {"Origin": self._origin, **whole.headers, "Content-Length": str(len(body))}

        async def parts() -> AsyncIterator[bytes]:
            yield body[: int(len(body) * share)]
            has_left.set()
            if share < 1:
                await asyncio.Event().wait()

        async with self._session.post("/messages", data=parts(), headers=headers):
            await asyncio.Event().wait()

    async def press(self, entry: Entry, button: str, *, key: str = "") -> int:
        """Press a button, named by its label or its verb."""
        token = next(action["token"] for action in entry["actions"] if button in {action["label"], action["verb"]})
        return await self.forge(token, entry["key"], key=key)

    async def forge(self, token: str, message: str, *, key: str = "") -> int:
        """Send a press of whatever token, on whatever message."""
        body = {"key": key or uuid4().hex, "token": token, "message": message}
        async with self._session.post("/presses", json=body, headers={"Origin": self._origin}) as answer:
            return answer.status

    async def picture(self, entry: Entry, number: int = 0, *, which: str = "url") -> bytes:
        """Fetch a picture as it is shown, or its "original"."""
        async with self._session.get(entry["pictures"][number][which]) as answer:
            assert answer.status == 200
            return await answer.read()

    async def until(self, found: Callable[[list[Entry]], bool], *, within: float = WITHIN_SECONDS) -> list[Entry]:
        """Wait until the bot's entries, oldest first, fulfil a condition."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: found(self.said()))
            return self.said()

    def said(self) -> list[Entry]:
        entries = [entry for entry in self.entries.values() if entry.get("author") == "bot"]
        return sorted(entries, key=lambda entry: int(entry["position"]))

    @property
    def credits_left(self) -> int:
        newest = max(
            (entry for entry in self.said() if entry["creditsLeft"] is not None), key=lambda e: int(e["revision"])
        )
        return int(newest["creditsLeft"])


@asynccontextmanager
async def tab(link: str, cookies: aiohttp.CookieJar | None = None) -> AsyncIterator[PageClient]:
    """Open the page with its one-time link, or with the cookies of an earlier tab."""
    origin = link.partition("/open")[0]
    jar = aiohttp.CookieJar(unsafe=True) if cookies is None else cookies  # unsafe: cookies of an IP address
    async with aiohttp.ClientSession(origin, cookie_jar=jar) as session:
        async with session.get(link.removeprefix(origin)) as answer:
            assert answer.status == 200, await answer.text()
        client = PageClient(session, origin)
        following = asyncio.create_task(client.follow())
        try:
            yield client
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


def with_pictures(count: int) -> Callable[[list[Entry]], bool]:
    return lambda entries: sum(bool(entry["pictures"]) for entry in entries) >= count


def in_phase(phase: str) -> Callable[[list[Entry]], bool]:
    return lambda entries: any(entry["progress"] and entry["progress"]["phase"] == phase for entry in entries)
