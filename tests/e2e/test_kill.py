"""kill -9 at the moments that matter: the books agree, the picture arrives, nothing is charged twice."""

import asyncio
import io
import os
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.domain.credits import CreditPolicy
from bot.storage.database import Database
from bot.storage.store import SqlStore
from bot.wiring.clock import SystemClock
from tests.e2e.page_client import PageClient, in_phase, tab, with_pictures
from tests.e2e.program import Program, running
from tests.simulators import gemini_shapes as shapes
from tests.simulators.gemini_endpoint import KEY, GeminiEndpointSimulator

HOLD_DELIVERY = """
    CREATE TRIGGER hold_delivery BEFORE UPDATE ON transcript WHEN json_array_length(new.body, '$.pictures') > 0
    BEGIN SELECT RAISE(ABORT, 'held by the test'); END
"""


def png(color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 18), color).save(file, "PNG")
    return file.getvalue()


@dataclass
class Site:
    """A data folder, and the endpoint that its bot asks."""

    folder: Path
    endpoint: GeminiEndpointSimulator
    gate: asyncio.Event

    def configure(self, after_crash: str = "repaint") -> None:
        (self.folder / "config.toml").write_text(
            f'[bot]\ndata_dir = "data"\n[jobs]\nmost_at_once = 1\nafter_crash = "{after_crash}"\n'
            f'[[endpoints]]\nname = "test"\nformat = "gemini"\nbase_url = "{self.endpoint.base_url}"\n'
            'api_key = "env:TEST_KEY"\n[credits]\ndaily = 20\n[platforms.web]\nlisten = "127.0.0.1:0"\n'
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Program, PageClient]]:
        """The bot, running, and its page in a tab."""
        arguments = ("run", "--config", str(self.folder / "config.toml"))
        async with running(*arguments, environment={"TEST_KEY": KEY}) as program, tab(program.link) as page:
            yield program, page
        assert KEY not in "".join(program.output)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Look into the database beside the bot."""
        with closing(sqlite3.connect(self.folder / "data/plantain.db", timeout=10)) as database, database:
            return database.execute(question).fetchall()

    async def until(self, question: str, is_met: Callable[[list[tuple[Any, ...]]], bool]) -> None:
        for _ in range(1000):
            if is_met(await asyncio.to_thread(self.ask, question)):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came about: {question}")

    async def check_books(self) -> None:
        database = await Database.open(self.folder / "data/plantain.db")
        try:
            assert await SqlStore(database, CreditPolicy(daily=20), SystemClock()).check_books() == []
        finally:
            await database.close()

    def source(self) -> Path:
        (path,) = (path for path in self.folder.glob("data/pictures/*/*") if path.read_bytes() == png("blue"))
        return path


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    gate = asyncio.Event()
    async with GeminiEndpointSimulator() as endpoint:
        endpoint.answer = replace(shapes.one_picture(png()), gate=gate)
        site = Site(tmp_path, endpoint, gate)
        site.configure()
        yield site
        gate.set()
    await site.check_books()


async def test_killed_before_the_mark_it_is_painted_once(site: Site) -> None:
    """The request to edit is claimed and reads its source, here a pipe that nobody fills: it has not left."""
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.endpoint.wait_for_requests(1)
        await page.say("/edit make it night", files=(png("blue"),))
        await site.until("SELECT sha256 FROM sources", lambda rows: rows[:1] != [] and rows[0][0] is not None)
        source = site.source()
        source.unlink()
        os.mkfifo(source)
        site.gate.set()
        await site.until("SELECT state FROM jobs WHERE id = 2", lambda rows: rows == [("painting",)])
        assert site.ask("SELECT left_at FROM jobs WHERE id = 2") == [(None,)]
        await program.kill()
    source.unlink()
    source.write_bytes(png("blue"))
    async with site.opened() as (_, page):
        await page.until(with_pictures(2))
        assert page.credits_left == 16
    assert len(site.endpoint.requests) == 2


async def test_killed_after_the_mark_it_is_asked_for_again_and_charged_once(site: Site) -> None:
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.endpoint.wait_for_requests(1)
        await page.say("/imagine two")
        await page.until(in_phase("waiting"))
        await program.kill()
    site.gate.set()
    async with site.opened() as (_, page):
        await page.until(with_pictures(2))
        assert page.credits_left == 16
        assert len([entry for entry in page.entries.values() if entry["author"] == "member"]) == 2
    assert len(site.endpoint.requests) == 3


async def test_killed_after_the_mark_it_is_refunded_where_the_owner_wants_that(site: Site) -> None:
    site.configure(after_crash="refund")
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.endpoint.wait_for_requests(1)
        await program.kill()
    async with site.opened() as (_, page):
        entries = await page.until(lambda entries: "restarted" in str(entries))
        assert page.credits_left == 20
        assert [action["verb"] for action in entries[-1]["actions"]] == ["retry"]
    assert len(site.endpoint.requests) == 1


async def test_killed_when_painted_it_is_only_delivered(site: Site) -> None:
    site.gate.set()
    async with site.opened() as (program, page):
        site.ask(HOLD_DELIVERY)
        await page.say("/imagine one")
        await site.until("SELECT state FROM jobs", lambda rows: rows == [("painted",)])
        await program.kill()
        assert not with_pictures(1)(page.said())
    site.ask("DROP TRIGGER hold_delivery")
    async with site.opened() as (_, page):
        (*_, entry) = await page.until(with_pictures(1))
        assert await page.picture(entry) == png()
        assert page.credits_left == 18
    assert len(site.endpoint.requests) == 1


async def test_killed_again_and_again_every_request_still_ends_in_one_picture(site: Site) -> None:
    """Three requests, and kills at moments nobody chose; each may be asked for twice, and is charged once."""
    site.gate.set()
    moments = random.Random(2026)  # noqa: S311 - moments, not secrets
    for number in range(1, 4):
        async with site.opened() as (program, page):
            await page.say(f"/imagine {number}", key=f"message-{number}")
            await asyncio.sleep(moments.uniform(0.0, 0.15))  # this is the moment, not a wait for something
            await program.kill()
    async with site.opened() as (program, page):
        await page.until(with_pictures(3))
        assert page.credits_left == 14
        assert await program.stop() == 0
    assert site.ask("SELECT count(*) FROM results") == [(3,)]
    assert 3 <= len(site.endpoint.requests) <= 6
