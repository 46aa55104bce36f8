"""How the platform begins and ends, and what it keeps to itself meanwhile."""

import asyncio
import logging

import pytest
import structlog
from structlog.testing import capture_logs
from telegram import Bot

from adapters.telegram.menu import LANGUAGES, SCOPES
from bot.domain.errors import TokenRejected
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.simulators.waiting import Bell
from tests.unit.telegram.platforms import Core, platform_for, running, settings_for, texts

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
    lists = len(SCOPES) * len(LANGUAGES)
    async with running(simulator):
        await simulator.until(lambda: len(simulator.calls_of("setMyCommands")) == lists)
    async with running(simulator):
        await simulator.until(lambda: len(simulator.calls_of("getMyCommands")) == 2 * lists)
    assert len(simulator.calls_of("setMyCommands")) == lists
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


# Secrets


async def test_the_token_stands_in_no_log(
    simulator: TelegramSimulator, room: Room, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = structlog.get_config()
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
        structlog.configure(**before)
    secret = simulator.token.partition(":")[2]
    assert secret not in caplog.text
    assert secret not in repr(logs)
    assert secret not in repr(settings_for(simulator))
