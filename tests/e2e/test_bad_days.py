"""What the owner pays on a bad day: a full disk, a locked database, lost files, kill -9 and broken lines."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.page.page_client import PageClient, tab, with_pictures
from tests.e2e.page.web_bot import WebSite, web_site
from tests.e2e.site import noise, png
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.simulators.waiting import WITHIN_SECONDS
from tests.small_disk import SmallDisk, small_disk

REQUESTS = 12
LOCKED_SECONDS = float(os.environ.get("TEST_LOCKED_SECONDS", "11"))
"""Longer than a transaction waits for its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What was billed, what of it is kept, what was delivered, and what the members have paid."""

    billed: int
    kept: int
    delivered: int
    credits_paid: int


async def reckoning(site: WebSite, page: PageClient) -> Reckoning:
    shown = sum(bool(entry["pictures"]) for entry in page.said())
    [(kept,)] = site.ask("SELECT count(*) FROM results")
    [(paid,)] = site.ask("SELECT coalesce(-sum(reserved_delta), 0) FROM ledger WHERE phase = 'settle'")
    told = Reckoning(billed=len(site.endpoint.requests), kept=kept, delivered=shown, credits_paid=paid)
    print(told)  # noqa: T201 - the table of the owner's money is made from this
    return told


@asynccontextmanager
async def locked(site: WebSite) -> AsyncIterator[None]:
    """Hold the database's write lock from another connection meanwhile."""
    holder = sqlite3.connect(
        site.folder / "data/plantain.db", timeout=WITHIN_SECONDS, isolation_level=None, check_same_thread=False
    )
    await asyncio.to_thread(holder.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


async def say_until_taken(page: PageClient, text: str) -> None:
    """Say something as the page does: again, with the same key, until it is acknowledged."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while await page.say(text, key=text.replace(" ", "-").strip("/")) != 202:  # noqa: ASYNC110 - as a person tries again
            await asyncio.sleep(0.5)


def said_no_room(page: PageClient) -> int:
    return sum("disk is full" in str(entry) for entry in page.said())


async def test_killed_once_and_then_a_broken_line_are_two_bills_and_no_third(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with web_site(tmp_path) as site:
        site.endpoint.answer = replace(shapes.one_picture(png()), gate=gate)
        async with site.opened() as (program, page):
            await page.say("/imagine one")
            await site.endpoint.wait_for_requests(1)
            await program.kill()
        gate.set()
        site.endpoint.answer = replace(shapes.one_picture(png()), cut_at=100)
        async with site.opened() as (_, page):
            await page.until(lambda entries: "retry" in str(entries))
            assert page.credits_left == 20
        assert len(site.endpoint.requests) == 2
        assert site.ask("SELECT sent_attempts FROM jobs") == [(2,)]


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[tuple[WebSite, SmallDisk]]:
    with small_disk(tmp_path / "disk", megabytes=128) as disk:
        async with GatewaySimulator() as endpoint:
            site = WebSite(disk.folder, endpoint)
            site.configure(jobs="most_at_once = 4", daily=100)
            yield site, disk
            await site.check_ledger()


async def test_twelve_requests_on_a_disk_that_fills_pay_for_nothing_that_is_thrown_away(
    full: tuple[WebSite, SmallDisk],
) -> None:
    site, disk = full
    pictures = [noise(1000, 1000 + number) for number in range(REQUESTS)]
    site.endpoint.play(*map(shapes.one_picture, pictures))
    async with site.opened() as (program, page):
        disk.fill(but_bytes=44_000_000)
        for number in range(REQUESTS):
            assert await page.say(f"/imagine {number}") == 202
        await program.until_written("disk-full")
        before = await reckoning(site, page)
        assert before.billed < REQUESTS
        disk.make_room()
        accepted = site.ask("SELECT count(*) FROM jobs")[0][0]
        await page.until(with_pictures(accepted))
        await page.until(lambda _: accepted + said_no_room(page) == REQUESTS)
        after = await reckoning(site, page)
        assert (after.billed, after.kept, after.delivered) == (accepted, accepted, accepted)
        assert page.credits_left == 100 - 2 * accepted
        assert await page.say("/imagine one more") == 202
        await page.until(with_pictures(accepted + 1))
        assert [sum(event in line for line in program.output) for event in ("disk-full", "disk-has-room")] == [1, 1]


async def test_pictures_that_are_paid_come_in_although_the_disk_fills_to_the_last_byte(
    full: tuple[WebSite, SmallDisk],
) -> None:
    site, disk = full
    site.configure(jobs="most_at_once = 3", daily=100)
    gate = asyncio.Event()
    site.endpoint.play(
        *(replace(shapes.one_picture(noise(1000, 1000 + number)), gate=gate) for number in range(REQUESTS))
    )
    async with site.opened() as (_, page):
        for number in range(5):
            assert await page.say(f"/imagine {number}") == 202
        await site.endpoint.wait_for_requests(3)
        disk.fill(but_bytes=0)
        gate.set()
        await page.until(with_pictures(5))  # in the room of the first, which need only a part of it
        told = await reckoning(site, page)
        assert (told.billed, told.kept, told.delivered, page.credits_left) == (5, 5, 5, 90)


async def test_a_database_that_is_locked_for_long_costs_no_picture(tmp_path: Path) -> None:
    gate, cookies = asyncio.Event(), aiohttp.CookieJar(unsafe=True)
    async with web_site(tmp_path) as site:
        site.configure(jobs="most_at_once = 2")
        site.endpoint.answer = replace(shapes.one_picture(png()), gate=gate)
        async with site.running() as program:
            async with tab(program.link, cookies) as page:
                for number in range(3):
                    assert await page.say(f"/imagine {number}") == 202
                await site.endpoint.wait_for_requests(2)
                async with locked(site):
                    gate.set()
                    later = [asyncio.create_task(say_until_taken(page, f"/imagine later {n}")) for n in range(2)]
                    await asyncio.sleep(LOCKED_SECONDS)  # this is what is tested
                await asyncio.gather(*later)
            async with tab(program.link, cookies) as page:  # the stream of the first may have ended
                await page.until(with_pictures(5))
                assert page.credits_left == 10
                told = await reckoning(site, page)
                assert (told.billed, told.kept, told.delivered) == (5, 5, 5)


@pytest.mark.parametrize("altered", [None, b"something else"])
async def test_a_file_that_is_lost_before_it_is_sent_is_told(tmp_path: Path, altered: bytes | None) -> None:
    async with web_site(tmp_path) as site:
        site.endpoint.answer = shapes.one_picture(png())
        async with site.opened() as (program, page):
            site.hold_delivery()
            await page.say("/imagine a fox")
            await site.until_written("SELECT state FROM jobs", lambda rows: rows == [("painted",)])
            await program.kill()
        [path] = (site.folder / "data/pictures").glob("??/*.png")
        path.unlink()
        if altered is not None:
            path.write_bytes(altered)
        site.resume_delivery()
        async with site.opened() as (_, page):
            await page.until(lambda entries: "kept any more" in str(entries))
            assert not with_pictures(1)(page.said())
        assert not path.exists()
