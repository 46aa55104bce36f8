"""The Discord platform: runs one bot on Discord until it is stopped."""

from adapters.discord.client import DiscordClient
from adapters.discord.connection import Connection, SystemTime, pointed_at
from adapters.discord.conversation import DiscordConversation
from adapters.discord.pending_store import PendingStore
from adapters.discord.receiving.commands import to_commands
from adapters.discord.receiving.event_handler import EventHandler
from adapters.discord.reply_context import direct_reply_context, to_reply_context
from adapters.discord.sending.discord_rest import DiscordRest
from adapters.discord.sending.message_sender import DiscordContext
from adapters.discord.sending.shown_answers import ShownAnswers
from adapters.discord.settings import DiscordSettings
from adapters.discord.translate import PLATFORM
from bot.domain.chat import Address, Member
from bot.ports import Clock, Handle, PlatformServices, Serving


class DiscordPlatform:
    """Implements `ports.ChatPlatform` with the gateway and the REST API of Discord."""

    def __init__(self, settings: DiscordSettings, services: PlatformServices, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._services = services
        self._clock = clock or SystemTime()
        self._rest = DiscordRest(services.pictures, self._clock)
        token, wants_content = settings.token.get_secret_value(), settings.message_content
        self._connection = Connection(token, self._rest, wants_content=wants_content)
        self._context = DiscordContext(
            rest=self._rest,
            texts=services.texts,
            kept=PendingStore(services.transcript),
            answers=ShownAnswers(),
            clock=self._clock,
        )

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Connect, and pass events to `handle` until cancelled. Raises `TokenRejected` and `PlatformDown`."""
        settings = self._settings
        handler = EventHandler(self._services, self._context, handle)
        commands = to_commands(self._services.menu, self._services.texts)
        with pointed_at(settings.api_url, settings.gateway_url):
            await self._connection.run(
                lambda has_content: DiscordClient(handler, serving, has_content=has_content), commands
            )

    def conversation(self, address: Address) -> DiscordConversation:
        """Return the conversation at an address. What it sends waits until a client is logged in."""
        return DiscordConversation(to_reply_context(address), self._context)

    def private(self, member: Member, near: Address) -> DiscordConversation | None:
        """Return the direct message chat with a member.

        None if `near` is that chat already, and for a member of another platform.
        """
        reply_context = to_reply_context(near)
        if reply_context.is_alone_with_bot or member.platform != PLATFORM or not member.id.isdecimal():
            return None
        return DiscordConversation(direct_reply_context(reply_context, int(member.id)), self._context)
