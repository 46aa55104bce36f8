"""kill -9 at the moments that matter: the books agree, the picture arrives, nothing is charged twice."""

import asyncio
import io
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
from tests.simulators.answers import Answer
from tests.simulators.gateway import KEY, GatewaySimulator

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
    endpoint: GatewaySimulator
    gate: asyncio.Event

    def configure(self, after_crash: str = "repaint", *, max_attempts: int = 2, base_url: str | None = None) -> None:
        (self.folder / "config.toml").write_text(
            f'[bot]\ndata_dir = "data"\n[jobs]\nmost_at_once = 1\nafter_crash = "{after_crash}"\n'
            f"max_attempts = {max_attempts}\n"
            f'[[endpoints]]\nname = "test"\nformat = "gemini"\nbase_url = "{base_url or self.endpoint.base_url}"\n'
            'api_key = "env:TEST_KEY"\nfetch_from = ["127.0.0.1"]\n'
            '[credits]\ndaily = 20\n[platforms.web]\nlisten = "127.0.0.1:0"\n'
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


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    gate = asyncio.Event()
    async with GatewaySimulator() as endpoint:
        endpoint.answer = replace(shapes.one_picture(png()), gate=gate)
        site = Site(tmp_path, endpoint, gate)
        site.configure()
        yield site
        gate.set()
    await site.check_books()


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server that takes a connection and says nothing, so that no encryption comes about; its address."""
    connected, is_over = asyncio.Event(), asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await is_over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", connected
        is_over.set()


async def test_killed_before_the_mark_it_is_painted_once(site: Site) -> None:
    """The connection is being made: nothing has left."""
    site.gate.set()
    async with silent_server() as (address, connected):
        site.configure(after_crash="refund", base_url=address)
        async with site.opened() as (program, page):
            await page.say("/imagine one")
            await connected.wait()
            assert site.ask("SELECT state, left_at FROM jobs") == [("painting", None)]
            await program.kill()
    site.configure(after_crash="refund")
    async with site.opened() as (_, page):
        await page.until(with_pictures(1))
        assert page.credits_left == 18
    assert len(site.endpoint.requests) == 1


async def test_killed_between_two_tries_nothing_is_under_way(site: Site) -> None:
    """The endpoint was busy, which costs nothing, and the next try is not due yet."""
    site.configure(after_crash="refund")
    site.endpoint.answer = shapes.refusal(429, "slow down", "upstream_error", headers={"Retry-After": "20"})
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.until("SELECT fault, state FROM spend", lambda rows: rows == [("busy", "released")])
        assert site.ask("SELECT state, left_at, sent_attempts FROM jobs") == [("painting", None, 0)]
        await program.kill()
    site.endpoint.answer = shapes.one_picture(png())
    async with site.opened() as (_, page):
        await page.until(with_pictures(1))
        assert page.credits_left == 18
    assert site.ask("SELECT attempt, number, fault, state FROM spend") == [
        (1, 1, "busy", "released"),
        (2, 1, None, "settled"),
    ]


@pytest.mark.parametrize("after_crash", ["repaint", "refund"])
async def test_killed_while_it_fetches_a_link_it_is_only_fetched_again(site: Site, after_crash: str) -> None:
    site.configure(after_crash)
    signature = "5d41402abc4b2a76b9719d911017c592"
    file = Answer(body=png(), headers={"Content-Type": "image/png"}, gate=site.gate)
    link = f"{site.endpoint.put('fox.png', file)}?Signature={signature}"
    site.endpoint.answer = shapes.answer({"text": f"Here it is: {link}"})
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.until("SELECT links IS NOT NULL FROM jobs", lambda rows: rows == [(1,)])
        await program.kill()
    site.gate.set()
    async with site.opened() as (again, page):
        (*_, entry) = await page.until(with_pictures(1))
        assert await page.picture(entry) == png()
        assert page.credits_left == 18
    assert len(site.endpoint.requests) == 1
    assert site.ask("SELECT attempt, state FROM spend") == [(1, "settled")]
    assert site.ask("SELECT links FROM jobs") == [(None,)]
    assert signature not in "".join((*program.output, *again.output))


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
    """Three requests, and kills at moments nobody chose; each may be asked for after each kill, and is charged once."""
    site.configure(max_attempts=4)  # the first may be killed three times
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
    assert 3 <= len(site.endpoint.requests) <= 4 + 3 + 2
