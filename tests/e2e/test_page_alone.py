"""The page in a real browser, with a stand-in for the core behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from bot.domain.chat import MessageRef, OutgoingMessage, Phase, Progress, Quoted, Sentence
from tests.chromium import find_chromium
from tests.page_alone import PageAlone, page_alone
from tests.page_core import draw

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PHONE = (360, 740)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def alone(tmp_path: Path) -> AsyncIterator[PageAlone]:
    async with page_alone(tmp_path) as alone:
        yield alone


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, alone: PageAlone) -> AsyncIterator[Page]:
    """An open tab; a fault of a script or of the security policy fails the test."""
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(alone.link)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
    yield page
    await context.close()
    assert faults == []


async def say(page: Page, text: str) -> None:
    await page.locator("#words").fill(text)
    await page.keyboard.press("Escape")  # the suggestions, if there are any
    await page.keyboard.press("Enter")


async def heard(alone: PageAlone, count: int) -> None:
    async with asyncio.timeout(10):
        while len(alone.core.messages) < count:
            await alone.core.something_heard()


async def test_a_prompt_becomes_a_picture_while_one_watches(page: Page, alone: PageAlone) -> None:
    await say(page, "/imagine a red fox")
    await heard(alone, 1)
    asked = alone.core.messages[0]
    status = await alone.conversation.post(alone.core.waiting("a red fox", asked.ref), key="r1")
    entry = page.locator("article.is-bot").last
    await expect(entry.get_by_role("button", name="action-cancel")).to_be_visible()
    await expect(entry.get_by_role("progressbar")).to_be_visible()

    await alone.conversation.edit(status, alone.core.painting("a red fox", 3, asked.ref))
    await expect(entry).to_contain_text("status-painting elapsed=3 expected=20")
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
    progress = Progress(phase=Phase.PAINTING, elapsed_seconds=500, expected_seconds=1)
    await alone.conversation.post(OutgoingMessage(lines=(), language="en", progress=progress), key="late")
    bar = page.get_by_role("progressbar")
    await expect(bar).to_have_attribute("aria-valuenow", "98")

    progress = Progress(phase=Phase.PAINTING, elapsed_seconds=0, expected_seconds=2)
    await alone.conversation.post(OutgoingMessage(lines=(), language="en", progress=progress), key="new")
    shown = [int(await bar.last.get_attribute("aria-valuenow") or 0)]
    async with asyncio.timeout(10):
        while shown[-1] < 50:
            shown.append(int(await bar.last.get_attribute("aria-valuenow") or 0))

    assert shown == sorted(shown)
    assert shown[-1] < 100


async def test_words_are_never_markup(page: Page, alone: PageAlone) -> None:
    words = '<img src=x onerror="document.title=1"> <script>document.title=2</script>\n  & kept'
    await say(page, words)
    await alone.conversation.post(OutgoingMessage(lines=(Quoted(words),), language="en"), key="k")

    for entry in (page.locator("article.is-member"), page.locator("article.is-bot").last):
        assert await entry.locator(".line").text_content() == words
    assert await page.title() == "Plantain"
    assert await page.locator("article img").count() == 0


async def test_a_reload_and_a_second_tab_show_the_same(page: Page, alone: PageAlone) -> None:
    await say(page, "/imagine a red fox")
    await heard(alone, 1)
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

    assert [(press.token, press.message) for press in alone.core.presses] == [("again:1", "b:r1")]


async def test_edit_begins_a_reply_and_escape_drops_it(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(await alone.core.painted("a red fox"), key="r1")
    words, chip = page.locator("#words"), page.locator(".chip.is-reply")

    await page.get_by_role("button", name="action-edit").click()
    await expect(words).to_be_focused()
    await expect(words).to_have_value("/edit ")
    await expect(chip).to_contain_text("a red fox")
    await page.keyboard.press("Escape")
    await expect(chip).to_have_count(0)
    await expect(words).to_have_value("")

    await page.get_by_role("button", name="page-reply").click()
    await page.keyboard.type("/edit make it night")
    await page.keyboard.press("Enter")
    await heard(alone, 1)
    replied = alone.core.messages[0].replied_to
    assert replied is not None
    assert (replied.ref, len(replied.pictures)) == ("b:r1", 1)
    await expect(page.locator("article.is-member .quote")).to_contain_text("a red fox")


async def test_files_are_dropped_pasted_and_taken_away_again(page: Page, alone: PageAlone) -> None:
    await page.evaluate(
        """async () => {
            const data = new DataTransfer();
            const canvas = new OffscreenCanvas(40, 30);
            canvas.getContext("2d");
            const blob = await canvas.convertToBlob();
            data.items.add(new File([blob], "狐狸.png", { type: "image/png" }));
            data.items.add(new File(["hello"], "notes.txt", { type: "text/plain" }));
            for (const type of ["dragenter", "dragover", "drop"]) {
                const options = { dataTransfer: data, bubbles: true, cancelable: true };
                document.body.dispatchEvent(new DragEvent(type, options));
                if (type === "dragenter") window.wasShown = !document.getElementById("drop-layer").hidden;
            }
        }"""
    )
    chips = page.locator(".chip")
    await expect(chips).to_have_count(2)
    assert await page.evaluate("window.wasShown")
    await expect(page.locator("#drop-layer")).to_be_hidden()
    await chips.filter(has_text="notes.txt").get_by_role("button").click()
    await page.locator("#files").set_input_files({"name": "two.png", "mimeType": "image/png", "buffer": draw(60, 80)})
    await expect(chips.locator("img")).to_have_count(2)
    await say(page, "/edit join them")
    await heard(alone, 1)

    assert len(alone.core.messages[0].pictures) == 2
    sent = page.locator("article.is-member")
    await expect(sent.locator(".pictures img")).to_have_count(2)
    await expect(sent.get_by_role("img", name="狐狸.png")).to_be_visible()


async def test_a_file_that_is_no_picture_gets_a_sentence(page: Page, alone: PageAlone) -> None:
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await page.locator("#files").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="page-send").click()

    await expect(page.locator("article.is-member")).to_have_text("notes.txt")
    await expect(page.locator("article.is-bot").last).to_contain_text("picture-unreadable")
    assert alone.core.messages == []


async def test_more_files_than_a_message_takes_are_said_at_once(page: Page) -> None:
    files = [{"name": f"{number}.png", "mimeType": "image/png", "buffer": draw(8, 8)} for number in range(11)]
    await page.locator("#files").set_input_files(files)  # type: ignore[arg-type]

    await expect(page.locator(".chip")).to_have_count(10)
    await expect(page.get_by_role("alert")).to_contain_text("page-too-many-files")


async def test_a_picture_is_seen_whole_and_the_focus_comes_back(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(await alone.core.painted("boats", count=2), key="r1")
    picture = page.get_by_role("button").filter(has=page.get_by_role("img", name="boats")).first
    await picture.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    first = await dialog.locator("img").get_attribute("src")
    await page.keyboard.press("ArrowRight")
    assert await dialog.locator("img").get_attribute("src") != first

    async with page.expect_download() as waiting:
        await dialog.get_by_role("link", name="page-download").click()
    download = await waiting.value
    assert download.suggested_filename == "plantain-1-1.png"
    sent = Path(await download.path()).read_bytes()  # noqa: ASYNC240 - a small file
    assert sent in alone.pictures.kept.values()

    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(picture).to_be_focused()


async def test_typing_a_slash_shows_the_commands_and_dashes_the_settings(page: Page, alone: PageAlone) -> None:
    words, options = page.locator("#words"), page.get_by_role("option")
    await words.press_sequentially("/")
    await expect(options).to_have_count(4)
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(words).to_have_value("/imagine ")
    await words.press_sequentially("fox --s")
    await expect(options).to_have_text(["--sizemenu-option-size"])
    await page.keyboard.press("Tab")
    await expect(words).to_have_value("/imagine fox --size ")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await words.press_sequentially("4K")
    await page.keyboard.press("Enter")
    await heard(alone, 1)

    assert alone.core.messages[0].text == "/imagine fox --size 4K"


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
        await heard(second, 1)
        await expect(page.locator("article.is-member")).to_have_count(1)
        await expect(page.locator("article.is-member")).to_have_text("said while away")
        await second.conversation.post(OutgoingMessage(lines=(Sentence("news"),), language="en"), key="n")
        await expect(page.locator("article.is-bot").last).to_have_text("news")
    await page.close()


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


async def test_a_message_that_a_reload_interrupts_is_sent_with_the_same_key(page: Page, alone: PageAlone) -> None:
    keys: list[str] = []

    async def lose(route: Route) -> None:
        keys.append(route.request.post_data or "")
        await route.abort()

    await page.route("**/messages", lose)
    await say(page, "once only")
    await expect(page.locator("article.is-member")).to_contain_text("page-sending")
    await page.unroute("**/messages")
    await page.reload()
    await heard(alone, 1)

    await expect(page.locator("article.is-member")).to_have_text("once only")
    assert all(alone.core.messages[0].key.removeprefix("m:") in sent for sent in keys)
    assert len(alone.core.messages) == 1


async def test_a_message_the_server_refuses_can_be_given_up(page: Page) -> None:
    await page.route("**/messages", lambda route: route.fulfill(status=400))
    await say(page, "no")
    entry = page.locator("article.is-member")
    await expect(entry).to_contain_text("page-not-sent")
    await entry.get_by_role("button", name="page-discard").click()

    await expect(entry).to_have_count(0)


async def test_news_does_not_move_what_one_reads(page: Page, alone: PageAlone) -> None:
    for number in range(30):
        await alone.conversation.post(OutgoingMessage(lines=(Sentence("line"),), language="en"), key=f"k{number}")
    await expect(page.locator("article")).to_have_count(31)
    log, news = page.locator("#log"), page.get_by_role("button", name="page-new-messages")
    await expect(page.locator("article").last).to_be_in_viewport()
    await log.evaluate("log => log.scrollTo(0, 0)")
    await page.wait_for_function("document.getElementById('log').scrollTop === 0")
    await alone.conversation.post(OutgoingMessage(lines=(Sentence("newest"),), language="en"), key="newest")
    await expect(news).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == 0
    await news.click()

    await expect(page.locator("article").last).to_be_in_viewport()
    await expect(news).to_be_hidden()


async def test_the_focus_stays_on_a_button_while_its_message_changes(page: Page, alone: PageAlone) -> None:
    ref = await alone.conversation.post(alone.core.waiting("a fox"), key="r1")
    cancel = page.get_by_role("button", name="action-cancel")
    await cancel.focus()
    alone.core.credits = 90
    await alone.conversation.edit(ref, alone.core.waiting("a fox"))
    await expect(page.locator("#balance")).to_contain_text("90")

    await expect(cancel).to_be_focused()


async def test_what_is_taken_away_disappears(page: Page, alone: PageAlone) -> None:
    ref = await alone.conversation.post(OutgoingMessage(lines=(Sentence("brief"),), language="en"), key="k")
    await expect(page.locator("article")).to_have_count(2)

    await alone.conversation.delete(ref)

    await expect(page.locator("article")).to_have_count(1)


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
        color_scheme=scheme,  # type: ignore[arg-type]
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


# Every visible target that is smaller than a fingertip, but for those in the flow of a text.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a")]
    .filter(one => one.checkVisibility() && one.className !== "more")
    .map(one => [one.className, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 43.9 || box.height < 43.9)
    .map(([name, box]) => `${name} ${box.width} ${box.height}`)"""

# Every visible text with its contrast against the nearest opaque background, by WCAG 2.2's formula; those below AA.
FAINT_WORDS = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgb = (...colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (color) => color.map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
        const layers = [];
        for (let one = element; one; one = one.parentElement) layers.unshift(getComputedStyle(one).backgroundColor);
        return layers;
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *")) {
        const hasWords = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!hasWords || !element.checkVisibility()) continue;
        const layers = behind(element);
        const [light, dark] = [luminance(rgb(...layers)), luminance(rgb(...layers, getComputedStyle(element).color))]
            .sort((a, b) => b - a);
        const contrast = (light + 0.05) / (dark + 0.05);
        if (contrast < 4.5) faint.push([element.className, contrast]);
    }
    return faint;
}"""


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
