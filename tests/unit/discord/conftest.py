"""The simulated Discord, and the library pointed at it."""

from collections.abc import AsyncIterator

import pytest

from tests.simulators.discord_api import DiscordSimulator
from tests.simulators.discord_library import pointed_at
from tests.simulators.discord_state import Channel, Guild, Person


@pytest.fixture
async def discord_api() -> AsyncIterator[DiscordSimulator]:
    async with DiscordSimulator() as simulator:
        with pointed_at(api_url=simulator.api_url, gateway_url=simulator.gateway_url):
            yield simulator


@pytest.fixture
def guild(discord_api: DiscordSimulator) -> Guild:
    return discord_api.add_guild()


@pytest.fixture
def channel(discord_api: DiscordSimulator, guild: Guild) -> Channel:
    return discord_api.add_channel(guild)


@pytest.fixture
def anna(discord_api: DiscordSimulator) -> Person:
    return discord_api.add_person("anna")
