"""A bot on Discord with a channel and people."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.discord.discord_bot import DiscordSite, discord_site
from tests.simulators.discord.world.state import Channel, Person


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DiscordSite]:
    async with discord_site(tmp_path) as site:
        yield site


@pytest.fixture
def anna(site: DiscordSite) -> Person:
    return site.discord.add_person("anna")


@pytest.fixture
def boris(site: DiscordSite) -> Person:
    return site.discord.add_person("boris")


@pytest.fixture
def channel(site: DiscordSite) -> Channel:
    return site.discord.add_channel(site.discord.add_guild())
