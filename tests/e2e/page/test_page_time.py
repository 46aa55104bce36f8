"""Time passes on the page by itself, in a real browser: no entry changes, and the browser's own clock may be wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.domain.chat import Moment, OutgoingMessage, Phase, Progress, Sentence
from tests.page.alone import PageAlone
from tests.simulators.waiting import WITHIN_SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

THREE_HOURS_FAST = "{ const now = Date.now; Date.now = () => now() + 3 * 3600 * 1000; }"


@pytest_asyncio.fixture(loop_scope="module")
async def fast(browser: Browser, alone: PageAlone) -> AsyncIterator[Page]:
    """Open a tab on a computer whose clock is three hours fast."""
    context = await browser.new_context(locale="en-GB")
    await context.add_init_script(THREE_HOURS_FAST)
    page = await context.new_page()
    await page.goto(alone.link)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
    yield page
    await context.close()


async def until_another(read: Callable[[], Awaitable[int]], first: int) -> int:
    """Wait until a number is another."""
    async with asyncio.timeout(WITHIN_SECONDS):
        number = first
        while number == first:
            number = await read()
    return number


async def number_in(words: Locator) -> int:
    found = re.search(r"\d+", await words.inner_text())
    assert found is not None
    return int(found.group())


async def test_elapsed_time_counts_up_and_the_bar_moves_while_no_entry_changes(fast: Page, alone: PageAlone) -> None:
    await alone.conversation.post(alone.core.painting("a red fox", 5), key="r1")
    entry = fast.locator("article.is-bot").last
    moment, bar = entry.locator("time.moment"), entry.get_by_role("progressbar")
    await expect(moment).to_have_text(re.compile(r"^\d+ seconds ago$"))
    revision = await alone.transcript.newest_revision("local")

    async def elapsed() -> int:
        return await number_in(moment)

    async def share() -> int:
        return int(await bar.get_attribute("aria-valuenow") or 0)

    begun, begun_share = await elapsed(), await share()
    assert 4 <= begun <= WITHIN_SECONDS  # the time is told as late as the news of it comes
    assert begun_share >= 4 / 20 * 90 - 1
    assert await until_another(elapsed, begun) == begun + 1
    assert await until_another(share, begun_share) > begun_share
    spoken = await bar.get_attribute("aria-valuetext")
    assert spoken is not None
    assert re.fullmatch(r"\d+ seconds / 20 seconds", spoken)
    assert await alone.transcript.newest_revision("local") == revision


async def test_what_is_expected_counts_down_and_then_up(fast: Page, alone: PageAlone) -> None:
    ready = Moment(datetime.now(UTC) + timedelta(seconds=8))
    lines = (Sentence("status-next", ready=ready),)
    await alone.conversation.post(OutgoingMessage(lines=lines, language="en"), key="k")
    moment = fast.locator("article.is-bot").last.locator("time.moment")

    seen = [await moment.inner_text()]
    async with asyncio.timeout(WITHIN_SECONDS):
        while seen[-1] != "2 seconds ago":
            if (words := await moment.inner_text()) != seen[-1]:
                seen.append(words)
            await asyncio.sleep(0.02)

    order = [*(f"in {left} seconds" for left in range(8, 1, -1)), "in 1 second", "now", "1 second ago", "2 seconds ago"]
    assert seen == [words for words in order if words in seen]
    assert len(seen) > 5
    assert await moment.get_attribute("aria-live") == "off"


async def test_a_reload_goes_on_counting_where_it_was(fast: Page, alone: PageAlone) -> None:
    await alone.conversation.post(alone.core.painting("a red fox", 300), key="r1")
    await fast.reload()

    moment = fast.locator("article.is-bot").last.locator("time.moment")
    await expect(moment).to_have_text("5 minutes ago")


async def test_the_first_entries_that_told_progress_are_drawn_still(fast: Page, alone: PageAlone) -> None:
    progress = Progress(phase=Phase.PAINTING, since=datetime.now(UTC), expected_seconds=20)
    said = await alone.conversation.post(OutgoingMessage(lines=(), language="en", progress=progress), key="old")
    kept = await alone.transcript.find("local", said.ref)
    assert kept is not None
    assert kept.body is not None
    first = {"phase": "painting", "elapsedSeconds": 3, "expectedSeconds": 20}
    await alone.transcript.replace("local", said.ref, {**kept.body, "progress": first})
    await fast.reload()

    await expect(fast.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "0")


async def test_an_outcome_out_of_sight_is_told_and_one_press_away(page: Page, alone: PageAlone) -> None:
    status = (await alone.conversation.post(alone.core.painting("a red fox", 5), key="r1")).ref
    for number in range(30):
        await alone.say(f"later-{number}")
    notice = page.locator("#outcome")
    await expect(page.locator("article.is-bot")).to_have_count(32)  # with the welcome
    await expect(notice).to_be_hidden()

    await alone.conversation.edit(status, await alone.core.painted("a red fox"))
    await expect(notice).to_have_text("page-picture-ready")
    await notice.click()

    await expect(page.get_by_role("img", name="a red fox")).to_be_in_viewport()
    await expect(notice).to_be_hidden()


async def test_an_outcome_in_sight_needs_no_telling(page: Page, alone: PageAlone) -> None:
    status = (await alone.conversation.post(alone.core.painting("a red fox", 5), key="r1")).ref
    await alone.conversation.edit(status, await alone.core.painted("a red fox"))

    await expect(page.get_by_role("img", name="a red fox")).to_be_in_viewport()
    await expect(page.locator("#outcome")).to_be_hidden()
