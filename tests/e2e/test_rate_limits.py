"""Many requests at once against a server that limits their rate: all get their pictures, and few are refused."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.page.page_client import Entry, PageClient, with_pictures
from tests.e2e.page.web_bot import WebSite, web_site
from tests.e2e.site import png
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.image_api.rate_limits import Everybody, FixedWindow, LimitFromFirstRequest, TokenBucket

PATIENCE = 120.0
"""Seconds, on a machine that has other things to do."""

PACE = 1.0
"""Seconds between two changes of what a page says."""

QUICK = "[models.gemini-3-pro-image]\nexpected_seconds = { 1K = 1, 2K = 1, 4K = 1 }\n"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[WebSite]:
    async with web_site(tmp_path) as site:
        site.endpoint.answer = replace(shapes.one_picture(png()), latency_seconds=0.5)
        yield site


def configure(site: WebSite, most_at_once: int, jobs: str = "") -> None:
    site.configure(
        jobs=f"most_at_once = {most_at_once}\n{jobs}",
        endpoint=f"most_at_once = {most_at_once}",
        daily=1_000,
        credits_more=QUICK,
    )


async def ask(page: PageClient, count: int) -> None:
    await asyncio.gather(*(page.say(f"/imagine number {number}") for number in range(count)))


def refusals(site: WebSite) -> Counter[str]:
    """Count how often each prompt was refused."""
    return Counter(request.body["contents"][0]["parts"][-1]["text"] for request in site.endpoint.refused)


@pytest.mark.parametrize("count", [4, 8, 24])
async def test_a_short_rate_limit_fails_nobody(site: WebSite, count: int) -> None:
    site.endpoint.limit = LimitFromFirstRequest(Everybody(2.5, asks_seconds=1.0))
    configure(site, most_at_once=24)
    async with site.opened() as (_, page):
        await ask(page, count)
        await page.until(with_pictures(count), within=PATIENCE)
    refused = refusals(site)
    assert max(refused.values()) <= 3
    assert refused.total() < 3 * count


@pytest.mark.parametrize(
    "limit",
    [FixedWindow(60), TokenBucket(10, 1.0)],  # each lets so few through at once that a busy machine meets it too
    ids=["a window of a minute", "a bucket"],
)
async def test_a_server_limited_to_sixty_a_minute_is_asked_at_its_rate(
    site: WebSite, limit: FixedWindow | TokenBucket
) -> None:
    site.endpoint.limit = begun = LimitFromFirstRequest(limit)
    configure(site, most_at_once=70)
    async with site.opened() as (_, page):
        await ask(page, 70)
        await page.until(with_pictures(70), within=PATIENCE)
        assert begun.first_refusal_at is not None
        told = told_and_true(page, since=begun.first_refusal_at + 2 * PACE)
    assert len(site.endpoint.refused) <= 20
    assert told
    stood = stood_and_true(page, since=begun.first_refusal_at + 2 * PACE)
    assert stood
    for those in (told, stood):
        near = [abs(said - true) <= 3 + true / 2 for said, true in those]
        assert sum(near) >= 0.9 * len(near)


def told_and_true(page: PageClient, *, since: float) -> list[tuple[float, float]]:
    """Return the seconds that waiting members were told to expect, beside the seconds it took from then on.

    `since`: before the first refusal nobody can know.
    """
    offset = time.time() - asyncio.get_running_loop().time()
    arrived = {entry["key"]: at for at, entry in reversed(page.heard) if entry.get("pictures")}
    return [
        (expected - offset - at, arrived[entry["key"]] - at)
        for at, entry in page.heard
        if at >= since and entry["key"] in arrived and (expected := expected_at(entry)) is not None
    ]


def stood_and_true(page: PageClient, *, since: float) -> list[tuple[float, float]]:
    """Return what the page says to each waiting member in every second, beside the seconds it took.

    This counts what stands on the page, and not only what it is told anew.
    """
    offset = time.time() - asyncio.get_running_loop().time()
    arrived = {entry["key"]: at for at, entry in reversed(page.heard) if entry.get("pictures")}
    moments = [since + PACE * number for number in range(round(max(arrived.values()) - since))]
    stood = []
    for moment in moments:
        latest = {entry["key"]: entry for at, entry in page.heard if at <= moment and entry["key"] in arrived}
        for key, entry in latest.items():
            expected = expected_at(entry)
            if expected is not None:
                stood.append((expected - offset - moment, arrived[key] - moment))
    return stood


def expected_at(entry: Entry) -> float | None:
    """Return when the picture of a waiting member is expected, in seconds of wall-clock time; None if not known."""
    if not entry["progress"] or entry["progress"]["phase"] != "waiting":
        return None
    moments = [piece["moment"] for line in entry["lines"] for piece in line if "moment" in piece]
    return moments[-1] / 1000 if moments else None


async def waiting(page: PageClient, count: int) -> list[Entry]:
    """Wait until so many requests say that they wait for their turn."""

    def those(entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if entry["progress"] and entry["progress"]["phase"] == "waiting"]

    return those(await page.until(lambda entries: len(those(entries)) >= count, within=PATIENCE))


async def until_none_is_under_way(site: WebSite, count: int) -> None:
    """Wait until an endpoint has refused a request, and no request of so many jobs in hand is under way."""
    await site.until_written(
        "SELECT count(*) FROM jobs WHERE state = 'painting' AND left_at IS NULL"
        " AND EXISTS (SELECT * FROM spend WHERE fault = 'busy')",
        lambda rows: rows == [(count,)],
    )


async def test_who_waits_for_the_endpoint_can_cancel_and_pays_nothing(site: WebSite) -> None:
    site.endpoint.limit = LimitFromFirstRequest(Everybody(600, asks_seconds=100.0))
    configure(site, most_at_once=24)
    async with site.opened() as (_, page):
        await ask(page, 24)
        entries = await waiting(page, 24)
        await until_none_is_under_way(site, 24)
        asked = len(site.endpoint.requests)
        for entry in entries:
            assert await page.press(entry, "Cancel") == 202
        await page.until(lambda entries: str(entries).count("Cancelled. Nothing was charged.") >= 24, within=PATIENCE)
        assert page.credits_left == 1_000
        assert len(site.endpoint.requests) == asked
        site.endpoint.limit = None
        assert site.ask("SELECT DISTINCT state FROM jobs") == [("cancelled",)]


async def test_a_stop_puts_back_who_waits_unpaid_and_does_not_wait_for_them(site: WebSite) -> None:
    site.endpoint.limit = LimitFromFirstRequest(Everybody(600, asks_seconds=100.0))
    configure(site, most_at_once=24, jobs="grace_seconds = 600")
    async with site.opened() as (program, page):
        await ask(page, 24)
        await waiting(page, 24)
        await until_none_is_under_way(site, 24)
        assert await program.stop() == 0
    assert site.ask("SELECT DISTINCT state, left_at, sent_attempts FROM jobs") == [("queued", None, 0)]
    site.endpoint.limit = None
    async with site.opened() as (_, page):
        await page.until(with_pictures(24), within=PATIENCE)
        assert page.credits_left == 1_000 - 2 * 24
