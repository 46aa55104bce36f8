"""The bots whose first sign is timed: this code with its real store, and a bot of ten lines that only answers."""

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from telegram import Bot as TelegramBot
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.settings import TelegramSettings
from bot.application.background import Background
from bot.application.intake.answers import Answers
from bot.application.texts import MessageCatalog
from bot.cli.logging import set_up_logging
from bot.config import load
from bot.domain.chat import Address, Member, OutgoingMessage
from bot.domain.events import Event
from bot.domain.prompt.commands import MENU
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.ports import Conversation, Handle, PlatformServices, Serving
from bot.storage.data_folder import load_secret
from bot.storage.engines.database import Database
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from bot.wiring.bot import Bot, BotContext, credit_policy
from bot.wiring.clock import SystemClock
from bot.wiring.endpoints import build_image_api

PLANTAIN, TEN_LINES = "plantain", "ten lines"

Told = Callable[[], None]
"""Called when a first sign is handed to whatever sends it."""


class TimedPlatform:
    """Telegram, which says when it hands a message over: the first sign has been handed to its sender just before."""

    def __init__(self, platform: TelegramPlatform, told: Told) -> None:
        self._platform = platform
        self._told = told

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Run the platform, and call `told` before the core handles an event."""

        async def timed(event: Event, conversation: Conversation) -> OutgoingMessage | None:
            self._told()
            return await handle(event, conversation)

        await self._platform.run(timed, serving)

    def conversation(self, address: Address) -> Conversation:
        """Return the platform's conversation, unchanged."""
        return self._platform.conversation(address)

    def private(self, member: Member, near: Address) -> Conversation | None:
        """Return the platform's private conversation, unchanged."""
        return self._platform.private(member, near)


async def plantain(addresses: Mapping[str, str], folder: Path, told: Told) -> None:
    """Run this code as `plantain run` puts it together, with a painter that takes its time."""
    table = {
        "endpoints": [{"format": "demo", "seconds": 600}],
        "credits": {"daily": 1_000},
        "jobs": {"grace_seconds": 0},
    }
    settings = load(table, {}, folder=folder, name="benchmark")
    async with AsyncExitStack() as stack:
        database = await Database.open(folder / "plantain.db")
        stack.push_async_callback(database.close)
        workshop, clock = Workshop(), SystemClock()
        files = await FolderPictures.open(folder / "pictures", workshop)
        answers = Answers(clock)
        services = PlatformServices(
            texts=MessageCatalog("adapters.telegram"),
            menu=MENU,
            language="en",
            bot_name="Plantain",
            transcript=SqlTranscript(database, clock),
            pictures=files,
            answers=answers,
            links=None,
            load_secret=lambda name: load_secret(folder, name),
            announce=lambda _: None,
        )
        chosen: Any = {**addresses, "token": SecretStr(addresses["token"])}
        telegram = TimedPlatform(TelegramPlatform(TelegramSettings.model_construct(**chosen), services), told)
        store = SqlStore(database, credit_policy(settings), clock)
        background = await stack.enter_async_context(Background())
        api = build_image_api(settings, workshop)
        context = BotContext(
            settings=settings,
            store=store,
            files=files,
            links=None,
            api=api,
            platforms={"telegram": telegram},
            background=background,
            clock=clock,
            answers=answers,
        )
        await Bot(context).run(asyncio.Event())


async def ten_lines(addresses: Mapping[str, str], folder: Path, told: Told) -> None:
    """Run a bot in the library's own way. It stores nothing, and answers as soon as it receives a message."""
    del folder

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        told()
        if update.message:
            await update.message.reply_text("Painting…")

    bot = TelegramBot(addresses["token"], addresses["base_url"], addresses["base_file_url"])
    application = Application.builder().bot(bot).concurrent_updates(256).build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        await asyncio.Event().wait()


WAYS: Mapping[str, Callable[[Mapping[str, str], Path, Told], Awaitable[None]]] = {
    PLANTAIN: plantain,
    TEN_LINES: ten_lines,
}


def main() -> None:
    """Run a bot; it prints the moment of each first sign, in seconds of the system's monotonic clock."""
    way, addresses = sys.argv[1], json.loads(sys.argv[2])

    def told() -> None:
        os.write(1, f"{time.monotonic()}\n".encode())

    set_up_logging(logging.CRITICAL)  # standard output is for the moments
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(WAYS[way](addresses, Path(folder), told))  # type: ignore[arg-type]  # each is a coroutine


if __name__ == "__main__":
    main()
