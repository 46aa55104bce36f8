"""What rests after its faults, for how long, and what members and the owner are told meanwhile."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from bot.domain.image_faults import (
    ConnectionLost,
    EndpointBusy,
    EndpointUnreachable,
    FundsUsedUp,
    ImageFault,
    KeyRejected,
    ModelUnavailable,
)
from bot.image_api.routing.circuit_breaker import FAULTS_IN_A_ROW
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import FLASH, NotedJournal, order, paint
from tests.unit.image_api.routing.scripted import (
    PassingClock,
    ScriptedEndpoint,
    begun,
    fault_of,
    route,
    router,
    tire,
    unreachable,
)


async def test_the_only_endpoint_rests_and_who_cannot_wait_so_long_is_told_when_to_come_back(
    sink: MemoryPictures, clock: PassingClock, logged: list[MutableMapping[str, Any]]
) -> None:
    endpoint, journal = unreachable(), NotedJournal()
    api = router(endpoint, clock=clock)
    await tire(api, sink)
    slept = len(clock.slept)
    with pytest.raises(EndpointBusy) as caught:
        await paint(api, sink, journal=journal)
    assert caught.value.retry_after_seconds == pytest.approx(30, abs=4)
    assert caught.value.owner_text == "not asked, for they rest after their last faults: one (unreachable)"
    assert (len(endpoint.orders), journal.tries, len(clock.slept)) == (FAULTS_IN_A_ROW, [], slept)
    clock.pass_by(30)
    assert len(await paint(api, sink)) == 1
    events = [(line["event"], line["log_level"], line.get("seconds")) for line in logged]
    assert [event for event in events if event[0].startswith("endpoint-")] == [
        ("endpoint-rests", "warning", 30),
        ("endpoint-works-again", "info", None),
    ]


async def test_an_open_circuit_is_waited_for_by_who_can_wait_so_long(sink: MemoryPictures, clock: PassingClock) -> None:
    endpoint, journal = unreachable(), NotedJournal()
    api = router(endpoint, clock=clock, longest_wait_seconds=300)
    with pytest.raises(EndpointUnreachable):  # after as many attempts as one order makes
        await paint(api, sink)
    began = clock.now()
    assert len(await paint(api, sink, journal=journal)) == 1
    assert [each.fault for each in journal.tries] == ["unreachable", None]
    assert 30 <= (clock.now() - began).total_seconds() <= 31


async def test_an_order_that_its_own_fault_opened_the_circuit_for_is_told_that_fault(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    """The row of faults is complete with an order's first attempt, and it cannot wait until the next is allowed."""
    api = router(ScriptedEndpoint("one", *(fault_of(EndpointBusy) for _ in range(9))), clock=clock)
    with pytest.raises(EndpointBusy):
        await paint(api, sink)
    journal = NotedJournal()
    with pytest.raises(EndpointBusy) as caught:
        await paint(api, sink, journal=journal)
    assert len(journal.tries) == 1
    assert caught.value.retry_after_seconds == pytest.approx(30)


async def test_a_rest_is_told_at_once_though_every_slot_is_taken(sink: MemoryPictures, clock: PassingClock) -> None:
    endpoint = unreachable()
    api = router(route("one", endpoint, most_at_once=1), clock=clock)
    await tire(api, sink)
    endpoint.may_answer.clear()
    other = await begun(api, sink, wanted=order(model=FLASH))
    await endpoint.until_asked(FAULTS_IN_A_ROW + 1)
    with pytest.raises(EndpointBusy):
        await asyncio.wait_for(paint(api, sink), 10)
    endpoint.may_answer.set()
    assert len(await other) == 1


async def test_while_one_rests_the_other_is_asked_at_once(sink: MemoryPictures, clock: PassingClock) -> None:
    one, two, journal = unreachable(times=9), ScriptedEndpoint("two"), NotedJournal()
    api = router(one, two, clock=clock)
    for _ in range(FAULTS_IN_A_ROW + 2):
        await paint(api, sink, journal=journal)
    assert (len(one.orders), len(two.orders)) == (FAULTS_IN_A_ROW, FAULTS_IN_A_ROW + 2)
    clock.pass_by(30)
    for _ in range(2):
        await paint(api, sink, journal=journal)
    assert [each.endpoint for each in journal.tries][-3:] == ["one", "two", "two"]


async def test_a_model_that_works_does_not_rest_because_another_fails(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    api = router(unreachable(), clock=clock)
    await tire(api, sink)
    assert len(await paint(api, sink, order(model=FLASH))) == 1


@pytest.mark.parametrize("kind", [KeyRejected, FundsUsedUp])
async def test_what_only_the_owner_can_mend_is_told_to_him_and_to_every_member(
    sink: MemoryPictures, clock: PassingClock, logged: list[MutableMapping[str, Any]], kind: type[ImageFault]
) -> None:
    endpoint = ScriptedEndpoint("one", fault_of(kind))
    api = router(endpoint, clock=clock)
    for _ in range(3):
        with pytest.raises(kind):
            await paint(api, sink)
    assert len(endpoint.orders) == 1
    [error] = [line for line in logged if line["log_level"] == "error"]
    assert (error["event"], error["endpoint"], error["fault"]) == ("endpoint-rests", "one", kind.code)
    clock.pass_by(300)
    assert len(await paint(api, sink)) == 1


async def test_where_one_needs_its_owner_and_another_time_members_are_told_the_time(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    api = router(
        ScriptedEndpoint("one", fault_of(KeyRejected)),
        ScriptedEndpoint("two", fault_of(EndpointBusy, retry_after_seconds=400)),
        clock=clock,
    )
    for _ in range(2):
        with pytest.raises(EndpointBusy) as caught:
            await paint(api, sink)
        assert caught.value.retry_after_seconds == 400


async def test_where_one_rests_and_another_fails_for_good_members_are_told_when_the_first_is_back(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    one, two = unreachable(), ScriptedEndpoint("two", *[None] * FAULTS_IN_A_ROW, fault_of(KeyRejected))
    api = router(one, two, clock=clock)
    for _ in range(FAULTS_IN_A_ROW):
        await paint(api, sink)
    with pytest.raises(EndpointBusy) as caught:
        await paint(api, sink)
    assert caught.value.retry_after_seconds == 30


async def test_what_cannot_be_asked_for_again_because_of_a_rest_is_told_as_it_was(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    two = ScriptedEndpoint("two", *[None] * (FAULTS_IN_A_ROW - 1), fault_of(ModelUnavailable))
    lost = fault_of(ConnectionLost)
    api = router(unreachable("one", lost, times=FAULTS_IN_A_ROW - 1), two, clock=clock)
    for _ in range(FAULTS_IN_A_ROW - 1):
        await paint(api, sink)
    with pytest.raises(ConnectionLost) as caught:
        await paint(api, sink)
    assert caught.value is lost
