"""An update is confirmed to Telegram when it is durable, and holds up no other chat."""

import asyncio

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from adapters.telegram.connecting import make_bot
from adapters.telegram.receiving.polling import Poller
from adapters.telegram.receiving.serial_queues import SerialQueues
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.polling import MOST_AT_ONCE
from tests.simulators.telegram.room import Room
from tests.simulators.waiting import Bell
from tests.unit.telegram.platforms import running, settings_for, texts
from tests.unit.telegram.receiving.polling import no_signs


async def test_an_update_is_confirmed_when_it_is_durable_and_holds_up_no_other_chat(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    other = simulator.private(bob := simulator.person("Bob"))
    async with running(simulator) as core:
        core.is_slow_with = "slow"
        slow = room.say(ada, "slow")
        room.say(ada, "behind it")
        other.say(bob, "quick")
        await core.until_heard()
        other.say(bob, "quick again")
        await core.until_heard(2)
        assert texts(core.events) == ["quick", "quick again"]
        assert simulator.updates.pending[0]["message"]["message_id"] == slow.id
        core.may_finish.set()
        await core.until_heard(4)
        await simulator.until(lambda: not simulator.updates.pending)
    assert texts(core.events)[2:] == ["slow", "behind it"]


async def test_a_chat_that_takes_nothing_keeps_no_update_open(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    """Answer what the adapter answers without the core: the question for words, a refused chat, the end of a press."""
    group = simulator.supergroup("Painters", ada)
    async with running(simulator) as core:
        bot = Bot(simulator.token, base_url=simulator.base_url)
        async with bot:
            button = InlineKeyboardMarkup([[InlineKeyboardButton("Edit", callback_data="edit:7")]])
            sent = await bot.send_message(group.id, "a fox", reply_markup=button)
        for method in ("sendMessage", "answerCallbackQuery"):
            simulator.fail(method, faults.HANG_BEFORE, chat=group if method == "sendMessage" else None, times=None)
        for _ in range(150):
            group.press(ada, group.messages[sent.message_id], "Edit")
        group.say(group, "/imagine@plantain_bot a fox")
        room.say(ada, "an owl")
        await core.until_heard()
        await simulator.until(lambda: not simulator.updates.pending)
    assert texts(core.events) == ["an owl"]


async def test_what_the_store_could_not_take_is_handed_over_again_and_holds_up_no_other_chat(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    other = simulator.private(bob := simulator.person("Bob"))
    async with running(simulator) as core:
        core.unstored = 1
        asked = room.say(ada, "a fox")
        await core.bell.until(lambda: core.unstored == 0)
        assert simulator.updates.pending[0]["message"]["message_id"] == asked.id
        room.say(ada, "behind it")
        other.say(bob, "an owl")
        await core.until_heard(3)
        await simulator.until(lambda: not simulator.updates.pending)
    assert texts(core.events)[0] == "an owl"
    assert texts(core.events)[1:] == ["a fox", "behind it"]


async def test_what_the_store_could_not_take_before_the_end_comes_at_the_next_start(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    async with running(simulator) as core:
        core.unstored = 1_000
        room.say(ada, "a fox")
        await core.bell.until(lambda: core.unstored < 1_000)
    assert len(simulator.updates.pending) == 1
    async with running(simulator) as core:
        assert texts(await core.until_heard()) == ["a fox"]


async def test_of_a_flood_no_more_is_in_work_than_one_answer_brings(simulator: TelegramSimulator) -> None:
    people = [simulator.person(f"Member {number}") for number in range(300)]
    may_end, bell = asyncio.Event(), Bell()
    taken, busy, most = 0, 0, 0

    async def take(_: Update) -> None:
        nonlocal taken, busy, most
        taken, busy = taken + 1, busy + 1
        most = max(most, busy)
        bell.ring()
        await may_end.wait()
        busy -= 1

    for number in range(2_000):
        person = people[number % len(people)]
        simulator.private(person).say(person, str(number))
    settings = settings_for(simulator)
    poller = Poller(lambda request: make_bot(settings, request), take, SerialQueues(), sign=no_signs, hold_seconds=0.01)
    task = asyncio.create_task(poller.run())
    await bell.until(lambda: busy == MOST_AT_ONCE)
    polls = len(simulator.calls_of("getUpdates"))
    await simulator.until(lambda: len(simulator.calls_of("getUpdates")) > polls + 5)
    assert most == MOST_AT_ONCE
    may_end.set()
    await simulator.until(lambda: not simulator.updates.pending)
    task.cancel()
    await asyncio.wait([task])
    assert taken == 2_000


async def test_an_update_that_comes_twice_is_the_same_event(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    async with running(simulator) as core:
        room.say(ada, "a fox")
        await core.until_heard()
        await simulator.until(lambda: not simulator.updates.pending)
        simulator.updates.replay(simulator.updates.made[0]["update_id"])
        first, second = await core.until_heard(2)
    assert first == second


async def test_what_a_killed_process_had_not_confirmed_is_heard_by_the_next(
    simulator: TelegramSimulator, bot: Bot, room: Room, ada: Person
) -> None:
    room.say(ada, "a fox")
    assert len(await bot.get_updates()) == 1  # and here it was killed
    async with running(simulator) as core:
        assert texts(await core.until_heard()) == ["a fox"]
