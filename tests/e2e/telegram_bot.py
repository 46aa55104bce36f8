"""A bot in Telegram as its owner runs it: a process, between a simulated Telegram and a simulated gateway."""

import asyncio
import io
import os
import random
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from bot.domain.credits import CreditPolicy
from bot.storage.database import Database
from bot.storage.store import SqlStore
from bot.wiring.clock import SystemClock
from tests.e2e.program import ROOT
from tests.simulators.gateway import KEY, GatewaySimulator
from tests.simulators.telegram_api import TelegramSimulator
from tests.simulators.telegram_chats import Chat
from tests.simulators.telegram_faults import FloodControl
from tests.simulators.telegram_messages import Message

DAILY = 20
WITHIN_SECONDS = 40.0
TOO_MANY = 429


def png(colour: str = "red", size: tuple[int, int] = (64, 36)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG that nothing can make smaller: about three bytes a pixel."""
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3)).save(  # noqa: S311
        file, "PNG", compress_level=0
    )
    return file.getvalue()


@dataclass
class BotProcess:
    """A running `plantain run`; `output` is everything it has written so far."""

    process: asyncio.subprocess.Process
    output: list[str] = field(default_factory=list)

    async def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """As an operator would; the exit status."""
        self.process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(WITHIN_SECONDS):
            return await self.process.wait()


@dataclass
class TelegramSite:
    """A data folder, the Telegram its bot speaks to, and the endpoint that it asks for pictures."""

    folder: Path
    telegram: TelegramSimulator
    endpoint: GatewaySimulator
    starts: int = 0

    def configure(self, *, after_crash: str = "repaint", jobs: str = "most_at_once = 1", telegram: str = "") -> None:
        (self.folder / "config.toml").write_text(
            f'[bot]\ndata_dir = "data"\n[jobs]\nafter_crash = "{after_crash}"\n{jobs}\n'
            f'[[endpoints]]\nname = "test"\nformat = "gemini"\nbase_url = "{self.endpoint.base_url}"\n'
            'api_key = "env:TEST_KEY"\n'
            f"[credits]\ndaily = {DAILY}\n"
            f'[platforms.telegram]\ntoken = "env:TEST_TOKEN"\nbase_url = "{self.telegram.base_url}"\n'
            f'base_file_url = "{self.telegram.base_file_url}"\n{telegram}\n'
        )

    @asynccontextmanager
    async def started(self) -> AsyncIterator[BotProcess]:
        """The bot, as a process. No secret is in anything that it writes."""
        self.starts += 1
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", "--config", str(self.folder / "config.toml")),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TEST_KEY": KEY, "TEST_TOKEN": self.telegram.token},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        bot = BotProcess(process)
        reading = asyncio.create_task(_read(process, bot.output))
        try:
            yield bot
        except BaseException:
            print("".join(bot.output))  # noqa: T201 - pytest shows it with the failure
            raise
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await reading
        told = "".join(bot.output)
        assert KEY not in told
        assert self.telegram.token.partition(":")[2] not in told

    @asynccontextmanager
    async def running(self) -> AsyncIterator[BotProcess]:
        """The bot, once it asks Telegram what there is."""
        polls = len(self.telegram.calls_of("getUpdates"))
        async with self.started() as bot:
            await self.until(lambda: len(self.telegram.calls_of("getUpdates")) > polls)
            yield bot

    async def until(self, condition: Callable[[], object]) -> None:
        await self.telegram.until(condition, within=WITHIN_SECONDS)

    async def until_shown(self, chat: Chat, count: int = 1) -> Sequence[Message]:
        """Wait until the bot shows so many pictures in a chat; the messages that do."""

        def shown() -> list[Message]:
            return [message for message in chat.by(self.telegram.bot) if message.photo]

        await self.until(lambda: len(shown()) >= count)
        return shown()

    async def until_said(self, chat: Chat, words: str) -> Message:
        """Wait until a message of the bot holds these words; the newest."""

        def saying() -> list[Message]:
            return [message for message in chat.by(self.telegram.bot) if words in message.text]

        await self.until(saying)
        return saying()[-1]

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Look into the database beside the bot."""
        with closing(sqlite3.connect(self.folder / "data/plantain.db", timeout=10)) as database, database:
            return database.execute(question).fetchall()

    async def until_written(self, question: str, is_met: Callable[[list[tuple[Any, ...]]], bool]) -> None:
        """Wait until the database says so."""
        for _ in range(1000):
            if is_met(await asyncio.to_thread(self.ask, question)):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came about: {question}")

    async def check_books(self) -> None:
        database = await Database.open(self.folder / "data/plantain.db")
        try:
            assert await SqlStore(database, CreditPolicy(daily=DAILY), SystemClock()).check_books() == []
        finally:
            await database.close()


@asynccontextmanager
async def telegram_site(folder: Path) -> AsyncIterator[TelegramSite]:
    """A site with a configuration; left, its books agree, and all that was asked is what Telegram and gateways know."""
    async with TelegramSimulator() as telegram, GatewaySimulator(picture=png()) as endpoint:
        site = TelegramSite(folder, telegram, endpoint)
        site.configure()
        telegram.limit_writing(FloodControl(clock=time.monotonic))
        yield site
        if site.starts == 1:  # a process does not know how fast the one before it wrote
            assert not [call for call in telegram.calls if call.status == TOO_MANY], "the bot wrote too fast"
        if (folder / "data/plantain.db").exists():
            await site.check_books()


async def _read(process: asyncio.subprocess.Process, output: list[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        output.append(line.decode())  # noqa: PERF401 - each is there as soon as it was written
