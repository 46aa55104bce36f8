"""Every scenario on every platform."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from inspect import iscoroutinefunction
from pathlib import Path

import pytest

from tests.e2e import scenarios
from tests.e2e.discord.discord_member import discord_member
from tests.e2e.member import Member
from tests.e2e.page.web_member import web_member
from tests.e2e.telegram.telegram_member import telegram_member
from tests.small_platform.member import board_member

Scenario = Callable[[Member], Awaitable[None]]

PLATFORMS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Member]]] = {
    "web": web_member,
    "telegram": telegram_member,
    "discord": discord_member,
    "board": board_member,  # from tests/, through the same door as the others
}
SCENARIOS: Mapping[str, Scenario] = {
    name: scenario for name, scenario in vars(scenarios).items() if iscoroutinefunction(scenario)
}


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_scenario(platform: str, scenario: str, tmp_path: Path) -> None:
    async with PLATFORMS[platform](tmp_path) as member:
        await SCENARIOS[scenario](member)
