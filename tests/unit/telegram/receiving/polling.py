"""A poller that tests listen to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update

from adapters.telegram.connecting import make_bot
from adapters.telegram.receiving.polling import Poller
from adapters.telegram.receiving.serial_queues import SerialQueues
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.waiting import Bell
from tests.unit.telegram.platforms import settings_for


class Heard:
    """What a poller hands over."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.bell = Bell()

    async def take(self, update: Update) -> None:
        self.updates.append(update)
        self.bell.ring()


async def no_signs(_: Sequence[Update]) -> None:
    """Show nobody that they were heard."""


@asynccontextmanager
async def polling(simulator: TelegramSimulator, **more: Any) -> AsyncIterator[Heard]:
    """Run a poller with short pauses."""
    heard, settings = Heard(), settings_for(simulator)
    poller = Poller(
        lambda request: make_bot(settings, request),
        heard.take,
        SerialQueues(),
        **{"sign": no_signs, "pauses": (0.01,), **more},
    )
    task = asyncio.create_task(poller.run())
    yield heard
    task.cancel()
    await asyncio.wait([task])
