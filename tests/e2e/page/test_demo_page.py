"""The demo as a newcomer meets it: the program, a browser, and nothing in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.page.browser_page import say
from tests.e2e.program import running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATIENCE = 60_000  # milliseconds, on a machine that has other things to do


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    yield context
    await context.close()


async def open_page(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    return page


def pictures(page: Page) -> Locator:
    return page.locator("article.is-bot .picture img")


async def pixels(picture: Locator) -> list[int]:
    measured: list[int] = await picture.evaluate(
        "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight] }"
    )
    return measured


async def balance_is(page: Page, credits_left: int) -> None:
    await expect(page.locator("#balance")).to_have_text(f"Credits {credits_left}", timeout=PATIENCE)


async def test_a_newcomer_paints_edits_by_reply_and_sees_the_credits_go_down(
    context: BrowserContext, tmp_path: Path
) -> None:
    async with running("demo", "--listen", "127.0.0.1:0", "--data", str(tmp_path)) as demo:
        page = await open_page(context, demo.link)
        await balance_is(page, 100)

        await say(page, "/imagine a red fox in snow --ar 16:9 --size 4K")
        status = page.locator("article.is-bot").last
        await expect(status.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
        await expect(pictures(page)).to_have_count(1, timeout=PATIENCE)
        assert await pixels(pictures(page)) == [5504, 3072]
        await expect(status).to_contain_text("Nano Banana Pro · 16:9 · 4K · 5504×3072")
        await balance_is(page, 96)

        await status.get_by_role("button", name="Reply").click()
        await page.keyboard.type("/edit make it night")
        await page.keyboard.press("Enter")
        await expect(pictures(page)).to_have_count(2, timeout=PATIENCE)
        await balance_is(page, 94)
        first, second = [await picture.get_attribute("src") for picture in await pictures(page).all()]
        assert first != second

        await pictures(page).last.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        assert await demo.stop() == 0


async def test_after_kill_9_the_waiting_job_finishes_and_a_reload_shows_the_same(
    context: BrowserContext, tmp_path: Path
) -> None:
    data = ("--data", str(tmp_path))
    async with running("demo", "--listen", "127.0.0.1:0", *data) as demo:
        page = await open_page(context, demo.link)
        for number in ("one", "two", "three", "four"):
            await say(page, f"/imagine balloon {number}")
        await expect(page.get_by_role("button", name="Cancel").first).to_be_visible(timeout=PATIENCE)
        await balance_is(page, 92)
        await demo.kill()
    await expect(page.locator("#connection")).to_have_attribute("data-state", "lost", timeout=PATIENCE)

    async with running("demo", "--listen", demo.origin.removeprefix("http://"), *data):
        await expect(pictures(page)).to_have_count(4, timeout=PATIENCE)
        await balance_is(page, 92)
        before = await page.locator("article").all_text_contents()
        await page.reload()
        await expect(pictures(page)).to_have_count(4, timeout=PATIENCE)
        assert await page.locator("article").all_text_contents() == before
        await balance_is(page, 92)


async def test_two_tabs_that_press_again_while_one_is_queued_make_one_job(
    context: BrowserContext, tmp_path: Path
) -> None:
    async with running("demo", "--listen", "127.0.0.1:0", "--data", str(tmp_path)) as demo:
        one = await open_page(context, demo.link)
        two = await open_page(context, demo.origin)
        await say(one, "/imagine a red fox")
        for tab in (one, two):
            await expect(pictures(tab)).to_have_count(1, timeout=PATIENCE)
        for number in ("one", "two"):  # both painters have their hands full
            await say(one, f"/imagine balloon {number}")
        await expect(one.get_by_role("progressbar")).to_have_count(2, timeout=PATIENCE)

        fox = 'article.is-bot:has(img[alt="a red fox"])'
        await asyncio.gather(*(tab.locator(fox).get_by_role("button", name="Again").click() for tab in (one, two)))

        await expect(one.locator("article", has_text="being made already")).to_have_count(1, timeout=PATIENCE)
        await expect(pictures(one)).to_have_count(4, timeout=PATIENCE)
        await balance_is(one, 100 - 4 * 2)
        await expect(pictures(two)).to_have_count(4, timeout=PATIENCE)


async def test_whoever_waits_can_cancel_and_pays_nothing(context: BrowserContext, tmp_path: Path) -> None:
    async with running("demo", "--listen", "127.0.0.1:0", "--data", str(tmp_path)) as demo:
        page = await open_page(context, demo.link)
        for number in ("one", "two", "three"):
            await say(page, f"/imagine balloon {number}")
        waiting = page.locator("article.is-bot", has_text="balloon three")
        await expect(waiting).to_contain_text("Next in line", timeout=PATIENCE)
        await waiting.get_by_role("button", name="Cancel").click()
        await expect(page.locator("article", has_text="Cancelled. Nothing was charged.")).to_have_count(
            1, timeout=PATIENCE
        )
        await expect(pictures(page)).to_have_count(2, timeout=PATIENCE)
        await balance_is(page, 96)
