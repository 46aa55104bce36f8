"""A router over real endpoints and real HTTP: what reaches which server after each kind of answer."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from bot.domain.image_faults import BlockedBySafety, EndpointBusy, PromptRefused, TookTooLong
from bot.image_api.routing.route import Route
from bot.image_api.routing.router import Router
from tests.fakes.clock import PassingClock
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.gemini_shapes import EMPTY_SHAPES, REFUSALS, one_picture
from tests.unit.image_api.orders import FOX, LARGE, OTHER, PRO, NotedJournal, endpoint, order, paint
from tests.unit.image_api.routing.scripted import ALL, PREVIEW, route, router
from tests.unit.image_api.streaming.folder_sink import FolderSink


@pytest.fixture
async def other() -> AsyncIterator[GatewaySimulator]:
    async with GatewaySimulator(picture=OTHER) as simulator:
        yield simulator


@pytest.fixture
async def open_router() -> AsyncIterator[Callable[..., Router]]:
    """Make a router of endpoints at addresses; it is closed at the end."""
    async with AsyncExitStack() as stack:

        def make(*base_urls: str, clock: PassingClock | None = None) -> Router:
            api = router(*(_route(f"gateway-{number}", url) for number, url in enumerate(base_urls)), clock=clock)
            stack.push_async_callback(api.close)
            return api

        yield make


def _route(name: str, base_url: str) -> Route:
    return route(name, endpoint(base_url, name=name))


@pytest.fixture
def dead_url() -> str:
    """Return an address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def told(journal: NotedJournal) -> list[tuple[str, str | None, bool]]:
    return [(each.endpoint, each.fault, each.is_billed) for each in journal.tries]


async def test_from_a_dead_endpoint_an_order_goes_to_a_live_one(
    simulator: GatewaySimulator, sink: FolderSink, open_router: Callable[..., Router], dead_url: str
) -> None:
    journal = NotedJournal()
    (made,) = await paint(open_router(dead_url, simulator.base_url), sink, journal=journal)
    assert sink.content(made.picture) == FOX
    assert journal.left == ["gateway-1"]
    assert told(journal) == [("gateway-0", "unreachable", False), ("gateway-1", None, True)]


@pytest.mark.parametrize("shape", ["27-gateway", "31-gateway", "32"])
async def test_from_an_endpoint_that_does_not_serve_us_an_order_goes_to_the_next(
    simulator: GatewaySimulator,
    other: GatewaySimulator,
    sink: FolderSink,
    open_router: Callable[..., Router],
    shape: str,
) -> None:
    simulator.answer = REFUSALS[shape]
    (made,) = await paint(open_router(simulator.base_url, other.base_url), sink)
    assert sink.content(made.picture) == OTHER
    assert [len(simulator.requests), len(other.requests)] == [1, 1]


@pytest.mark.parametrize(("shape", "at_least"), [("30-overloaded", 1), ("28", 14.65), ("33-saturated", 1)])
async def test_a_busy_endpoint_is_asked_again_when_it_said(
    simulator: GatewaySimulator,
    sink: FolderSink,
    open_router: Callable[..., Router],
    shape: str,
    at_least: float,
) -> None:
    simulator.play(REFUSALS[shape], one_picture(FOX))
    clock, journal = PassingClock(), NotedJournal()
    (made,) = await paint(open_router(simulator.base_url, clock=clock), sink, journal=journal)
    assert sink.content(made.picture) == FOX
    assert told(journal) == [("gateway-0", "busy", False), ("gateway-0", None, True)]
    [slept] = clock.slept
    assert at_least <= slept <= at_least + 2


async def test_a_time_longer_than_an_order_waits_is_told_at_once(
    simulator: GatewaySimulator, sink: FolderSink, open_router: Callable[..., Router]
) -> None:
    simulator.answer, clock = REFUSALS["33-too-many"], PassingClock()
    with pytest.raises(EndpointBusy) as caught:
        await paint(open_router(simulator.base_url, clock=clock), sink)
    assert (caught.value.retry_after_seconds, clock.slept, len(simulator.requests)) == (120, [], 1)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(EMPTY_SHAPES["17"](OTHER), PromptRefused), (EMPTY_SHAPES["16"](OTHER), BlockedBySafety)],
    ids=["refused", "blocked by the safety filter"],
)
async def test_what_the_request_is_to_blame_for_is_not_repeated(
    simulator: GatewaySimulator,
    other: GatewaySimulator,
    sink: FolderSink,
    open_router: Callable[..., Router],
    answer: Answer,
    fault: type[PromptRefused | BlockedBySafety],
) -> None:
    simulator.answer = answer
    with pytest.raises(fault):
        await paint(open_router(simulator.base_url, other.base_url), sink)
    assert [len(simulator.requests), len(other.requests)] == [1, 0]
    assert sink.names == []


@pytest.mark.parametrize("status", [408, 504, 524])
async def test_a_gateway_that_gave_up_waiting_has_probably_billed_and_is_not_asked_again(
    simulator: GatewaySimulator,
    other: GatewaySimulator,
    sink: FolderSink,
    open_router: Callable[..., Router],
    status: int,
) -> None:
    simulator.answer, journal = Answer(body=b"<html>nginx</html>", status=status), NotedJournal()
    with pytest.raises(TookTooLong, match="raise its time limit"):
        await paint(open_router(simulator.base_url, other.base_url), sink, journal=journal)
    assert told(journal) == [("gateway-0", "too-long", True)]
    assert [len(simulator.requests), len(other.requests)] == [1, 0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_told_to_the_owner_and_neither_followed_nor_booked(
    simulator: GatewaySimulator,
    other: GatewaySimulator,
    sink: FolderSink,
    open_router: Callable[..., Router],
    status: int,
) -> None:
    location = f"https://elsewhere.example:8443/v1beta/models?key={KEY}"
    simulator.answer, journal = Answer(body=b"", status=status, headers={"Location": location}), NotedJournal()
    with capture_logs() as logged:
        await paint(open_router(simulator.base_url, other.base_url), sink, journal=journal)
    assert told(journal) == [("gateway-0", "moved", False), ("gateway-1", None, True)]
    [error] = [line for line in logged if line["log_level"] == "error"]
    assert error["reason"] == (
        "the endpoint answers with a redirect to https://elsewhere.example:8443; base_url should probably begin so "
        f"(HTTP {status})"
    )


async def test_an_answer_that_breaks_off_is_asked_for_elsewhere_and_leaves_no_file(
    simulator: GatewaySimulator,
    other: GatewaySimulator,
    sink: FolderSink,
    open_router: Callable[..., Router],
) -> None:
    simulator.answer, journal = one_picture(LARGE, cut_at=100_000), NotedJournal()
    (made,) = await paint(open_router(simulator.base_url, other.base_url), sink, journal=journal)
    assert sink.names == [made.picture.sha256]
    assert told(journal) == [("gateway-0", "connection-lost", True), ("gateway-1", None, True)]
    assert journal.left == ["gateway-0", "gateway-1"]


async def test_where_a_model_is_retired_its_successor_is_asked_for_on_the_same_endpoint(
    simulator: GatewaySimulator, sink: FolderSink
) -> None:
    simulator.by_path[f"/v1beta/models/{PREVIEW}:generateContent"] = REFUSALS["31-retired"]
    api = router(route("gateway", endpoint(simulator.base_url), carries={PREVIEW: ALL, PRO: ALL}))
    made = [await paint(api, sink, order(model=PREVIEW)) for _ in range(2)]
    await api.close()
    assert [sink.content(one.picture) for pictures in made for one in pictures] == [FOX, FOX]
    assert [request.model for request in simulator.requests] == [PREVIEW, PRO, PRO]
