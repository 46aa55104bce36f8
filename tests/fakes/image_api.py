"""A working twin of the image API, in the test's hand."""

import asyncio
from collections import deque

from bot.domain.catalogue.models import Room
from bot.domain.chat import (
    Quoted,
)
from bot.domain.fault_meaning import Bill
from bot.domain.image_faults import ImageFault, meaning_of
from bot.domain.requests.requests import MadePicture, PictureLink, Try
from bot.ports import ImageRequest, Journal, PictureSink
from tests.simulators.waiting import Bell

PAINTERS_ROOM = Room(files=1, file_bytes=1_000_000)
"""Room that a `FakePainter` takes for each order."""

STUDIO = "studio"
"""The endpoint that a `FakePainter` says it asks."""


class FakePainter:
    """An image API that paints what it is given, when it is let; with `url` set, its answer names the picture by it."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture
        self.pictures_by_prompt: dict[str, bytes] = {}  # where not all are the same
        self.further_pictures: list[bytes] = []  # that come in the same answer
        self.url = ""
        self.words: str | None = None  # that come with each picture
        self._let_through = 0
        self.faults: deque[ImageFault | Exception] = deque()  # each ends one job
        self.orders: list[ImageRequest] = []
        self.asked = Bell()  # is rung for each order
        self.sources: list[bytes] = []
        self.may_paint = asyncio.Event()
        self.may_paint.set()
        self.may_fetch = asyncio.Event()
        self.may_fetch.set()
        self.is_fetching = asyncio.Event()

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        async with sink.room(PAINTERS_ROOM) as taken:
            return await self._paint(order, taken, journal)

    async def _paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        self.orders.append(order)
        self.asked.ring()
        if not order.links:
            await self._ask(order, journal)
        if order.links or self.url:
            self.is_fetching.set()
            await self.may_fetch.wait()
        first = self.pictures_by_prompt.get(order.wish.prompt, self.picture)
        return tuple([await _kept(each, sink, self.words) for each in (first, *self.further_pictures)])

    async def _ask(self, order: ImageRequest, journal: Journal) -> None:
        for source in order.sources:
            async with source.open_file() as path:
                self.sources.append(path.read_bytes())
        await journal.request_sent(STUDIO)
        if self._let_through > 0:
            self._let_through -= 1
        else:
            await self.may_paint.wait()
        if self.faults:
            fault = self.faults.popleft()
            if isinstance(fault, ImageFault):
                await journal.attempt_finished(
                    a_try(order, fault=meaning_of(fault).code, is_billed=meaning_of(fault).bill is Bill.PROBABLE)
                )
            raise fault
        if self.url:
            await journal.links_found([PictureLink(endpoint=STUDIO, url=self.url)])
        await journal.attempt_finished(a_try(order, fault=None, is_billed=True))

    def pause_after(self, orders: int) -> None:
        """Paint so many, and no more until `may_paint` is set."""
        self.may_paint.clear()
        self._let_through = orders

    async def close(self) -> None:
        return


async def _kept(picture: bytes, sink: PictureSink, words: str | None) -> MadePicture:
    async with sink.new_file() as file:
        await file.write(picture)
        return MadePicture(picture=await file.finish(), words=None if words is None else Quoted(words))


def a_try(order: ImageRequest, *, fault: str | None, is_billed: bool) -> Try:
    return Try(endpoint=STUDIO, model=order.wish.model, seconds=2.5, fault=fault, is_billed=is_billed)
