"""A token, tried for real."""

import pytest

from adapters.discord.examination import examine
from bot.domain.errors import TokenRejected, Unavailable
from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.faults import bad_gateway
from tests.unit.discord.adapter import settings_for


@pytest.mark.parametrize(
    ("allowed", "content", "words"),
    [
        (1 << 15, True, "it reads what is written where it is"),
        (0, True, "the message content intent is off in the portal"),
        (1 << 15, False, "it reads only what names or answers it"),
    ],
)
async def test_it_says_whose_bot_it_is_and_what_it_reads(
    discord_api: DiscordSimulator, allowed: int, words: str, *, content: bool
) -> None:
    discord_api.add_guild()
    discord_api.gateway.allowed_intents = allowed
    told = await examine(settings_for(discord_api, token=TOKEN, content=content))
    assert words in told
    assert "in 1 servers" in told
    assert discord_api.gateway.identified == []


async def test_a_wrong_token_is_told(discord_api: DiscordSimulator) -> None:
    with pytest.raises(TokenRejected):
        await examine(settings_for(discord_api, token="a.wrong.token", content=True))


async def test_a_discord_that_cannot_be_reached_is_told(discord_api: DiscordSimulator) -> None:
    discord_api.fail("GET", "/users/@me", bad_gateway(503))
    with pytest.raises(Unavailable):
        await examine(settings_for(discord_api, token=TOKEN, content=True))
