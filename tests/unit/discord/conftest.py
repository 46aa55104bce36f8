"""The simulated Discord, the library pointed at it, and the adapter that runs against it."""

from collections.abc import AsyncIterator

import pytest

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.library import pointed_at
from tests.simulators.discord.world.state import Channel, Guild, Person
from tests.unit.discord.adapter import Adapter, running


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


@pytest.fixture
async def adapter(discord_api: DiscordSimulator, channel: Channel) -> AsyncIterator[Adapter]:
    """Run the adapter, in a server with a channel."""
    async with running(Adapter(discord_api)) as adapter:
        yield adapter
