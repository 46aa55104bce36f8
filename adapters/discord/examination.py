"""Tests a token against Discord, without sending a message and without appearing online."""

import aiohttp
import discord

from adapters.discord.client import intents
from adapters.discord.connection import REJECTED, pointed_at
from adapters.discord.faults import fault_of
from adapters.discord.settings import DiscordSettings
from bot.domain.errors import TokenRejected, Unavailable


async def examine(settings: DiscordSettings) -> str:
    """Return in one line the bot's name and which messages it can read. Raises `TokenRejected` and `Unavailable`."""
    with pointed_at(settings.api_url, settings.gateway_url):
        async with discord.Client(intents=intents(has_content=False)) as client:
            try:
                await client.login(settings.token.get_secret_value())
                application = await client.application_info()
            except discord.LoginFailure as error:
                raise TokenRejected(REJECTED) from error
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                fault = fault_of(error, is_repeatable=True)
                raise Unavailable(f"Discord cannot be reached ({fault})") from error
            return _described(client.user, application, settings)


def _described(user: discord.ClientUser | None, application: discord.AppInfo, settings: DiscordSettings) -> str:
    """Describe a bot in one line: name, number of servers, and which messages it can read."""
    flags = application.flags
    has_content = flags.gateway_message_content or flags.gateway_message_content_limited
    told = [str(user), f"in {application.approximate_guild_count} servers"]
    if has_content and settings.message_content:
        told.append("it reads what is written where it is")
    elif settings.message_content:
        told.append("the message content intent is off in the portal, so it reads only what names or answers it")
    else:
        told.append("it reads only what names or answers it")
    return "; ".join(told)
