"""kill -9 at the moments that matter: the ledger agrees, the picture arrives, nothing is charged twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.e2e.page.page_client import in_phase, with_pictures
from tests.e2e.page.web_bot import WebSite
from tests.e2e.site import png
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import GatewaySimulator


@dataclass
class GatedSite(WebSite):
    """A site whose endpoint answers when its gate is open."""

    gate: asyncio.Event


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[GatedSite]:
    gate = asyncio.Event()
    async with GatewaySimulator() as endpoint:
        endpoint.answer = replace(shapes.one_picture(png()), gate=gate)
        site = GatedSite(tmp_path, endpoint, gate)
        site.configure()
        yield site
        gate.set()
    await site.check_ledger()


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Run a server that takes a connection and says nothing, so that no encryption comes about. Yield its address."""
    connected, is_over = asyncio.Event(), asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await is_over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", connected
        is_over.set()


async def test_killed_before_the_mark_it_is_painted_once(site: GatedSite) -> None:
    """The connection is being made: nothing has left."""
    site.gate.set()
    async with silent_server() as (address, connected):
        site.configure(after_crash="refund", endpoint_url=address)
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


async def test_killed_between_two_tries_nothing_is_under_way(site: GatedSite) -> None:
    """The endpoint was busy, which costs nothing, and the next try is not due yet."""
    site.configure(after_crash="refund")
    site.endpoint.answer = shapes.refusal(429, "slow down", "upstream_error", headers={"Retry-After": "20"})
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.until_written("SELECT fault, state FROM spend", lambda rows: rows == [("busy", "released")])
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
async def test_killed_while_it_fetches_a_link_it_is_only_fetched_again(site: GatedSite, after_crash: str) -> None:
    site.configure(after_crash=after_crash)
    signature = "5d41402abc4b2a76b9719d911017c592"
    file = Answer(body=png(), headers={"Content-Type": "image/png"}, gate=site.gate)
    link = f"{site.endpoint.put('fox.png', file)}?Signature={signature}"
    site.endpoint.answer = shapes.answer({"text": f"Here it is: {link}"})
    async with site.opened() as (program, page):
        await page.say("/imagine one")
        await site.until_written("SELECT links IS NOT NULL FROM jobs", lambda rows: rows == [(1,)])
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


async def test_killed_after_the_mark_it_is_asked_for_again_and_charged_once(site: GatedSite) -> None:
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


async def test_killed_after_the_mark_it_is_refunded_where_the_owner_wants_that(site: GatedSite) -> None:
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


async def test_killed_again_and_again_every_request_still_ends_in_one_picture(site: GatedSite) -> None:
    """Three requests, and kills at moments nobody chose; each may be asked for after each kill, and is charged once."""
    site.configure(jobs="most_at_once = 1\nmax_attempts = 4")  # the first may be killed three times
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
