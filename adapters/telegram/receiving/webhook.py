"""The webhook: receives updates that Telegram posts to our HTTP server."""

import asyncio
import hmac
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web
from telegram import Bot

from adapters.http_server.limits import ConnectionLimits
from adapters.http_server.serving import http_server
from adapters.telegram.receiving.intake import Intake, lane_of, read_update
from adapters.telegram.receiving.serial_queues import SerialQueues
from adapters.telegram.settings import TelegramSettings

SECRET = "telegram-webhook"  # noqa: S105 - its name
"""The name of the secret that Telegram sends with each update."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
BODY_LIMIT_BYTES = 4 * 1024 * 1024

MOST_CONNECTIONS = 128
"""Telegram opens at most 40. If there are too many connections, those without a request are closed first."""


class Webhook:
    """Answers Telegram's posts: 200 when an update is durable, or 503, so that Telegram posts it again."""

    def __init__(self, bot: Bot, intake: Intake, queues: SerialQueues, *, secret: str) -> None:
        self._bot = bot
        self._intake = intake
        self._queues = queues
        self._secret = secret

    def served(
        self, path: str, settings: TelegramSettings, *, closing_seconds: float
    ) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Serve posts at one path during the `async with` block. Raises `CannotListen`."""
        application = web.Application(client_max_size=BODY_LIMIT_BYTES)
        application.router.add_post(path, self.take_post)
        return http_server(
            application,
            settings.webhook_host,
            settings.webhook_port,
            ConnectionLimits(most=MOST_CONNECTIONS, most_per_address=MOST_CONNECTIONS),  # all come from the proxy
            purpose="Telegram's posts cannot be taken",
            closing_seconds=closing_seconds,
        )

    async def take_post(self, request: web.Request) -> web.Response:
        """Handle a `POST` with one update."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), self._secret.encode()):
            return web.Response(status=403)
        update = read_update(_parsed(await request.read()), self._bot)
        if update is not None:
            # Telegram may disconnect before this is done. The work goes on, and Telegram posts the update again.
            self._intake.sign(update)
            task = self._queues.put(lane_of(update), lambda: self._intake.take(update))
            await asyncio.wait([task])
            if task.cancelled() or task.exception() is not None:
                return web.Response(status=503)  # it is not durable: Telegram posts it again
        return web.Response()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
