"""What every ImageApi does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import ModelUnavailable
from bot.domain.models import Ratio
from bot.image_api.demo import DemoPainter
from bot.image_api.router import Route, Router
from bot.ports import ImageApi, PaintOrder
from tests.catalogue import built_in_catalogue
from tests.simulators.gemini_endpoint import GeminiEndpointSimulator
from tests.unit.image_api.folder_sink import FolderSink
from tests.unit.image_api.orders import FLASH, PRO, Departures, drawn, endpoint, order, source


class ClockThatStands:
    """Time does not pass, and nobody waits."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0


@asynccontextmanager
async def gemini() -> AsyncIterator[ImageApi]:
    async with GeminiEndpointSimulator(picture=drawn(640, 400)) as simulator:
        yield endpoint(simulator.base_url)


@asynccontextmanager
async def demo() -> AsyncIterator[ImageApi]:
    yield DemoPainter(built_in_catalogue(), seconds=1.0, clock=ClockThatStands())


@asynccontextmanager
async def router() -> AsyncIterator[ImageApi]:
    async with gemini() as served, demo() as also_served:
        yield Router(
            (
                Route(name="one", models=frozenset({PRO}), api=served),
                Route(name="two", models=frozenset({FLASH}), api=also_served),
            )
        )


OPENERS: Mapping[str, Callable[[], AbstractAsyncContextManager[ImageApi]]] = {
    "gemini": gemini,
    "demo": demo,
    "router": router,
}

ORDERS: Mapping[str, PaintOrder] = {
    "words": order(),
    "ratio and size": order(prompt="two foxes\n“in snow”", ratio=Ratio(16, 9), size="2K"),
    "no sizes": order(model=FLASH, ratio=Ratio(3, 4)),
    "an edit": order(source(drawn(90, 60)), prompt="make it night"),
    "two sources": order(source(drawn(90, 60)), source(drawn(60, 90))),
}


@pytest.fixture(params=list(OPENERS.values()), ids=list(OPENERS))
async def api(request: pytest.FixtureRequest) -> AsyncIterator[ImageApi]:
    opener: Callable[[], AbstractAsyncContextManager[ImageApi]] = request.param
    async with opener() as api:
        try:
            yield api
        finally:
            await api.close()


@pytest.fixture
def sink(tmp_path: Path) -> FolderSink:
    folder = tmp_path / "sink"
    folder.mkdir()
    return FolderSink(folder)


@pytest.mark.parametrize("wanted", ORDERS.values(), ids=ORDERS)
async def test_what_it_says_it_made_is_in_the_sink(api: ImageApi, sink: FolderSink, wanted: PaintOrder) -> None:
    leaving = Departures()
    made = await api.paint(wanted, sink, leaving=leaving)
    assert leaving.count == 1
    assert sink.names == sorted({one.picture.sha256 for one in made})
    assert [len(sink.content(one.picture)) for one in made] == [one.picture.size_bytes for one in made]
    assert made[0].picture.mime.startswith("image/")


async def test_nothing_is_painted_when_it_may_not_leave(api: ImageApi, sink: FolderSink) -> None:
    class MarkNotSetError(Exception):
        pass

    async def refuse() -> None:
        raise MarkNotSetError

    with pytest.raises(MarkNotSetError):
        await api.paint(order(), sink, leaving=refuse)
    assert sink.names == []


async def test_cancelled_where_it_leaves_it_leaves_no_file(api: ImageApi, sink: FolderSink) -> None:
    has_come = asyncio.Event()

    async def wait_for_ever() -> None:
        has_come.set()
        await asyncio.Event().wait()

    painting = asyncio.create_task(api.paint(order(), sink, leaving=wait_for_ever))
    await has_come.wait()
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.names == []


async def test_an_unknown_model_is_refused_before_anything_leaves(api: ImageApi, sink: FolderSink) -> None:
    leaving = Departures()
    with pytest.raises(ModelUnavailable):
        await api.paint(order(model="gemini-1-image"), sink, leaving=leaving)
    assert (leaving.count, sink.names) == (0, [])


async def test_orders_at_the_same_time_do_not_mix(api: ImageApi, sink: FolderSink) -> None:
    leaving = Departures()
    made = await asyncio.gather(*(api.paint(order(prompt=f"fox {n}"), sink, leaving=leaving) for n in range(4)))
    assert leaving.count == 4
    assert {one.picture.sha256 for pictures in made for one in pictures} == set(sink.names)


async def test_closing_twice_is_no_fault(api: ImageApi) -> None:
    assert list(await asyncio.gather(api.close(), api.close())) == [None, None]
