"""The web platform: serves the page until it is stopped."""

import asyncio
import os

from aiohttp import web

from adapters.web.access import SESSION, Access
from adapters.web.conversation import WebConversation
from adapters.web.live import Bell
from adapters.web.logging import quiet_logger
from adapters.web.page import Page
from adapters.web.server import WebServer
from adapters.web.settings import WebSettings
from adapters.web.translate import name_at
from bot.domain.chat import Address
from bot.domain.errors import CannotListen
from bot.ports import Handle, PlatformServices

CONVERSATION = "local"
"""There is one conversation; every tab shows it."""

_CLOSING_SECONDS = 3.0
"""How long answers that are under way may take at the end; event streams end at once."""

_ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on


class WebPlatform:
    """Implements `ports.ChatPlatform` with an HTTP server of its own."""

    def __init__(self, settings: WebSettings, services: PlatformServices) -> None:
        self._settings = settings
        self._services = services
        self._bell = Bell()

    async def run(self, handle: Handle) -> None:
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
        # Without an access log: the one-time key stands in a path.
        runner = web.AppRunner(
            server.application(), access_log=None, logger=quiet_logger(), shutdown_timeout=_CLOSING_SECONDS
        )
        await runner.setup()
        try:
            await self._listen(runner)
            self._services.announce(access.link(self._origin(runner)))
            await asyncio.Event().wait()
        finally:
            self._bell.close()
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        try:
            await web.TCPSite(runner, self._settings.host, self._settings.port).start()
        except OSError as fault:
            reason = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror
            raise CannotListen(
                f"the page cannot be served at {self._settings.listen}: {reason}; choose another address"
            ) from fault

    def conversation(self, address: Address) -> WebConversation:
        """The conversation at an address, for what is said long after it was asked. Raises `AddressUnreadable`."""
        return WebConversation(name_at(address), self._services, self._bell)

    def _origin(self, runner: web.AppRunner) -> str:
        """Where a browser on this machine finds the page."""
        port = runner.addresses[0][1]
        host = "127.0.0.1" if self._settings.host in _ANY_ADDRESS else self._settings.host
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
