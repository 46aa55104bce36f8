"""Slots for requests in flight: never more than there are, first come first served, and none is lost."""

import asyncio
import random

import pytest

from bot.image_api.slots import Slots

ONE, TWO = "one", "two"


async def asking(slots: Slots, *endpoints: str) -> asyncio.Task[str]:
    """A task that has asked for a slot, and waits if it must."""
    is_about_to_ask = asyncio.Event()

    async def ask() -> str:
        is_about_to_ask.set()
        return await slots.take(endpoints)

    task = asyncio.create_task(ask())
    await is_about_to_ask.wait()
    return task


async def test_the_first_with_a_free_slot_is_taken() -> None:
    slots = Slots({ONE: 1, TWO: 2})
    assert [await slots.take([ONE, TWO]) for _ in range(3)] == [ONE, TWO, TWO]


async def test_whoever_waits_gets_the_slot_that_is_free_first() -> None:
    slots = Slots({ONE: 1, TWO: 1})
    for _ in range(2):
        await slots.take([ONE, TWO])
    waiting = await asking(slots, ONE, TWO)
    assert not waiting.done()
    slots.give_back(TWO)
    assert await waiting == TWO


async def test_who_waits_longest_is_next_and_nobody_gets_what_he_does_not_want() -> None:
    slots = Slots({ONE: 1, TWO: 1})
    for _ in range(2):
        await slots.take([ONE, TWO])
    for_one, for_two, for_any = [await asking(slots, *wanted) for wanted in ([ONE], [TWO], [ONE, TWO])]
    slots.give_back(TWO)
    assert await for_two == TWO
    slots.give_back(TWO)
    assert await for_any == TWO
    assert not for_one.done()
    slots.give_back(ONE)
    assert await for_one == ONE


async def test_cancelled_while_waiting_it_takes_no_slot() -> None:
    slots = Slots({ONE: 1})
    await slots.take([ONE])
    waiting = await asking(slots, ONE)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    slots.give_back(ONE)
    assert await asyncio.wait_for(slots.take([ONE]), 10) == ONE


async def test_cancelled_in_the_moment_it_gets_a_slot_it_gives_it_on() -> None:
    slots = Slots({ONE: 1})
    await slots.take([ONE])
    first, second = [await asking(slots, ONE) for _ in range(2)]
    slots.give_back(ONE)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await asyncio.wait_for(second, 10) == ONE


@pytest.mark.parametrize("seed", range(20))
async def test_of_many_who_come_and_are_cancelled_none_goes_beyond_the_slots_or_keeps_one(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing secret is drawn
    most = {ONE: 2, TWO: 3}
    slots, held, peak = Slots(most), {ONE: 0, TWO: 0}, {ONE: 0, TWO: 0}

    async def pass_turns(most_turns: int) -> None:
        for _ in range(chance.randint(0, most_turns)):
            await asyncio.sleep(0)  # lets the others go on, in an order that the seed decides

    async def stay() -> None:
        name = await slots.take(chance.sample([ONE, TWO], chance.randint(1, 2)))
        held[name] += 1
        peak[name] = max(peak[name], held[name])
        try:
            await pass_turns(5)
        finally:
            held[name] -= 1
            slots.give_back(name)

    tasks = [asyncio.create_task(stay()) for _ in range(60)]
    for task in chance.sample(tasks, 30):
        await pass_turns(3)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert peak == most
    for name, count in most.items():
        assert [await asyncio.wait_for(slots.take([name]), 10) for _ in range(count)] == [name] * count
