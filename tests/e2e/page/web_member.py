"""A member at the bot's own page, in one tab; after a restart they open it anew by the link in the terminal."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.member import Member, Shown, Ways
from tests.e2e.page.page_client import Entry, PageClient
from tests.e2e.page.web_bot import WebSite, web_site
from tests.e2e.program import Program
from tests.e2e.site import png
from tests.simulators.seen import Seen, State
from tests.simulators.seen import Shown as Whole


class WebMember(Member):
    """Whoever holds the page's cookie. Originals of any size are shown."""

    ways = Ways(shows_originals_up_to_bytes=1 << 40)

    def __init__(self, site: WebSite) -> None:
        self._site = site
        self._tab: PageClient | None = None
        self._uploads = 0

    @property
    def site(self) -> WebSite:
        return self._site

    @property
    def page(self) -> PageClient:
        assert self._tab is not None, "the page is not open"
        return self._tab

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        async with self._site.opened() as (program, self._tab):
            yield program

    async def say(self, words: str, pictures: Sequence[bytes] = (), answering: Shown | None = None) -> None:
        reply_to = answering.ref if answering else ""
        assert await self.page.say(words, reply_to=reply_to, files=tuple(pictures)) == 202

    async def press(self, shown: Shown, label: str) -> None:
        await self.until(lambda: shown.ref in self.page.entries)  # a new tab is still reading
        assert await self.page.press(self.page.entries[shown.ref], label) == 202

    def seen(self) -> Sequence[Shown]:
        return [_shown(entry) for entry in self.page.said()]

    async def pictures(self, shown: Shown) -> Sequence[bytes]:
        entry = self.page.entries[shown.ref]
        return [await self.page.picture(entry, number) for number in range(shown.pictures)]

    async def original(self, shown: Shown) -> bytes:
        """Fetch the picture that the page's viewer opens."""
        return await self.page.picture(self.page.entries[shown.ref], which="original")

    async def until(self, condition: Callable[[], object]) -> None:
        await self.page.until(lambda _: bool(condition()))

    def hold_delivery(self) -> None:
        self._site.hold_delivery()

    def resume_delivery(self) -> None:
        self._site.resume_delivery()

    def whole(self) -> Seen:
        """Return each entry as it stands now: whoever opens the page now sees no earlier version of it."""
        return Seen(messages=[_standing(number, entry) for number, entry in enumerate(self.page.said())])

    @asynccontextmanager
    async def held_upload(self, moment: str, number: int) -> AsyncIterator[Callable[[], bool]]:
        """Stop the member's own upload midway or at its end. The page itself sends no picture to anybody."""
        has_left = asyncio.Event()
        share = 0.5 if moment == "unread" else 1.0
        self._uploads += 1
        words = f"/imagine upload {self._uploads} of a picture"
        sending = asyncio.create_task(self.page.say_in_part(words, png(), share, has_left))
        try:
            yield has_left.is_set
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def _standing(number: int, entry: Entry) -> Whole:
    shown = _shown(entry)
    pictures = tuple(picture["original"] for picture in entry["pictures"])
    return Whole(
        chat=0, number=number, states=[State(at=0.0, text=shown.words, pictures=pictures, buttons=shown.labels)]
    )


def _shown(entry: Entry) -> Shown:
    lines = ("".join(piece["text"] for piece in line) for line in entry["lines"])
    labels = tuple(action["label"] for action in entry["actions"])
    return Shown(ref=entry["key"], words="\n".join(lines), labels=labels, pictures=len(entry["pictures"]))


@asynccontextmanager
async def web_member(folder: Path) -> AsyncIterator[WebMember]:
    async with web_site(folder) as site:
        yield WebMember(site)
