"""How many are asked at once, and that no cancelled order keeps what others need."""

import asyncio

import pytest

from bot.domain.image_faults import EndpointBusy, KeyRejected, PromptRefused
from bot.domain.requests.requests import Try
from bot.image_api.routing.circuit_breaker import FAULTS_IN_A_ROW
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import NotedJournal, paint
from tests.unit.image_api.routing.scripted import (
    Made,
    PassingClock,
    ScriptedEndpoint,
    begun,
    fault_of,
    route,
    router,
    tire,
    unreachable,
)


async def cancel(task: asyncio.Task[Made]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# So many at once


async def test_no_more_are_asked_at_once_than_an_endpoint_takes(sink: MemoryPictures) -> None:
    """Whoever waits for a slot has not left."""
    endpoint, journal = ScriptedEndpoint("one"), NotedJournal()
    endpoint.may_answer.clear()
    api = router(route("one", endpoint, most_at_once=2))
    tasks = [await begun(api, sink, journal) for _ in range(3)]
    await endpoint.until_asked(2)
    assert (journal.left, len(endpoint.orders)) == (["one"] * 2, 2)
    endpoint.may_answer.set()
    await asyncio.gather(*tasks)
    assert len(journal.left) == 3


async def test_who_finds_an_endpoint_full_goes_to_the_next_with_room(sink: MemoryPictures) -> None:
    one, two, journal = ScriptedEndpoint("one"), ScriptedEndpoint("two"), NotedJournal()
    one.may_answer.clear()
    api = router(route("one", one, most_at_once=1), two)
    first = await begun(api, sink, journal)
    await one.until_asked(1)
    await paint(api, sink, journal=journal)
    assert journal.left == ["one", "two"]
    one.may_answer.set()
    await first


@pytest.mark.parametrize("end", [None, ZeroDivisionError(), PromptRefused("no")])
async def test_however_a_try_ends_its_slot_is_free_again(sink: MemoryPictures, end: Exception | None) -> None:
    api = router(route("one", ScriptedEndpoint("one", end), most_at_once=1))
    await asyncio.gather(paint(api, sink), return_exceptions=True)
    assert len(await asyncio.wait_for(paint(api, sink), 10)) == 1


class SlowJournal(NotedJournal):
    """Its `tried` takes until the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_writing = asyncio.Event()
        self.may_write = asyncio.Event()

    async def attempt_finished(self, attempt: Try) -> None:
        self.is_writing.set()
        await self.may_write.wait()
        await super().attempt_finished(attempt)


async def test_a_slot_is_free_while_the_journal_still_writes(sink: MemoryPictures) -> None:
    api, journal = router(route("one", ScriptedEndpoint("one"), most_at_once=1)), SlowJournal()
    slow = await begun(api, sink, journal)
    await journal.is_writing.wait()
    assert len(await asyncio.wait_for(paint(api, sink), 10)) == 1
    journal.may_write.set()
    await slow
    assert len(journal.tries) == 1


async def test_one_that_begins_to_rest_is_not_asked_by_who_waited_for_its_slot(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    one, two = ScriptedEndpoint("one", fault_of(KeyRejected)), ScriptedEndpoint("two")
    for endpoint in (one, two):
        endpoint.may_answer.clear()
    api = router(route("one", one, most_at_once=1), route("two", two, most_at_once=1), clock=clock)
    journals = [NotedJournal() for _ in range(3)]
    tasks = [await begun(api, sink, journal) for journal in journals]
    await one.until_asked(1)
    await two.until_asked(1)
    one.may_answer.set()
    two.may_answer.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert [[each.endpoint for each in journal.tries] for journal in journals] == [["one", "two"], ["two"], ["two"]]
    clock.pass_by(300)
    await asyncio.wait_for(paint(api, sink, journal=journals[0]), 10)
    assert journals[0].left[-1] == "one"  # its slot is free again


# Cancelled


async def test_cancelled_while_it_waits_for_a_slot_an_order_has_not_left_and_keeps_none(sink: MemoryPictures) -> None:
    endpoint, journal = ScriptedEndpoint("one"), NotedJournal()
    endpoint.may_answer.clear()
    api = router(route("one", endpoint, most_at_once=1))
    first = await begun(api, sink)
    await endpoint.until_asked(1)
    waiting, last = [await begun(api, sink, journal) for _ in range(2)]
    await cancel(waiting)
    endpoint.may_answer.set()
    await asyncio.wait_for(asyncio.gather(first, last), 10)
    assert (journal.left, len(journal.tries)) == (["one"], 1)


async def test_cancelled_while_it_is_painted_an_order_keeps_no_slot_and_tells_of_no_end(sink: MemoryPictures) -> None:
    endpoint, journal = ScriptedEndpoint("one"), NotedJournal()
    endpoint.may_answer.clear()
    api = router(route("one", endpoint, most_at_once=1))
    task = await begun(api, sink, journal)
    await endpoint.until_asked(1)
    await cancel(task)
    endpoint.may_answer.set()
    assert len(await asyncio.wait_for(paint(api, sink), 10)) == 1
    assert (journal.left, journal.tries) == (["one"], [])


async def test_cancelled_between_two_rounds_an_order_asks_nobody_again(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    endpoint, journal = ScriptedEndpoint("one", fault_of(EndpointBusy)), NotedJournal()
    clock.is_held = True
    task = await begun(router(endpoint, clock=clock), sink, journal)
    await clock.somebody_sleeps.wait()
    await cancel(task)
    assert (len(endpoint.orders), [each.fault for each in journal.tries]) == (1, ["busy"])


async def test_cancelled_while_the_journal_writes_an_order_asks_nobody_else(sink: MemoryPictures) -> None:
    one, two, journal = ScriptedEndpoint("one", fault_of(EndpointBusy)), ScriptedEndpoint("two"), SlowJournal()
    task = await begun(router(one, two), sink, journal)
    await journal.is_writing.wait()
    await cancel(task)
    assert (len(one.orders), two.orders, journal.tries) == (1, [], [])


async def test_a_trial_that_is_cancelled_leaves_the_trial_to_the_next_order(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    endpoint = unreachable()
    api = router(endpoint, clock=clock)
    await tire(api, sink)
    clock.pass_by(30)
    endpoint.may_answer.clear()
    trial = await begun(api, sink)
    await endpoint.until_asked(FAULTS_IN_A_ROW + 1)
    with pytest.raises(EndpointBusy):
        await paint(api, sink)
    await cancel(trial)
    endpoint.may_answer.set()
    assert len(await paint(api, sink)) == 1
