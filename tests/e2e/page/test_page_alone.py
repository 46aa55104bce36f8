"""The conversation in a real browser, with a stand-in for the core behind it."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.domain.chat import OutgoingMessage, Phase, Progress, Sentence
from tests.e2e.page.browser_page import say
from tests.page.alone import PageAlone, page_alone
from tests.simulators.waiting import WITHIN_SECONDS
from tests.tokens import AN_ID

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_prompt_becomes_a_picture_while_one_watches(page: Page, alone: PageAlone) -> None:
    await say(page, "/imagine a red fox")
    await alone.core.until_messages(1)
    asked = alone.core.messages[0]
    status = (await alone.conversation.post(alone.core.waiting("a red fox", asked.ref), key="r1")).ref
    entry = page.locator("article.is-bot").last
    await expect(entry.get_by_role("button", name="action-cancel")).to_be_visible()
    await expect(entry.get_by_role("progressbar")).to_be_visible()

    await alone.conversation.edit(status, alone.core.painting("a red fox", 3, asked.ref))
    await expect(entry).to_contain_text(re.compile(r"status-painting began=\d+ seconds ago minutes=0 seconds=20"))
    await expect(entry.get_by_role("button", name="action-cancel")).to_have_count(0)

    alone.core.credits = 97
    await alone.conversation.edit(status, await alone.core.painted("a red fox", asked.ref))
    picture = entry.get_by_role("img", name="a red fox")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 1376
    await expect(entry.get_by_role("progressbar")).to_have_count(0)
    await expect(page.locator("#balance")).to_have_text("page-credits 97")
    await expect(page.locator("article.is-member")).to_have_text("/imagine a red fox")


async def test_the_bar_moves_between_updates_and_is_never_full_before_the_picture_is_there(
    page: Page, alone: PageAlone
) -> None:
    now = datetime.now(UTC)
    progress = Progress(phase=Phase.PAINTING, since=now - timedelta(seconds=500), expected_seconds=1)
    await alone.conversation.post(OutgoingMessage(lines=(), language="en", progress=progress), key="late")
    bar = page.get_by_role("progressbar")
    await expect(bar).to_have_attribute("aria-valuenow", "98")

    progress = Progress(phase=Phase.PAINTING, since=datetime.now(UTC), expected_seconds=2)
    await alone.conversation.post(OutgoingMessage(lines=(), language="en", progress=progress), key="new")
    shown = [int(await bar.last.get_attribute("aria-valuenow") or 0)]
    async with asyncio.timeout(WITHIN_SECONDS):
        while shown[-1] < 50:
            shown.append(int(await bar.last.get_attribute("aria-valuenow") or 0))

    assert shown == sorted(shown)
    assert shown[-1] < 100


async def test_a_reload_and_a_second_tab_show_the_same(page: Page, alone: PageAlone) -> None:
    await say(page, "/imagine a red fox")
    await alone.core.until_messages(1)
    await alone.conversation.post(await alone.core.painted("a red fox", alone.core.messages[0].ref), key="r1")
    await expect(page.locator("article")).to_have_count(3)
    before = await page.locator("article").all_text_contents()

    second = await page.context.new_page()
    await second.goto(alone.origin)
    await page.reload()

    for tab in (page, second):
        await expect(tab.locator("article")).to_have_count(3)
        assert await tab.locator("article").all_text_contents() == before


async def test_a_press_is_sent_once_and_the_button_waits(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(await alone.core.painted("a red fox"), key="r1")
    pressed, answer = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        pressed.set()
        await answer.wait()
        await route.continue_()

    await page.route("**/presses", hold)
    again = page.get_by_role("button", name="action-again")
    await again.click()
    await pressed.wait()
    await expect(again).to_be_disabled()
    await again.dispatch_event("click")
    answer.set()
    await expect(again).to_be_enabled()

    assert [(press.token, press.message) for press in alone.core.presses] == [(f"again:{AN_ID}", "b:r1")]


async def test_a_lost_connection_is_shown_and_nothing_is_lost_or_said_twice(browser: Browser, tmp_path: Path) -> None:
    page = await browser.new_page()
    async with page_alone(tmp_path) as first:
        await page.goto(first.link)
        await expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
        listen = first.origin.removeprefix("http://")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    await expect(page.locator("#connection")).to_contain_text("page-lost")
    await say(page, "said while away")
    await expect(page.locator("article.is-member")).to_contain_text("page-sending")

    async with page_alone(tmp_path, listen=listen, transcript=first.transcript) as second:
        await expect(page.locator("#connection")).to_have_attribute("data-state", "connected", timeout=20_000)
        await second.core.until_messages(1)
        await expect(page.locator("article.is-member")).to_have_count(1)
        await expect(page.locator("article.is-member")).to_have_text("said while away")
        await second.conversation.post(OutgoingMessage(lines=(Sentence("news"),), language="en"), key="n")
        await expect(page.locator("article.is-bot").last).to_have_text("news")
    await page.close()


async def test_news_does_not_move_what_one_reads(page: Page, alone: PageAlone) -> None:
    for number in range(30):
        await alone.conversation.post(OutgoingMessage(lines=(Sentence("line"),), language="en"), key=f"k{number}")
    await expect(page.locator("article")).to_have_count(31)
    log, news = page.locator("#log"), page.get_by_role("button", name="page-new-messages")
    await expect(page.locator("article").last).to_be_in_viewport()
    await log.evaluate("log => log.scrollTo(0, 0)")
    await page.wait_for_function("document.getElementById('log').scrollTop === 0")
    # The page hears of a scroll before it draws its next frame.
    await page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    await alone.conversation.post(OutgoingMessage(lines=(Sentence("newest"),), language="en"), key="newest")
    await expect(news).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == 0
    await news.click()

    await expect(page.locator("article").last).to_be_in_viewport()
    await expect(news).to_be_hidden()


async def test_the_newest_stays_in_view_however_fast_it_comes(page: Page, alone: PageAlone) -> None:
    for number in range(12):
        ref = (await alone.conversation.post(alone.core.waiting("a fox"), key=f"r{number}")).ref
        await alone.conversation.edit(ref, alone.core.painting("a fox", 3))
        await alone.conversation.edit(ref, await alone.core.painted("a fox"))
    await expect(page.locator("article .picture")).to_have_count(12)

    await page.wait_for_function(
        "({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2",
        arg=await page.query_selector("#log"),
    )
    await expect(page.get_by_role("button", name="page-new-messages")).to_be_hidden()


async def test_the_focus_stays_on_a_button_while_its_message_changes(page: Page, alone: PageAlone) -> None:
    ref = (await alone.conversation.post(alone.core.waiting("a fox"), key="r1")).ref
    cancel = page.get_by_role("button", name="action-cancel")
    await cancel.focus()
    alone.core.credits = 90
    await alone.conversation.edit(ref, alone.core.waiting("a fox"))
    await expect(page.locator("#balance")).to_contain_text("90")

    await expect(cancel).to_be_focused()


async def test_what_is_taken_away_disappears(page: Page, alone: PageAlone) -> None:
    ref = (await alone.conversation.post(OutgoingMessage(lines=(Sentence("brief"),), language="en"), key="k")).ref
    await expect(page.locator("article")).to_have_count(2)

    await alone.conversation.delete(ref)

    await expect(page.locator("article")).to_have_count(1)
