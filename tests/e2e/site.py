"""A bot as its owner runs it, on whatever platform: a process, between a simulated platform and a simulated gateway."""

import asyncio
import io
import random
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from bot.domain.credits import CreditPolicy
from bot.storage.engines.database import Database
from bot.storage.store import SqlStore
from bot.wiring.clock import SystemClock
from tests.e2e.program import Program, started
from tests.empty_database import make_database
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.image_api.answers import Picture
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.waiting import WITHIN_SECONDS

DAILY = 20
BALANCES = "SELECT available, reserved FROM balances"
OUTCOMES = "SELECT state FROM deliveries WHERE kind = 'outcome'"

Rows = list[tuple[Any, ...]]


def png(colour: str = "red", size: tuple[int, int] = (64, 36)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def noise(width: int, height: int) -> bytes:
    """Make a PNG that nothing can make smaller: about three bytes a pixel."""
    file = io.BytesIO()
    pixels = random.Random(7).randbytes(width * height * 3)  # noqa: S311 - the same each time
    Image.frombytes("RGB", (width, height), pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


@dataclass
class Site(ABC):
    """A data folder, and the endpoint that its bot asks for pictures."""

    folder: Path
    endpoint: GatewaySimulator
    module: str = field(default="bot", kw_only=True)  # what is run
    variables: dict[str, str] = field(default_factory=dict, kw_only=True)  # of its environment, beside the secrets
    program: Program | None = field(default=None, kw_only=True)  # that was started last

    def configure(
        self,
        *,
        after_crash: str = "repaint",
        jobs: str = "most_at_once = 1",
        credits_more: str = "",
        endpoint_url: str = "",
        endpoint: str = "",
        daily: int = DAILY,
        bot: str = "",
        platform: str = "",
    ) -> None:
        """Write the configuration. The arguments set another address of the endpoint, or more lines of sections.

        Its database is made too, as the bot would make it: that takes the bot longer than a copy.
        """
        make_database(self.folder / "data/plantain.db")
        (self.folder / "config.toml").write_text(
            f'[bot]\ndata_dir = "data"\n{bot}\n[jobs]\nafter_crash = "{after_crash}"\n{jobs}\n'
            f'[[endpoints]]\nname = "test"\nformat = "gemini"\nbase_url = "{endpoint_url or self.endpoint.base_url}"\n'
            'api_key = "env:TEST_KEY"\nfetch_from = ["127.0.0.1"]\n'
            f"{endpoint}\n"
            f"[credits]\ndaily = {daily}\n{credits_more}\n{self.platform_section()}{platform}\n"
        )

    @abstractmethod
    def platform_section(self) -> str:
        """Return the platform's section of the configuration. More lines may follow it."""

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """Return the secrets of the platform, as variables for the bot."""

    @abstractmethod
    def secrets(self) -> Iterable[str]:
        """Return what must be in nothing that the bot writes."""

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[Program]:
        """Run the bot, and yield it once it receives what happens on the platform."""

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Program]:
        """Run the bot as a process. No secret may be in anything that it writes."""
        arguments = ("run", "--config", str(self.folder / "config.toml"))
        environment = {"TEST_KEY": KEY, **self.environment(), **self.variables}
        async with started(*arguments, environment=environment, module=self.module) as program:
            self.program = program
            yield program
        told = "".join(program.output)
        assert [secret for secret in (KEY, *self.secrets()) if secret in told] == []

    def hold_painting(self, picture: Picture | None = None) -> asyncio.Event:
        """Have the endpoint answer, with this picture or any, only once the event that is returned is set."""
        gate = asyncio.Event()
        self.endpoint.answer = replace(shapes.one_picture(picture or png()), gate=gate)
        return gate

    def ask(self, question: str) -> Rows:
        """Look into the database beside the bot."""
        with closing(sqlite3.connect(self.folder / "data/plantain.db", timeout=WITHIN_SECONDS)) as database, database:
            return database.execute(question).fetchall()

    async def until_written(
        self, question: str, is_met: Callable[[Rows], bool], *, within: float = WITHIN_SECONDS
    ) -> None:
        """Wait until the database says so."""
        for _ in range(int(within / 0.02)):
            if is_met(await asyncio.to_thread(self.ask, question)):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came about: {question}")

    async def until_delivered(self, count: int = 1) -> None:
        """Wait until the bot knows that so many outcomes have arrived."""
        await self.until_written(OUTCOMES, lambda rows: rows.count(("sent",)) >= count)

    async def check_ledger(self) -> None:
        """Check that every credit is accounted for, if the bot has ever run."""
        if not (self.folder / "data/plantain.db").exists():
            return
        database = await Database.open(self.folder / "data/plantain.db")
        try:
            assert await SqlStore(database, CreditPolicy(daily=DAILY), SystemClock()).check_ledger() == []
        finally:
            await database.close()
