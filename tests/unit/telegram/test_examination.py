"""What `plantain check` says of Telegram."""

import pytest
from telegram import Bot

from adapters.telegram.examination import examine
from bot.domain.errors import TokenRejected, Unavailable
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.faults import BAD_GATEWAY, UNAUTHORIZED
from tests.unit.telegram.platforms import settings_for


async def test_a_good_token_tells_whose_it_is_and_what_the_bot_hears(simulator: TelegramSimulator) -> None:
    assert await examine(settings_for(simulator)) == (
        "@plantain_bot; privacy mode is on, so in groups it hears commands with @plantain_bot and replies to it"
    )


async def test_without_privacy_mode_the_bot_hears_everything() -> None:
    async with TelegramSimulator(reads_everything=True) as simulator:
        assert "privacy mode is off" in await examine(settings_for(simulator))


async def test_a_webhook_that_was_left_behind_is_told(simulator: TelegramSimulator, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:1/hook")
    assert (await examine(settings_for(simulator))).endswith("a webhook was left behind, which the next run takes away")


async def test_a_token_that_telegram_does_not_know_is_a_fault(simulator: TelegramSimulator) -> None:
    simulator.fail("getMe", UNAUTHORIZED)
    with pytest.raises(TokenRejected, match="does not know the token"):
        await examine(settings_for(simulator))


async def test_a_telegram_that_does_not_answer_is_a_fault(simulator: TelegramSimulator) -> None:
    simulator.fail("getMe", BAD_GATEWAY)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await examine(settings_for(simulator))
    async with simulator.unreachable():
        with pytest.raises(Unavailable, match="ClientConnectorError"):
            await examine(settings_for(simulator))
