"""How the platform lives: from its first word to Telegram to its last, through everything that befalls its polling."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from adapters.telegram.connecting import make_bot
from adapters.telegram.receiving.polling import Poller
from adapters.telegram.receiving.serial_queues import SerialQueues
from adapters.telegram.receiving.signs import FEW, Signs
from bot.domain.errors import TokenRejected
from bot.domain.events import Event, IncomingMessage
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.polling import MOST_AT_ONCE
from tests.simulators.telegram.room import Room
from tests.simulators.waiting import Bell
from tests.unit.telegram.platforms import Core, platform_for, running, settings_for


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, IncomingMessage)]


class Heard:
    """What a poller hands over."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.bell = Bell()

    async def take(self, update: Update) -> None:
        self.updates.append(update)
        self.bell.ring()


async def no_signs(_: Sequence[Update]) -> None:
    """Show nobody that they were heard."""


@asynccontextmanager
async def polling(simulator: TelegramSimulator, **more: Any) -> AsyncIterator[Heard]:
    """Run a poller with short pauses."""
    heard, settings = Heard(), settings_for(simulator)
    poller = Poller(
        lambda request: make_bot(settings, request),
        heard.take,
        SerialQueues(),
        **{"sign": no_signs, "pauses": (0.01,), **more},
    )
    task = asyncio.create_task(poller.run())
    yield heard
    task.cancel()
    await asyncio.wait([task])


# Begin and end


async def test_a_token_that_telegram_does_not_know_ends_the_run_with_a_reason(simulator: TelegramSimulator) -> None:
    simulator.fail("getMe", faults.UNAUTHORIZED)
    with pytest.raises(TokenRejected, match="Telegram does not know the token"):
        await platform_for(simulator).run(Core(Bell()).handle, lambda: None)


async def test_a_telegram_that_is_not_reached_at_the_start_is_waited_for(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    simulator.fail("getMe", faults.BAD_GATEWAY)
    async with running(simulator) as core:
        room.say(ada, "a fox")
        assert texts(await core.until_heard()) == ["a fox"]


async def test_a_webhook_that_was_left_behind_is_taken_away(
    simulator: TelegramSimulator, bot: Bot, room: Room, ada: Person
) -> None:
    await bot.set_webhook("http://127.0.0.1:1/hook")
    async with running(simulator) as core:
        room.say(ada, "a fox")
        await core.until_heard()
    assert simulator.webhook_url == ""


async def test_commands_are_registered_by_scope_and_language_and_only_when_they_changed(
    simulator: TelegramSimulator,
) -> None:
    async with running(simulator):
        await simulator.until(lambda: len(simulator.calls_of("setMyCommands")) == 6)
    async with running(simulator):
        await simulator.until(lambda: len(simulator.calls_of("getMyCommands")) == 12)
    assert len(simulator.calls_of("setMyCommands")) == 6
    private = {"type": "all_private_chats"}
    assert simulator.profile.commands(scope=private)[0] == {
        "command": "imagine",
        "description": "Paint a picture from a sentence",
    }
    assert simulator.profile.commands(scope={"type": "all_group_chats"}, language="zh")[1]["description"].startswith(
        "修改"
    )


@pytest.mark.parametrize("method", ["getMyCommands", "setMyCommands", "deleteWebhook"])
@pytest.mark.parametrize(
    "answer",
    [
        faults.Page(status=200, html='{"ok": true, "result": 5}'),
        faults.Page(status=200, html='{"ok": true}'),
        faults.Page(status=200, html="[]"),
        faults.BAD_GATEWAY.answer,
    ],
)
async def test_a_step_that_serving_does_not_need_may_fail_in_any_way(
    simulator: TelegramSimulator, room: Room, ada: Person, method: str, answer: faults.Page
) -> None:
    simulator.fail(method, faults.Fault(answer=answer), times=None)
    task = asyncio.create_task(platform_for(simulator).run((core := Core(Bell())).handle, core.bell.ring))
    try:
        room.say(ada, "a fox")
        await core.until_heard()
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_commands_that_are_never_answered_hold_up_nobody(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    simulator.fail("getMyCommands", faults.HANG_BEFORE, times=None)
    async with running(simulator) as core:
        room.say(ada, "a fox")
        assert texts(await core.until_heard()) == ["a fox"]


async def test_what_was_heard_before_the_end_is_finished_and_confirmed(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    async with running(simulator) as core:
        core.is_slow_with = "a fox"
        room.say(ada, "a fox")
        await core.bell.until(lambda: core.is_held)
        assert texts(core.events) == []
    assert texts(core.events) == ["a fox"]
    assert simulator.updates.pending == []


# Durable first, confirmed then


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
    """What is said here, and not by the core: the question for words, the refusal of a chat, the end of a press."""
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


# What befalls polling


async def test_an_update_that_nobody_can_read_is_passed_over_once_and_for_all(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    with capture_logs() as logs:
        async with polling(simulator) as heard:
            poison = simulator.updates.poison()
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)
            await simulator.until(lambda: not simulator.updates.pending)
    assert simulator.updates.handed_out.count(poison) == 1
    assert [log["update"] for log in logs if log["event"] == "telegram-update-skipped"] == [poison]


async def test_an_update_without_a_number_keeps_nobody_else_waiting(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    numberless = '{"ok": true, "result": [{"message": {"message_id": 1}}, 7]}'
    with capture_logs() as logs:
        simulator.fail("getUpdates", faults.Fault(answer=faults.Page(status=200, html=numberless)), times=2)
        async with polling(simulator) as heard:
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)
            await simulator.until(lambda: not simulator.updates.pending)
    assert [log["update"] for log in logs if log["event"] == "telegram-update-skipped"] == [None] * 4
    assert [log for log in logs if log["event"] == "telegram-polling-begun-anew"] == []


@pytest.mark.parametrize(
    "fault",
    [
        faults.UNAUTHORIZED,
        faults.CONFLICT,
        faults.BAD_GATEWAY,
        faults.CUT_BEFORE,
        faults.Fault(answer=faults.Page(status=200, html="<html>Welcome to the hotel</html>")),
        faults.Fault(answer=faults.Page(status=200, html='{"ok": true}')),
    ],
)
async def test_polling_goes_on_after_a_fault(
    simulator: TelegramSimulator, room: Room, ada: Person, fault: faults.Fault
) -> None:
    simulator.fail("getUpdates", fault, times=3)
    with capture_logs():  # to show a traceback takes seconds on a busy machine
        async with polling(simulator) as heard:
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)


async def test_a_poll_that_never_comes_back_is_begun_anew_with_its_reason_in_the_log(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    simulator.fail("getUpdates", faults.HANG_BEFORE)
    with capture_logs() as logs:
        async with polling(simulator, round_trip_seconds=0.2) as heard:
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)
    assert "no answer to getUpdates" in next(log["reason"] for log in logs if log["event"].endswith("begun-anew"))


async def test_telegram_may_ask_to_be_polled_later(simulator: TelegramSimulator, room: Room, ada: Person) -> None:
    simulator.fail("getUpdates", faults.too_many(1))
    async with polling(simulator) as heard:
        room.say(ada, "a fox")
        await heard.bell.until(lambda: heard.updates)


# Secrets


async def test_the_token_stands_in_no_log(
    simulator: TelegramSimulator, room: Room, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    try:
        with capture_logs() as logs:
            for method in ("getUpdates", "getMe", "getMyCommands", "sendMessage"):
                simulator.fail(method, faults.BAD_GATEWAY)
            async with running(simulator) as core:
                simulator.updates.poison()
                room.say(ada, "a fox")
                await core.until_heard()
    finally:
        structlog.reset_defaults()
    secret = simulator.token.partition(":")[2]
    assert secret not in caplog.text
    assert secret not in repr(logs)
    assert secret not in repr(settings_for(simulator))
