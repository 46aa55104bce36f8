"""A long conversation in a real browser: its end first, the rest as one scrolls up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.web.history import PAGE_ENTRIES
from adapters.web.translate import SentMessage
from bot.domain.chat import MessageRef, OutgoingMessage, Quoted, Sentence
from tests.page.alone import PageAlone, page_alone

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SAID = 3 * PAGE_ENTRIES + 10  # and the welcome before
ARTICLES = "document.querySelectorAll('article').length"
TOP = "key => document.querySelector(`article[data-key='${key}']`).getBoundingClientRect().top"


@pytest_asyncio.fixture(loop_scope="module")
async def spoken(tmp_path: Path) -> AsyncIterator[PageAlone]:
    """Yield a page whose conversation is long, and was opened before."""
    async with page_alone(tmp_path) as alone:
        await alone.conversation.post(OutgoingMessage(lines=(Sentence("hello"),), language="en"), key="welcome")
        for number in range(1, SAID + 1):
            lines: list[Sentence | Quoted] = [Quoted(f"entry {number}")]
            lines += [Sentence("line") for _ in range(number % 4)]
            await alone.conversation.post(OutgoingMessage(lines=tuple(lines), language="en"), key=f"k{number}")
        yield alone


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, spoken: PageAlone) -> AsyncIterator[Page]:
    context = await browser.new_context(reduced_motion="reduce", viewport={"width": 900, "height": 700})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    await page.goto(spoken.link)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
    yield page
    await context.close()
    assert faults == []


async def until_articles(page: Page, least: int) -> None:
    await page.wait_for_function(f"least => {ARTICLES} >= least", arg=least)


async def numbers(page: Page) -> list[int]:
    keys: list[str] = await page.evaluate("[...document.querySelectorAll('article')].map(one => one.dataset.key)")
    return [int(key.removeprefix("b:k")) for key in keys if key != "b:welcome"]


async def test_a_tab_begins_with_the_last_entries(tab: Page) -> None:
    assert await numbers(tab) == list(range(SAID - PAGE_ENTRIES + 1, SAID + 1))
    await expect(tab.locator("article").last).to_be_in_viewport()
    await expect(tab.locator("#balance")).to_have_text("page-credits 100")  # though the welcome is not among them


async def test_scrolling_up_brings_older_ones_and_moves_nothing(tab: Page) -> None:
    second = f"b:k{SAID - PAGE_ENTRIES + 2}"  # the first loses the time above it
    await tab.locator("#log").evaluate("log => log.scrollTo(0, 200)")
    before = await tab.evaluate(TOP, second)
    await until_articles(tab, 2 * PAGE_ENTRIES)
    after = await tab.evaluate(TOP, second)
    await tab.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    assert abs(after - before) < 2
    assert abs(await tab.evaluate(TOP, second) - after) < 2
    assert await numbers(tab) == list(range(SAID - 2 * PAGE_ENTRIES + 1, SAID + 1))
    await expect(tab.locator("#log")).to_have_attribute("aria-live", "polite")


async def test_the_keyboard_reaches_the_very_first(tab: Page) -> None:
    await tab.locator("#log").focus()
    for least in (2 * PAGE_ENTRIES, 3 * PAGE_ENTRIES, SAID + 1):
        await tab.keyboard.press("Home")
        await until_articles(tab, least)

    await expect(tab.locator("#earlier")).to_be_hidden()
    assert await numbers(tab) == list(range(1, SAID + 1))
    await expect(tab.locator("article").first).to_contain_text("welcome")


async def test_a_page_that_is_higher_than_its_entries_gets_older_ones_unasked(
    browser: Browser, spoken: PageAlone
) -> None:
    page = await browser.new_page(viewport={"width": 1400, "height": 20_000})
    await page.goto(spoken.link)
    await until_articles(page, SAID + 1)
    assert await numbers(page) == list(range(1, SAID + 1))
    await page.close()


async def test_where_older_ones_do_not_come_a_button_asks_again(tab: Page) -> None:
    await tab.route("**/entries?*", lambda route: route.abort())
    async with tab.expect_event("requestfailed"):
        await tab.locator("#log").evaluate("log => log.scrollTo(0, 0)")
    await tab.unroute("**/entries?*")
    assert await tab.evaluate(ARTICLES) == PAGE_ENTRIES

    await tab.get_by_role("button", name="page-earlier-messages").click()

    await until_articles(tab, 2 * PAGE_ENTRIES)
    assert await tab.evaluate("document.activeElement.dataset.key") == f"b:k{SAID - PAGE_ENTRIES}"


async def test_a_reply_quotes_what_is_not_shown_and_leads_there(tab: Page, spoken: PageAlone) -> None:
    sent = SentMessage(key="0123456789", text="and at night?", reply_to="b:k30")
    await spoken.conversation.keep(sent)
    await spoken.conversation.take(sent)
    quote = tab.locator("article").last.locator(".quote")
    await expect(quote).to_have_text("entry 30")

    await quote.click()

    await expect(tab.locator("article[data-key='b:k30']")).to_be_in_viewport()


async def test_an_old_entry_that_changes_does_not_come_alone(tab: Page, spoken: PageAlone) -> None:
    changed = OutgoingMessage(lines=(Quoted("entry 105 is new"),), language="en", credits_left=3)
    await spoken.conversation.edit(MessageRef("b:k105"), changed)
    await spoken.conversation.delete(MessageRef("b:k104"))
    await expect(tab.locator("#balance")).to_contain_text("3")
    assert await tab.evaluate(ARTICLES) == PAGE_ENTRIES

    await tab.locator("#log").evaluate("log => log.scrollTo(0, 0)")
    await until_articles(tab, 2 * PAGE_ENTRIES - 1)

    await expect(tab.locator("article[data-key='b:k105']")).to_have_text("entry 105 is new")
    await expect(tab.locator("article[data-key='b:k104']")).to_have_count(0)


async def test_a_tab_that_was_away_for_long_begins_afresh(browser: Browser, tmp_path: Path) -> None:
    page = await browser.new_page()
    async with page_alone(tmp_path) as first:
        await page.goto(first.link)
        await expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
        await say_many(first, "early", 20)
        await expect(page.locator("article").last).to_have_text("early 19")
        listen = first.origin.removeprefix("http://")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    await say_many(first, "late", 3 * PAGE_ENTRIES)

    async with page_alone(tmp_path, listen=listen, transcript=first.transcript):
        await expect(page.locator("article").last).to_have_text(f"late {3 * PAGE_ENTRIES - 1}", timeout=20_000)
        await expect(page.locator("article")).to_have_count(PAGE_ENTRIES)
        await page.locator("#log").evaluate("log => log.scrollTo(0, 0)")
        await until_articles(page, 2 * PAGE_ENTRIES)
    await page.close()


async def say_many(page: PageAlone, word: str, count: int) -> None:
    for number in range(count):
        message = OutgoingMessage(lines=(Quoted(f"{word} {number}"),), language="en")
        await page.conversation.post(message, key=f"{word}{number}")
