"""The Discord platform: one bot on Discord, until it is stopped."""

from adapters.discord.client import DiscordClient
from adapters.discord.commands import to_commands
from adapters.discord.connection import Connection, SystemTime, pointed_at
from adapters.discord.conversation import DiscordConversation
from adapters.discord.kept import PendingStore
from adapters.discord.places import direct_place, to_place
from adapters.discord.reception import EventHandler
from adapters.discord.settings import DiscordSettings
from adapters.discord.speaking import DiscordContext
from adapters.discord.wire import DiscordRest
from bot.domain.chat import Address, Member
from bot.ports import Clock, Handle, PlatformServices, Serving


class DiscordPlatform:
    """Implements `ports.ChatPlatform` with the gateway and the REST API of Discord."""

    def __init__(self, settings: DiscordSettings, services: PlatformServices, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._services = services
        self._clock = clock or SystemTime()
        self._wire = DiscordRest(services.pictures, self._clock)
        token, wants_content = settings.token.get_secret_value(), settings.message_content
        self._connection = Connection(token, self._wire, wants_content=wants_content)
        self._means = DiscordContext(
            wire=self._wire, texts=services.texts, kept=PendingStore(services.transcript), clock=self._clock
        )

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Connect and hand over what happens, until cancelled. Raises `TokenRejected` and `PlatformDown`."""
        settings = self._settings
        reception = EventHandler(self._services, self._means, handle)
        commands = to_commands(self._services.menu, self._services.texts)
        with pointed_at(settings.api_url, settings.gateway_url):
            await self._connection.run(
                lambda has_content: DiscordClient(reception, serving, has_content=has_content), commands
            )

    def conversation(self, address: Address) -> DiscordConversation:
        """The conversation at an address; it speaks as soon as a client is logged in."""
        return DiscordConversation(to_place(address), self._means)

    def private(self, member: Member, near: Address) -> DiscordConversation | None:
        """The direct messages of a member; None where they are known from these."""
        place = to_place(near)
        if place.is_alone_with_bot:
            return None
        return DiscordConversation(direct_place(place, int(member.id)), self._means)
