"""One connection to Discord, from login to end. The library resumes it. When the library gives up, it ends here."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.client import DiscordClient
from adapters.discord.receiving.commands import is_same
from adapters.discord.sending.discord_rest import DiscordRest
from bot.domain.errors import PlatformDown, TokenRejected

log = structlog.get_logger()

_TOKEN_UNKNOWN = 4004

MakeClient = Callable[[bool], DiscordClient]
"""Creates a client, with or without the privileged intent."""


class SystemTime:
    """Implements the `Clock` port with the machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds."""
        await asyncio.sleep(seconds)


class Connection:
    """Connects a new client for each run, because a client that has ended cannot be used again."""

    def __init__(self, token: str, rest: DiscordRest, *, wants_content: bool) -> None:
        self._token = token
        self._rest = rest
        self._wants_content = wants_content

    async def run(self, make_client: MakeClient, commands: list[dict[str, object]]) -> None:
        """Stay connected until cancelled. Raises `TokenRejected` and `PlatformDown`."""
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we use no voice: no warnings needed
        try:
            await self._live_without_refused_intent(make_client, commands)
        except discord.LoginFailure as error:
            raise TokenRejected(REJECTED) from error
        except discord.ConnectionClosed as error:
            if error.code == _TOKEN_UNKNOWN:
                raise TokenRejected(REJECTED) from error
            raise PlatformDown(f"the connection to Discord ended: close code {error.code}") from error
        except Exception as error:  # an error in the library's parsers ends the connection
            raise PlatformDown(f"the connection to Discord ended: {_described(error)}") from error

    async def _live_without_refused_intent(self, make_client: MakeClient, commands: list[dict[str, object]]) -> None:
        """Run a client. If Discord refuses only the privileged intent, run a second client without it at once."""
        try:
            await self._live(make_client(self._wants_content), commands)
        except discord.PrivilegedIntentsRequired:
            if not self._wants_content:
                raise
            self._wants_content = False
            log.warning("discord-without-message-content", advice="switch it on in the portal, or off here")
            await self._live(make_client(self._wants_content), commands)

    async def _live(self, client: DiscordClient, commands: list[dict[str, object]]) -> None:
        """Run one client, from login to end."""
        async with client:
            try:
                await client.login(self._token)
                self._rest.open(client)
                await _register(client, commands)
                await client.connect()
            finally:
                await client.finish_events()
                self._rest.close()


async def _register(client: DiscordClient, commands: list[dict[str, object]]) -> None:
    """Register the commands if they differ from the registered ones. Errors are logged and ignored."""
    application = client.application_id
    assert application is not None  # noqa: S101 - logging in asked for it
    route = Route("GET", "/applications/{application_id}/commands", application_id=application)
    try:
        registered = await client.http.request(route, params={"with_localizations": "true"})
        if not is_same(_in_order(commands), _in_order(registered)):
            await client.http.bulk_upsert_global_commands(application, commands)
            log.info("discord-commands-registered", commands=len(commands))
    except Exception as error:  # noqa: BLE001 - also for an answer of unexpected form
        log.warning("discord-commands-not-registered", reason=_described(error))


def _in_order(commands: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(commands, key=lambda command: (str(command.get("type", 1)), str(command["name"])))


REJECTED = "Discord does not know the token of [platforms.discord]; take a new one from the developer portal, under Bot"


def _described(error: Exception) -> str:
    """Describe an error without its text, which may contain the token. Of an unknown error, give only the type."""
    if isinstance(error, discord.HTTPException):
        phrase = HTTPStatus(error.status).phrase if error.status in set(HTTPStatus) else ""
        return f"{error.status} {error.code} {phrase}".strip()
    return f"{type(error).__module__}.{type(error).__name__}"


@contextmanager
def pointed_at(api_url: str, gateway_url: str) -> Iterator[None]:
    """Point the library at these URLs. It stores them on classes, so there is one pair for the whole process."""
    usual = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api_url, yarl.URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = usual
