"""The library's client, configured to pass on every event and to cache no messages or members."""

import asyncio
import sys
from collections.abc import Coroutine

import discord
import structlog
from discord.abc import GuildChannel

from adapters.discord.receiving.event_handler import EventHandler
from adapters.discord.receiving.taken_back import may_speak
from bot.ports import Serving

log = structlog.get_logger()

_LAST_EVENTS_SECONDS = 3.0
"""When a client ends, how long to wait for events that are being handled."""

_LONGEST_WAIT_SECONDS = 30.0
"""If a rate limit lasts longer than this, the library raises `RateLimited` instead of waiting."""


class DiscordClient(discord.AutoShardedClient):
    """One connection to Discord. After a fatal error it is replaced by a new client."""

    def __init__(self, handler: EventHandler, serving: Serving, *, has_content: bool) -> None:
        super().__init__(
            intents=intents(has_content=has_content),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_WAIT_SECONDS,
        )
        self._handler = handler
        self._serving = serving
        self._taking: set[asyncio.Task[object]] = set()

    async def on_connect(self) -> None:
        """Report that the platform is serving: events begin to arrive."""
        self._serving()

    async def on_message(self, message: discord.Message) -> None:
        """Handle a message that somebody wrote."""
        if self.user is not None:
            await self._take(self._handler.take_message(message, self.user))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Handle the use of a command, a button or a form."""
        await self._take(self._handler.take_interaction(interaction))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Handle that the bot was added to a server, perhaps again."""
        await self._take(self._handler.take_back(guild.text_channels))

    async def on_guild_channel_update(self, before: GuildChannel, after: GuildChannel) -> None:
        """Tell the core if a changed channel lets the bot post again."""
        if not (isinstance(before, discord.TextChannel) and isinstance(after, discord.TextChannel)):
            return
        if may_speak(after) and not may_speak(before):
            await self._take(self._handler.take_back([after]))

    async def finish_events(self) -> None:
        """Wait for events that are being handled, so that none of them runs after the rest of the program is closed.

        The library starts a task for each event, and does not wait for these tasks when it ends.
        """
        taking = self._taking - {asyncio.current_task()}
        if taking:
            await asyncio.wait(taking, timeout=_LAST_EVENTS_SECONDS)
        for task in taking:
            task.cancel()
        await asyncio.gather(*taking, return_exceptions=True)

    async def _take(self, event: Coroutine[None, None, None]) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the library runs each event in a task of its own
        self._taking.add(task)
        try:
            await event
        finally:
            self._taking.discard(task)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """Log an unexpected error in one of our event handlers. Other events are not affected."""
        log.error("event-failed", platform="discord", on=event_method, exc_info=sys.exc_info()[1])


def intents(*, has_content: bool) -> discord.Intents:
    """Choose the gateway intents: servers, messages, and the content of messages if that is allowed."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = has_content
    return wanted
