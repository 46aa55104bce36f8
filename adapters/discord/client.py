"""A client of the library, as we need it: it hands everything over and remembers nothing."""

import sys

import discord
import structlog

from adapters.discord.reception import Reception
from bot.ports import Serving

log = structlog.get_logger()

_LONGEST_WAIT_SECONDS = 30.0
"""Above this the library tells us of a limit of rate instead of waiting for its end."""


class DiscordClient(discord.AutoShardedClient):
    """One connection to Discord. After a fatal end it is thrown away and another takes its place."""

    def __init__(self, reception: Reception, serving: Serving, *, has_content: bool) -> None:
        super().__init__(
            intents=intents(has_content=has_content),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_WAIT_SECONDS,
        )
        self._reception = reception
        self._serving = serving

    async def on_connect(self) -> None:
        """Events begin to come."""
        self._serving()

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote."""
        if self.user is not None:
            await self._reception.take_message(message, self.user)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, a button or a form."""
        await self._reception.take_interaction(interaction)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """Something of ours went wrong; the other events go on."""
        log.error("event-failed", platform="discord", on=event_method, exc_info=sys.exc_info()[1])


def intents(*, has_content: bool) -> discord.Intents:
    """What we want to hear of: servers, messages, and what they say where that is allowed."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = has_content
    return wanted
