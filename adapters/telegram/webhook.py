"""Takes updates that Telegram posts to an address of ours."""

import asyncio
import hmac
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web
from telegram import Bot

from adapters.http_server.limits import ConnectionLimits
from adapters.http_server.serving import http_server
from adapters.telegram.intake import Intake, lane_of, read_update
from adapters.telegram.serial_queues import SerialQueues
from adapters.telegram.settings import TelegramSettings

SECRET = "telegram-webhook"  # noqa: S105 - its name
"""The name of the secret that Telegram says with each update."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
BODY_LIMIT_BYTES = 4 * 1024 * 1024

MOST_CONNECTIONS = 128
"""Telegram opens 40 at most; what anybody else opens and asks nothing on gives way."""


class Webhook:
    """Answers Telegram's posts: 200 when what an update leads to is durable, 503 so that it is posted again."""

    def __init__(self, bot: Bot, intake: Intake, queues: SerialQueues, *, secret: str) -> None:
        self._bot = bot
        self._intake = intake
        self._queues = queues
        self._secret = secret

    def served(
        self, path: str, settings: TelegramSettings, *, closing_seconds: float
    ) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Take posts at one path meanwhile. Raises `CannotListen`."""
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
        """`POST`: one update."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), self._secret.encode()):
            return web.Response(status=403)
        update = read_update(_parsed(await request.read()), self._bot)
        if update is not None:
            # Telegram may leave before it is done; then it is done all the same, and posted once more.
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
