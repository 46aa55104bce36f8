"""Endpoints that end as they are told, and a clock whose time passes while somebody sleeps."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from bot.domain.catalogue.models import ModelCatalog
from bot.domain.image_faults import (
    EndpointBusy,
    EndpointUnreachable,
    ImageFault,
    LinkBroken,
    ModelUnavailable,
    meaning_of,
)
from bot.domain.requests.requests import MadePicture
from bot.image_api.routing.circuit_breaker import FAULTS_IN_A_ROW
from bot.image_api.routing.route import Route
from bot.image_api.routing.router import Router
from bot.ports import Clock, ImageApi, ImageRequest, Journal, PictureSink
from tests.catalogue import built_in_catalogue
from tests.fakes.clock import PassingClock
from tests.unit.image_api.orders import FLASH, FOX, PRO, paint

Made = tuple[MadePicture, ...]

PREVIEW = "gemini-3-pro-image-preview"
ALL = frozenset({"ratio", "size"})
FILES = "https://files.example/"
"""Links that begin so lead to the picture of whichever endpoint fetches them, and others nowhere."""

CARRIES = {PRO: ALL, FLASH: frozenset({"ratio"})}


class ScriptedEndpoint:
    """The `ImageApi` port: each order ends as the next of `ends` says, and in a picture when there is none left.

    A fault comes when the request has left, but for an unreachable endpoint's; an order takes `seconds`.
    """

    def __init__(
        self,
        name: str,
        *ends: Exception | None,
        clock: PassingClock | None = None,
        seconds: float = 0,
        data: bytes = FOX,
    ) -> None:
        self.name = name
        self.orders: list[ImageRequest] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_closed = False
        self._ends = deque(ends)
        self._clock = clock
        self._seconds = seconds
        self._data = data
        self._asked = asyncio.Condition()

    @property
    def models(self) -> list[str]:
        """The models that it was asked for."""
        return [order.wish.model for order in self.orders]

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        if built_in_catalogue().find(order.wish.model) is None:
            raise ModelUnavailable("the catalogue does not know it")
        async with self._asked:
            self.orders.append(order)
            self._asked.notify_all()
        if not all(link.url.startswith(FILES) for link in order.links):
            raise LinkBroken("nobody has such files")
        end = self._ends.popleft() if self._ends else None
        if not order.links and not isinstance(end, EndpointUnreachable):
            await journal.request_sent(self.name)
        await self.may_answer.wait()
        if self._clock:
            self._clock.advance(seconds=self._seconds)
        if end:
            raise end
        async with sink.new_file() as file:
            await file.write(self._data)
            return (MadePicture(picture=await file.finish()),)

    async def until_asked(self, times: int) -> None:
        """Wait until it was asked so often."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.orders) >= times)

    async def close(self) -> None:
        self.is_closed = True


def route(
    name: str,
    api: ImageApi,
    *,
    carries: Mapping[str, frozenset[str]] = CARRIES,
    share: float | None = None,
    most_at_once: int = 8,
) -> Route:
    return Route(name=name, api=api, carries=carries, share=share, most_at_once=most_at_once)


def router(
    *apis: ScriptedEndpoint | Route,
    clock: Clock | None = None,
    catalogue: ModelCatalog | None = None,
    retry_billed: bool = True,
    longest_wait_seconds: float = 20.0,
) -> Router:
    """Make a router of these endpoints, in this order.

    An order waits less than an open circuit rests, unless told otherwise.
    """
    return Router(
        [api if isinstance(api, Route) else route(api.name, api) for api in apis],
        catalogue or built_in_catalogue(),
        clock or PassingClock(),
        retry_billed=retry_billed,
        longest_wait_seconds=longest_wait_seconds,
    )


def fault_of(kind: type[ImageFault], *, retry_after_seconds: float | None = None) -> ImageFault:
    return kind(f"it was told to be {meaning_of(kind).code}", retry_after_seconds=retry_after_seconds)


def unreachable(name: str = "one", *then: Exception | None, times: int = FAULTS_IN_A_ROW) -> ScriptedEndpoint:
    """Make an endpoint that is not there so often, and then ends as it is told."""
    return ScriptedEndpoint(name, *(fault_of(EndpointUnreachable) for _ in range(times)), *then)


async def begun(
    api: Router, sink: PictureSink, journal: Journal | None = None, *, wanted: ImageRequest | None = None
) -> asyncio.Task[Made]:
    """Start an order, and return it once it has come as far as it comes without waiting."""
    is_begun = asyncio.Event()

    async def go() -> Made:
        is_begun.set()
        return await paint(api, sink, wanted, journal)

    task = asyncio.create_task(go())
    await is_begun.wait()
    return task


async def tire(api: Router, sink: PictureSink) -> None:
    """Let orders fail until the only endpoint, which is not there, rests."""
    for _ in range(2):
        with suppress(EndpointUnreachable, EndpointBusy):
            await paint(api, sink)
