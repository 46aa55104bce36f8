"""Every chat platform there is, with its adapter running and one member in its chat."""

from collections.abc import AsyncIterator, Mapping

import pytest

from tests.contract.chat.board import BoardDriver
from tests.contract.chat.discord import DiscordCommandDriver, DiscordDriver
from tests.contract.chat.driver import ChatDriver
from tests.contract.chat.fake import FakeDriver
from tests.contract.chat.page import PageDriver
from tests.contract.chat.telegram import PrivateTelegramDriver, TelegramDriver

DRIVERS: Mapping[str, type[ChatDriver]] = {
    driver.name: driver
    for driver in (
        FakeDriver,
        PageDriver,
        TelegramDriver,
        PrivateTelegramDriver,
        DiscordDriver,
        DiscordCommandDriver,
        BoardDriver,
    )
}


@pytest.fixture(params=list(DRIVERS))
async def chat(request: pytest.FixtureRequest) -> AsyncIterator[ChatDriver]:
    async with DRIVERS[request.param]() as driver:
        yield driver
