"""A simulated Telegram, and the unmodified library's bot that speaks to it."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.simulators.telegram_api import TelegramSimulator


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
async def bot(simulator: TelegramSimulator) -> AsyncIterator[Bot]:
    async with Bot(simulator.token, base_url=simulator.base_url, base_file_url=simulator.base_file_url) as bot:
        yield bot
