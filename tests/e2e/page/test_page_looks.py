"""What is seen in a real browser: pictures whole, phones, folding, languages, the door."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.domain.chat import MessageRef, OutgoingMessage, Quoted
from tests.e2e.page.browser_page import FAINT_WORDS, SMALL_TARGETS, say
from tests.page.alone import PageAlone, page_alone

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PHONE = (360, 740)


async def test_words_are_never_markup(page: Page, alone: PageAlone) -> None:
    words = '<img src=x onerror="document.title=1"> <script>document.title=2</script>\n  & kept'
    await say(page, words)
    await alone.conversation.post(OutgoingMessage(lines=(Quoted(words),), language="en"), key="k")

    for entry in (page.locator("article.is-member"), page.locator("article.is-bot").last):
        await expect(entry.locator(".line")).to_have_js_property("textContent", words)
    assert await page.title() == "Plantain"
    assert await page.locator("article img").count() == 0


async def test_a_picture_is_seen_whole_and_the_focus_comes_back(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(await alone.core.painted("boats", count=2), key="r1")
    picture = page.get_by_role("button").filter(has=page.get_by_role("img", name="boats")).first
    await picture.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    first = await dialog.locator("img").get_attribute("src")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator("img")).not_to_have_attribute("src", str(first))

    async with page.expect_download() as waiting:
        await dialog.get_by_role("link", name="page-download").click()
    download = await waiting.value
    assert download.suggested_filename == "plantain-1-1.png"
    sent = Path(await download.path()).read_bytes()  # noqa: ASYNC240 - a small file
    assert sent in alone.pictures.kept.values()

    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(picture).to_be_focused()


async def test_a_browser_that_lost_its_cookie_is_shown_the_door(browser: Browser, tmp_path: Path) -> None:
    page = await browser.new_page()
    async with page_alone(tmp_path) as first:
        await page.goto(first.link)
        await expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
        await page.context.clear_cookies()
        listen = first.origin.removeprefix("http://")
    async with page_alone(tmp_path, listen=listen):
        await expect(page.get_by_role("heading")).to_have_text("page-door-title", timeout=20_000)
    await page.close()


async def test_the_original_opens_by_itself(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(await alone.core.painted("boats"), key="r1")
    await page.locator(".picture").click()
    async with page.context.expect_page() as waiting:
        await page.get_by_role("link", name="page-open-original").click()
    original = await waiting.value
    await original.wait_for_load_state()

    assert await original.evaluate("document.images[0].naturalWidth") == 1376


async def test_an_overlong_message_is_folded_and_unfolds(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(OutgoingMessage(lines=(Quoted("狐狸 " * 3000),), language="en"), key="k")
    entry = page.locator("article").last
    line = entry.locator(".line")
    await expect(entry.get_by_role("button", name="page-show-all")).to_be_visible()
    folded = await line.evaluate("line => line.clientHeight")

    await entry.get_by_role("button", name="page-show-all").click()

    assert await line.evaluate("line => line.clientHeight") > 5 * folded


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_shows_everything_in_its_width(browser: Browser, alone: PageAlone, scheme: str) -> None:
    context = await browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]},
        is_mobile=True,
        has_touch=True,
        color_scheme=scheme,  # type: ignore[arg-type]  # parametrize widens the literal to str
    )
    page = await context.new_page()
    await page.goto(alone.link)
    await alone.conversation.post(await alone.core.painted("W" * 400, count=3), key="r1")
    await alone.conversation.post(await alone.core.painted("tall", pixels=(400, 1600)), key="r2")
    await alone.conversation.post(alone.core.painting("fox " * 100, 3, MessageRef("b:r1")), key="r3")
    await alone.conversation.post(alone.core.failed("fox"), key="r4")
    await expect(page.locator("article")).to_have_count(5)

    widths = await page.evaluate(
        """() => [document.documentElement.scrollWidth, document.getElementById("log").scrollWidth]"""
    )
    small = await page.evaluate(SMALL_TARGETS)
    faint = await page.evaluate(FAINT_WORDS)

    await context.close()

    assert max(widths) <= PHONE[0]
    assert small == []
    assert faint == []


async def test_chinese_browsers_get_the_chinese_page(browser: Browser, alone: PageAlone) -> None:
    page = await browser.new_page(locale="zh-CN")
    await page.goto(alone.link)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")

    assert await page.locator("html").get_attribute("lang") == "zh-CN"
    await page.close()
    assert alone.core.language.startswith("zh")


async def test_without_the_cookie_the_browser_shows_the_door(browser: Browser, alone: PageAlone) -> None:
    page = await browser.new_page()
    answer = await page.goto(alone.origin)

    assert answer is not None
    assert answer.status == 401
    await expect(page.get_by_role("heading")).to_have_text("page-door-title")
    assert await page.evaluate("getComputedStyle(document.body).fontFamily") != ""
    await page.goto(alone.link)
    await expect(page.locator("#words")).to_be_visible()
    await page.close()
