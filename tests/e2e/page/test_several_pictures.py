"""Several pictures at once, as a member meets them in the browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.page.browser_page import FAINT_WORDS, SMALL_TARGETS, say
from tests.e2e.program import running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATIENCE = 60_000  # milliseconds, on a machine that has other things to do
PHONE = {"width": 360, "height": 740}


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    async with running("demo", "--listen", "127.0.0.1:0", "--data", str(tmp_path)) as demo:
        page = await context.new_page()
        await page.goto(demo.link)
        await expect(page.locator("#log")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
        yield page
        await context.close()


async def balance_is(page: Page, credits_left: int) -> None:
    await expect(page.locator("#balance")).to_have_text(f"Credits {credits_left}", timeout=PATIENCE)


async def test_dear_ones_are_confirmed_then_come_one_by_one_and_each_has_its_number(page: Page) -> None:
    await say(page, "/imagine {red, blue} balloon --n 2 --size 4K")
    answer = page.locator("article.is-bot").last
    await expect(answer).to_contain_text("4 pictures for 16 credits; you have 100. Shall I?", timeout=PATIENCE)
    await balance_is(page, 100)
    await answer.get_by_role("button", name="Yes, for 16 credits").click()

    await expect(answer.locator(".picture")).not_to_have_count(0, timeout=PATIENCE)
    await expect(answer.get_by_role("progressbar")).to_be_visible()
    await expect(answer).to_contain_text("of 4 ready")
    await expect(answer.locator(".picture")).to_have_count(4, timeout=PATIENCE)
    await expect(answer.get_by_role("progressbar")).to_be_hidden(timeout=PATIENCE)
    await expect(answer.locator(".number")).to_have_text(["1", "2", "3", "4"])
    assert [await image.get_attribute("alt") for image in await answer.locator("img").all()] == [
        "red balloon",
        "red balloon",
        "blue balloon",
        "blue balloon",
    ]
    await balance_is(page, 84)


async def test_one_of_several_is_edited_by_its_button(page: Page) -> None:
    await say(page, "/imagine {red, blue} balloon")
    answer = page.locator("article.is-bot").last
    await expect(answer.locator(".picture")).to_have_count(2, timeout=PATIENCE)
    second = await answer.locator("img").last.get_attribute("src")
    await answer.get_by_role("button", name="Edit 2").click()
    await expect(page.locator("#words")).to_have_value("/edit #2 ")
    await expect(page.locator(".chip img")).to_have_attribute("src", second or "")
    await page.keyboard.type("make it night")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.is-bot .pictures.is-single")).to_have_count(1, timeout=PATIENCE)
    await balance_is(page, 94)


async def test_what_failed_is_told_beside_what_came(page: Page) -> None:
    await say(page, "/imagine {a balloon, refuse-demo}")
    answer = page.locator("article.is-bot").last
    await expect(answer).to_contain_text("1 of 2 didn't come, and cost nothing:", timeout=PATIENCE)
    await expect(answer.get_by_role("button", name="Try again")).to_be_visible()
    await balance_is(page, 98)


async def test_a_picture_that_is_not_kept_any_more_says_so(page: Page) -> None:
    await say(page, "/imagine a balloon")
    await expect(page.locator(".picture img")).to_have_count(1, timeout=PATIENCE)
    await page.route("**/pictures/*", lambda route: route.fulfill(status=404))
    await page.reload()
    await expect(page.locator(".picture")).to_have_text("This picture isn't kept any more", timeout=PATIENCE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_four_pictures_and_their_buttons_fit_and_can_be_read(page: Page, scheme: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # it is the two numbers it wants
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # parametrized with the two it takes
    await say(page, "/imagine {red, blue} balloon --n 2")
    answer = page.locator("article.is-bot").last
    await expect(answer.locator(".number")).to_have_text(["1", "2", "3", "4"], timeout=PATIENCE)
    await expect(answer.get_by_role("button", name="Edit 4")).to_be_visible(timeout=PATIENCE)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert await page.evaluate(FAINT_WORDS) == []
    assert await page.evaluate(SMALL_TARGETS) == []
