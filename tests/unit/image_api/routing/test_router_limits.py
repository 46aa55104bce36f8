"""A rate limit is no outage: it slows an endpoint down, and orders wait for their turn."""

import asyncio
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.image_faults import EndpointBusy, EndpointRateLimited, ImageFault
from bot.image_api.routing.circuit_breaker import FAULTS_IN_A_ROW
from bot.image_api.routing.gates import REFUSALS
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import FLASH, PRO, NotedJournal, order, paint
from tests.unit.image_api.routing.scripted import PassingClock, ScriptedEndpoint, begun, fault_of, route, router

WAIT = 300.0


def limited(seconds: float | None = 1.0) -> ImageFault:
    return fault_of(EndpointRateLimited, retry_after_seconds=seconds)


async def test_refusals_of_many_orders_at_once_open_no_circuit_and_all_get_their_pictures(
    sink: MemoryPictures, clock: PassingClock, logged: list[MutableMapping[str, Any]]
) -> None:
    endpoint = ScriptedEndpoint("one", *(limited() for _ in range(2 * FAULTS_IN_A_ROW)), clock=clock)
    api = router(endpoint, clock=clock, longest_wait_seconds=WAIT)
    made = await asyncio.gather(*(paint(api, sink) for _ in range(24)))
    assert len(made) == 24
    events = [line["event"] for line in logged if line["event"].startswith("endpoint-")]
    assert set(events) == {"endpoint-slowed-down"}


@pytest.mark.parametrize("seconds", [1.0, 45.0, 120.0, None])
async def test_what_the_endpoint_asks_for_is_waited_for(
    sink: MemoryPictures, clock: PassingClock, seconds: float | None
) -> None:
    api = router(ScriptedEndpoint("one", limited(seconds)), clock=clock, longest_wait_seconds=WAIT)
    began, journal = clock.now(), NotedJournal()
    await paint(api, sink, journal=journal)
    assert [(each.fault, each.is_billed) for each in journal.tries] == [("busy", False), (None, True)]
    assert (clock.now() - began).total_seconds() == pytest.approx(1.0 if seconds is None else seconds, abs=0.1)


async def test_a_longer_time_than_an_order_waits_is_told_at_once_to_all(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    endpoint = ScriptedEndpoint("one", limited(400))
    api = router(endpoint, clock=clock, longest_wait_seconds=WAIT)
    for _ in range(2):
        with pytest.raises(EndpointBusy) as caught:
            await paint(api, sink)
        assert caught.value.retry_after_seconds == 400
    assert (clock.slept, len(endpoint.orders)) == ([], 1)


async def test_the_time_that_is_told_is_the_time_of_the_pause(sink: MemoryPictures, clock: PassingClock) -> None:
    refusals = [limited(1.0) for _ in range(8)]
    api = router(ScriptedEndpoint("one", *refusals), clock=clock, longest_wait_seconds=20)
    with pytest.raises(EndpointRateLimited) as caught:
        await paint(api, sink)
    assert caught.value.retry_after_seconds == 16


async def test_while_one_is_slowed_down_another_is_asked_at_once(sink: MemoryPictures, clock: PassingClock) -> None:
    one, two, journal = ScriptedEndpoint("one", limited(30)), ScriptedEndpoint("two"), NotedJournal()
    api = router(one, two, clock=clock)
    for _ in range(3):
        await paint(api, sink, journal=journal)
    assert [each.endpoint for each in journal.tries] == ["one", "two", "two", "two"]
    assert clock.slept == []


async def test_the_moment_between_two_requests_is_no_reason_to_ask_another(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    one, two = ScriptedEndpoint("one"), ScriptedEndpoint("two")
    one.may_answer.clear()
    api = router(route("one", one, most_at_once=24), two, clock=clock)
    tasks = [await begun(api, sink) for _ in range(24)]
    await one.until_asked(24)
    one.may_answer.set()
    await asyncio.gather(*tasks)
    assert two.orders == []


async def test_another_model_of_a_limited_endpoint_is_not_slowed_down(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    api = router(ScriptedEndpoint("one", limited(400)), clock=clock)
    with pytest.raises(EndpointBusy):
        await paint(api, sink)
    assert len(await paint(api, sink, order(model=FLASH))) == 1
    assert clock.slept == []


async def test_an_order_that_alone_is_refused_does_not_hold_back_the_others(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    class RefusesLarge(ScriptedEndpoint):
        async def paint(self, order: Any, sink: Any, journal: Any) -> Any:
            if order.wish.prompt == "large":
                self.orders.append(order)
                raise limited(1.0)
            return await super().paint(order, sink, journal)

    endpoint = RefusesLarge("one")
    api = router(endpoint, clock=clock, longest_wait_seconds=WAIT)
    large = await begun(api, sink, wanted=order(prompt="large"))
    others = [await begun(api, sink) for _ in range(4)]
    await asyncio.wait_for(asyncio.gather(*others), 10)
    asked = [each.wish.prompt for each in endpoint.orders]
    assert asked.index("a red fox") <= REFUSALS
    with pytest.raises(EndpointBusy):
        await large


async def test_who_waits_keeps_the_place_and_is_told_it(sink: MemoryPictures, clock: PassingClock) -> None:
    endpoint = ScriptedEndpoint("one", limited(40))
    api = router(endpoint, clock=clock, longest_wait_seconds=WAIT)
    clock.is_held = True
    journals = [NotedJournal() for _ in range(3)]
    tasks = [await begun(api, sink, journal) for journal in journals]
    await clock.somebody_sleeps.wait()
    turns = [journal.turn() for journal in journals]
    assert [turn.place for turn in turns if turn] == [1, 2, 3]
    waits = [turn.seconds_until_done for turn in turns if turn]
    assert waits == sorted(waits)
    assert all(40 <= seconds <= 40 + 30 for seconds in waits)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [journal.turn() for journal in journals] == [None] * 3
    assert len(endpoint.orders) == 1


async def test_who_waits_for_a_slot_is_told_the_place_too(sink: MemoryPictures, clock: PassingClock) -> None:
    endpoint, journal = ScriptedEndpoint("one"), NotedJournal()
    endpoint.may_answer.clear()
    api = router(route("one", endpoint, most_at_once=1), clock=clock)
    first = await begun(api, sink)
    await endpoint.until_asked(1)
    second = await begun(api, sink, journal)
    turn = journal.turn()
    assert turn is not None
    assert (turn.place, turn.seconds_until_done) == (1, 2 * 20)
    endpoint.may_answer.set()
    await asyncio.gather(first, second)


async def test_the_time_a_picture_takes_is_no_time_that_its_order_waits(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    slow = ScriptedEndpoint("one", None, limited(200), clock=clock, seconds=250)
    api = router(slow, clock=clock, longest_wait_seconds=WAIT)
    await paint(api, sink)
    began = clock.now()
    await paint(api, sink)
    assert clock.now() - began >= timedelta(seconds=250 + 200 + 250)
    assert slow.models == [PRO] * 3
