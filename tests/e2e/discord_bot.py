"""A bot on Discord as its owner runs it: a process, between a simulated Discord and a simulated gateway."""

import asyncio
import io
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
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
from tests.simulators.discord_api import DiscordSimulator
from tests.simulators.discord_interactions import Asked
from tests.simulators.discord_state import Channel, Message
from tests.simulators.gateway import KEY, GatewaySimulator

DAILY = 20
WITHIN_SECONDS = 40.0
OUTCOMES = "SELECT state FROM deliveries WHERE kind = 'outcome'"


def png(colour: str = "red", size: tuple[int, int] = (64, 36)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG that nothing can make smaller: about three bytes a pixel."""
    file = io.BytesIO()
    pixels = random.Random(7).randbytes(width * height * 3)  # noqa: S311 - the same each time
    Image.frombytes("RGB", (width, height), pixels).save(file, "PNG", compress_level=0)
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
class DiscordSite:
    """A data folder, the Discord its bot speaks to, and the endpoint that it asks for pictures."""

    folder: Path
    discord: DiscordSimulator
    endpoint: GatewaySimulator
    token: str

    def configure(self, *, after_crash: str = "repaint", jobs: str = "most_at_once = 1") -> None:
        (self.folder / "config.toml").write_text(
            f'[bot]\ndata_dir = "data"\n[jobs]\nafter_crash = "{after_crash}"\n{jobs}\n'
            f'[[endpoints]]\nname = "test"\nformat = "gemini"\nbase_url = "{self.endpoint.base_url}"\n'
            'api_key = "env:TEST_KEY"\n'
            f"[credits]\ndaily = {DAILY}\n"
            f'[platforms.discord]\ntoken = "env:TEST_TOKEN"\napi_url = "{self.discord.api_url}"\n'
            f'gateway_url = "{self.discord.gateway_url}"\n'
        )

    @asynccontextmanager
    async def started(self) -> AsyncIterator[BotProcess]:
        """The bot, as a process. No secret is in anything that it writes."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", "--config", str(self.folder / "config.toml")),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TEST_KEY": KEY, "TEST_TOKEN": self.token},
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
        secrets = [self.token, KEY, *(asked.token for asked in self.discord.interactions.asked.values())]
        assert [secret for secret in secrets if secret in told] == []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[BotProcess]:
        """The bot, once it hears what happens."""
        self.discord.gateway.cut()  # whoever was connected before has gone
        await self.until(lambda: not self.discord.gateway.connected)
        async with self.started() as bot:
            await self.until(lambda: self.discord.gateway.connected)
            yield bot

    async def until(self, condition: Callable[[], object]) -> None:
        await self.discord.until(condition, seconds=WITHIN_SECONDS)

    async def until_shown(self, channel: Channel, count: int = 1) -> list[Message]:
        """Wait until so many messages of the bot show pictures in a channel, and the bot knows that they arrived."""

        def shown() -> list[Message]:
            return [message for message in self.discord.messages(channel, by_bot=True) if message.files]

        await self.until(lambda: len(shown()) >= count)
        await self.until_written(OUTCOMES, lambda rows: rows.count(("sent",)) >= count)
        return shown()

    async def until_answered(self, asked: Asked, words: str) -> Message:
        """Wait until the answer to an interaction holds these words."""
        await self.until(lambda: asked.answer and words in asked.answer.text)
        assert asked.answer
        return asked.answer

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
async def discord_site(folder: Path) -> AsyncIterator[DiscordSite]:
    """A site with a configuration; left, its books agree, and all that was asked is what Discord and gateways know."""
    async with DiscordSimulator() as discord, GatewaySimulator(picture=png()) as endpoint:
        site = DiscordSite(folder, discord, endpoint, discord.rest.token)
        site.configure()
        yield site
        if (folder / "data/plantain.db").exists():
            await site.check_books()


async def _read(process: asyncio.subprocess.Process, output: list[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        output.append(line.decode())  # noqa: PERF401 - each is there as soon as it was written
