"""The web platform: serves the chat page until it is stopped."""

import asyncio

from adapters.http_server.serving import http_server
from adapters.web.access import SESSION, Access
from adapters.web.conversation import WebConversation
from adapters.web.live import Bell
from adapters.web.page import Page
from adapters.web.server import WebServer
from adapters.web.settings import WebSettings
from adapters.web.translate import name_at
from bot.domain.chat import Address, Member
from bot.ports import Handle, PlatformServices, Serving

CONVERSATION = "local"
"""The name of the only conversation. Every tab shows it."""

_CLOSING_SECONDS = 3.0
"""At shutdown, how long current requests may take. Event streams end at once."""

_ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on


class WebPlatform:
    """Implements `ports.ChatPlatform` with an HTTP server of its own."""

    def __init__(self, settings: WebSettings, services: PlatformServices) -> None:
        self._settings = settings
        self._services = services
        self._bell = Bell()

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Listen, announce the one-time link, and serve until cancelled.

        Raises `CannotListen`.
        """
        secret = await asyncio.to_thread(self._services.load_secret, SESSION)
        links = self._services.links
        access = Access(secret, self._settings.host, links.host if links else None)
        server = WebServer(
            self._services,
            WebConversation(CONVERSATION, self._services, self._bell),
            handle,
            bell=self._bell,
            access=access,
            page=await asyncio.to_thread(Page.load),
        )
        served = http_server(
            server.application(),
            self._settings.host,
            self._settings.port,
            self._settings.connection_limits,
            purpose="the page cannot be served",
            closing_seconds=_CLOSING_SECONDS,
        )
        self._bell.open()
        async with served as (_, port):
            serving()
            self._services.announce(access.link(self._origin(port)))
            try:
                await asyncio.Event().wait()
            finally:
                self._bell.close()

    def conversation(self, address: Address) -> WebConversation:
        """Return the conversation at an address, for results that come long after the request.

        Raises `AddressUnreadable`.
        """
        return WebConversation(name_at(address), self._services, self._bell)

    def private(self, member: Member, near: Address) -> None:
        """Return None: the page itself is a private chat of the bot and its only member."""

    def _origin(self, port: int) -> str:
        """Return the page's origin for a browser on this machine."""
        host = "127.0.0.1" if self._settings.host in _ANY_ADDRESS else self._settings.host
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
