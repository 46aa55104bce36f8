"""What stands in a channel of Discord's after all, and what it has cost."""

import asyncio
import re

from tests.e2e.discord.discord_bot import DiscordSite
from tests.simulators.discord.world.state import Channel, Message, Person

PRICES = "SELECT price FROM requests"


def painted_in(site: DiscordSite, channel: Channel) -> list[Message]:
    return [message for message in site.discord.messages(channel, by_bot=True) if message.files]


async def credits_left(site: DiscordSite, person: Person, channel: Channel) -> int:
    answer = await site.until_answered(site.discord.members.slash(person, channel, "credits"), "You have")
    found = re.search(r"You have (\d+)", answer.text)
    assert found
    return int(found[1])


async def all_charged(site: DiscordSite) -> int:
    """Return what the requests cost together, each counted once."""
    return sum(price for (price,) in await asyncio.to_thread(site.ask, PRICES))
