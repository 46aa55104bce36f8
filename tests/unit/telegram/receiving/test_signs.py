"""Who asks for a picture sees at once that they were heard."""

import asyncio
from collections.abc import Sequence

from telegram import Update

from adapters.telegram.receiving.signs import FEW, Signs
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.platforms import running
from tests.unit.telegram.receiving.polling import polling


async def test_who_asks_for_a_picture_sees_at_once_that_they_were_heard_and_who_talks_does_not(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    """Before anything is durable: fifty who ask at once wait for fifty transactions."""
    group = simulator.supergroup("Painters", ada)
    group.bot_status = "administrator"
    async with running(simulator) as core:
        core.is_slow_with = "a fox"
        room.say(ada, "a fox")
        await simulator.until(lambda: room.actions)
        assert core.events == []
        group.say(ada, "lovely weather")
        group.say(ada, "/help@plantain_bot")
        await core.until_heard(2)
        group.say(ada, "/imagine@plantain_bot an owl")
        await simulator.until(lambda: group.actions)
    assert (len(room.actions), len(group.actions)) == (1, 1)


async def test_of_many_who_ask_at_once_all_are_shown_that_they_were_heard_before_one_is_worked_on(
    simulator: TelegramSimulator,
) -> None:
    signed: list[int] = []

    async def sign(updates: Sequence[Update]) -> None:
        assert heard.updates == []
        signed.extend(update.update_id for update in updates)

    for number in range(20):
        member = simulator.person(f"Member {number}")
        simulator.private(member).say(member, "a fox")
    async with polling(simulator, sign=sign) as heard:
        await heard.bell.until(lambda: len(heard.updates) == 20)
    assert signed == [update.update_id for update in heard.updates]


async def test_signs_of_many_are_waited_for_and_those_of_few_are_not() -> None:
    signs, may_leave, left = Signs(), asyncio.Event(), 0

    async def sign() -> None:
        nonlocal left
        await may_leave.wait()
        left += 1

    for _ in range(FEW):
        signs.put(sign)
    await signs.let_leave(seconds=60)
    assert left == 0
    signs.put(sign)
    waiting = asyncio.create_task(signs.let_leave(seconds=60))
    await asyncio.sleep(0)
    may_leave.set()
    await waiting
    assert left == FEW + 1


async def test_signs_that_do_not_leave_hold_up_the_work_for_a_while_only() -> None:
    signs, begun, ended = Signs(), 0, 0

    async def sign() -> None:
        nonlocal begun, ended
        begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    for _ in range(FEW + 1):
        signs.put(sign)
    await signs.let_leave(seconds=0.01)
    assert (begun, ended) == (FEW + 1, 0)
    await signs.finish()
    assert ended == FEW + 1
