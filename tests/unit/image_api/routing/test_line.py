"""The line of orders that wait: first come first served, one timer for all, and no admission is lost."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.image_api.routing.waiting_line import LinePosition, Look, Waiter, WaitingLine
from tests.fakes.clock import PassingClock


class Counter:
    """A counter with so many seats, which opens at a time; it admits by the number of the place."""

    def __init__(self, seats: int, clock: PassingClock) -> None:
        self.free = seats
        self.opens_at = clock.now()
        self.looks = 0
        self.line: WaitingLine[str, int] = WaitingLine(clock, self.look, self.give_back)
        self._numbers = iter(range(1_000))

    def look(self, waiter: Waiter[str, int], now: datetime) -> Look[int]:
        self.looks += 1
        if waiter.place.ends_at is not None and now >= waiter.place.ends_at:
            return Look(is_over=True)
        if now < self.opens_at:
            return Look(again_at=self.opens_at)
        if self.free == 0:
            return Look()
        self.free -= 1
        return Look(admission=waiter.place.number)

    def give_back(self, _: int) -> None:
        self.free += 1
        self.line.serve()

    def place(self, number: int | None = None) -> LinePosition:
        return LinePosition(number=next(self._numbers) if number is None else number, expected_seconds=1)

    async def waiting(self, place: LinePosition) -> asyncio.Task[int | None]:
        """Start a task that asks, and return it once it has asked. The task waits if it must."""
        is_about_to_ask = asyncio.Event()

        async def ask() -> int | None:
            is_about_to_ask.set()
            return await self.line.wait(("anything",), place)

        task = asyncio.create_task(ask())
        await is_about_to_ask.wait()
        return task


async def numbers(tasks: Sequence[asyncio.Task[int | None]]) -> list[int | None]:
    return list(await asyncio.wait_for(asyncio.gather(*tasks), 10))


async def test_they_are_served_in_the_order_of_their_places_whoever_asks_first(clock: PassingClock) -> None:
    counter = Counter(0, clock)
    tasks = [await counter.waiting(counter.place(number)) for number in (3, 1, 2)]
    assert [waiter.place.number for waiter in counter.line.up_to(counter.place(9))] == [1, 2, 3]
    counter.give_back(0)
    assert await tasks[1] == 1
    assert not tasks[0].done()
    counter.give_back(0)
    assert await tasks[2] == 2
    counter.give_back(0)
    assert await tasks[0] == 3


async def test_one_timer_wakes_all_and_each_is_looked_at_a_few_times(clock: PassingClock) -> None:
    counter = Counter(200, clock)
    counter.opens_at = clock.now() + timedelta(seconds=60)
    clock.is_held = True
    tasks = [await counter.waiting(counter.place()) for _ in range(70)]
    await clock.somebody_sleeps.wait()
    assert len(clock.slept) == 1
    assert counter.looks == sum(range(1, 71))  # each who comes has all looked at, and then nobody until the timer ends
    clock.advance(seconds=60)
    counter.line.serve()
    assert await numbers(tasks) == list(range(70))
    assert counter.looks == sum(range(1, 71)) + 70


async def test_time_alone_ends_the_wait(clock: PassingClock) -> None:
    counter = Counter(1, clock)
    counter.opens_at = clock.now() + timedelta(seconds=60)
    assert await asyncio.wait_for(counter.line.wait(("anything",), counter.place()), 10) == 0
    assert clock.slept == [60]


async def test_who_cannot_be_served_in_time_is_told(clock: PassingClock) -> None:
    counter, place = (
        Counter(1, clock),
        LinePosition(number=1, expected_seconds=1, ends_at=clock.now() + timedelta(seconds=5)),
    )
    counter.opens_at = clock.now() + timedelta(seconds=60)
    assert await asyncio.wait_for(counter.line.wait(("anything",), place), 10) is None
    assert counter.free == 1


async def test_who_is_cancelled_leaves_the_line_and_the_timer_is_stopped(clock: PassingClock) -> None:
    counter, place = Counter(1, clock), LinePosition(number=1, expected_seconds=1)
    counter.opens_at = clock.now() + timedelta(seconds=60)
    clock.is_held = True
    task = await counter.waiting(place)
    await clock.somebody_sleeps.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert counter.line.up_to(place) == []
    assert [each for each in asyncio.all_tasks() if each.get_name() == "line-timer" and not each.cancelling()] == []


async def test_an_admission_that_comes_as_its_order_is_cancelled_goes_to_the_next(clock: PassingClock) -> None:
    counter = Counter(0, clock)
    first, second = [await counter.waiting(counter.place()) for _ in range(2)]
    counter.give_back(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await asyncio.wait_for(second, 10) == 1


async def test_whatever_is_cancelled_no_seat_is_lost(clock: PassingClock) -> None:
    chance, counter = random.Random(7), Counter(3, clock)  # noqa: S311 - moments, not secrets

    async def visit() -> None:
        admission = await counter.line.wait(("anything",), counter.place())
        assert admission is not None
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
        finally:
            counter.give_back(admission)

    tasks = [asyncio.create_task(visit()) for _ in range(200)]
    while not all(task.done() for task in tasks):
        chance.choice(tasks).cancel()
        await asyncio.sleep(0)
        assert 0 <= counter.free <= 3
    await asyncio.gather(*tasks, return_exceptions=True)
    assert counter.free == 3
