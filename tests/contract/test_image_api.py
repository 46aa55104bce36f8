"""What every ImageApi does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.painter import DemoPainter
from bot.domain.catalogue.picture_settings import Ratio
from bot.domain.image_faults import EndpointUnreachable, LinkBroken, ModelUnavailable
from bot.domain.requests.requests import PictureLink
from bot.pictures.workshop import Workshop
from bot.ports import ImageApi, ImageRequest
from tests.catalogue import built_in_catalogue
from tests.fakes.clock import PassingClock
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.orders import FLASH, PRO, NotedJournal, drawn, endpoint, order, source
from tests.unit.image_api.routing.scripted import ScriptedEndpoint, fault_of, route, router
from tests.unit.image_api.streaming.folder_sink import FolderSink

NAME = "gateway"
"""What every endpoint that paints is called here."""


@asynccontextmanager
async def gemini() -> AsyncIterator[ImageApi]:
    async with GatewaySimulator(picture=drawn(640, 400)) as simulator:
        yield endpoint(simulator.base_url, name=NAME)


@asynccontextmanager
async def chat_completions() -> AsyncIterator[ImageApi]:
    async with GatewaySimulator(picture=drawn(640, 400)) as simulator:
        yield chat_endpoint(simulator.base_url)


@asynccontextmanager
async def demo() -> AsyncIterator[ImageApi]:
    yield DemoPainter(built_in_catalogue(), seconds=1.0, clock=PassingClock(), workshop=Workshop(), name=NAME)


@asynccontextmanager
async def twin() -> AsyncIterator[ImageApi]:
    """Yield the endpoint that other tests paint with."""
    yield ScriptedEndpoint(NAME)


@asynccontextmanager
async def router_of_two() -> AsyncIterator[ImageApi]:
    """Yield a router whose two models have an endpoint each."""
    async with gemini() as served, demo() as also_served:
        yield router(
            route(NAME, served, carries={PRO: frozenset({"ratio", "size"})}),
            route("other", also_served, carries={FLASH: frozenset({"ratio"})}),
        )


@asynccontextmanager
async def router_around_a_fault() -> AsyncIterator[ImageApi]:
    """Yield a router whose first endpoint is never reachable, so that every order goes on to the second."""
    dead = ScriptedEndpoint("dead", *(fault_of(EndpointUnreachable) for _ in range(20)))
    async with gemini() as served:
        yield router(route("dead", dead), route(NAME, served))


OPENERS: Mapping[str, Callable[[], AbstractAsyncContextManager[ImageApi]]] = {
    "gemini": gemini,
    "chat completions": chat_completions,
    "demo": demo,
    "twin": twin,
    "router of two": router_of_two,
    "router around a fault": router_around_a_fault,
}

ORDERS: Mapping[str, ImageRequest] = {
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
async def test_what_it_says_it_made_is_in_the_sink(api: ImageApi, sink: FolderSink, wanted: ImageRequest) -> None:
    journal = NotedJournal()
    made = await api.paint(wanted, sink, journal)
    assert journal.left == [NAME]
    assert journal.found_links == []
    assert sink.names == sorted({one.picture.sha256 for one in made})
    assert [len(sink.content(one.picture)) for one in made] == [one.picture.size_bytes for one in made]
    assert made[0].picture.mime.startswith("image/")


async def test_nothing_is_painted_when_it_may_not_leave(api: ImageApi, sink: FolderSink) -> None:
    class MarkNotSetError(Exception):
        pass

    async def refuse() -> None:
        raise MarkNotSetError

    journal = NotedJournal(refuse)
    with pytest.raises(MarkNotSetError):
        await api.paint(order(), sink, journal)
    assert (journal.left, sink.names) == ([], [])


async def test_cancelled_where_it_leaves_it_leaves_no_file(api: ImageApi, sink: FolderSink) -> None:
    has_come = asyncio.Event()

    async def wait_for_ever() -> None:
        has_come.set()
        await asyncio.Event().wait()

    painting = asyncio.create_task(api.paint(order(), sink, NotedJournal(wait_for_ever)))
    await has_come.wait()
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.names == []


async def test_an_unknown_model_is_refused_before_anything_leaves(api: ImageApi, sink: FolderSink) -> None:
    journal = NotedJournal()
    with pytest.raises(ModelUnavailable):
        await api.paint(order(model="gemini-1-image"), sink, journal)
    assert (journal.left, sink.names) == ([], [])


async def test_a_link_that_leads_nowhere_is_broken_and_nothing_is_asked_for(api: ImageApi, sink: FolderSink) -> None:
    """Paint nothing again that was painted already, even where its picture cannot be had."""
    journal = NotedJournal()
    lost = PictureLink(endpoint=NAME, url="https://127.0.0.7/fox.png")
    with pytest.raises(LinkBroken):
        await api.paint(replace(order(), links=(lost,)), sink, journal)
    assert (journal.left, journal.found_links, sink.names) == ([], [], [])


async def test_orders_at_the_same_time_do_not_mix(api: ImageApi, sink: FolderSink) -> None:
    journal = NotedJournal()
    made = await asyncio.gather(*(api.paint(order(prompt=f"fox {n}"), sink, journal) for n in range(4)))
    assert journal.left == [NAME] * 4
    assert {one.picture.sha256 for pictures in made for one in pictures} == set(sink.names)


async def test_closing_twice_is_no_fault(api: ImageApi) -> None:
    assert list(await asyncio.gather(api.close(), api.close())) == [None, None]
