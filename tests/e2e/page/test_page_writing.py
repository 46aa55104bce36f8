"""Writing a message in a real browser: words, replies, files, suggestions, and what is not sent at once."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.page.browser_page import say
from tests.page.alone import PageAlone
from tests.page.core import draw

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


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
    await alone.core.until_messages(1)
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
    await alone.core.until_messages(1)

    assert len(alone.core.messages[0].pictures) == 2
    sent = page.locator("article.is-member")
    await expect(sent.locator(".pictures img")).to_have_count(2)
    await expect(sent.get_by_role("img", name="狐狸.png")).to_be_visible()


async def test_a_file_that_is_no_picture_gets_a_sentence(page: Page, alone: PageAlone) -> None:
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await page.locator("#files").set_input_files(file)  # type: ignore[arg-type]  # a plain dict stands for its FilePayload
    await page.get_by_role("button", name="page-send").click()

    await expect(page.locator("article.is-member")).to_have_text("notes.txt")
    await expect(page.locator("article.is-bot").last).to_contain_text("picture-unreadable")
    assert alone.core.messages == []


async def test_more_files_than_a_message_takes_are_said_at_once(page: Page) -> None:
    files = [{"name": f"{number}.png", "mimeType": "image/png", "buffer": draw(8, 8)} for number in range(11)]
    await page.locator("#files").set_input_files(files)  # type: ignore[arg-type]  # a plain dict stands for its FilePayload

    await expect(page.locator(".chip")).to_have_count(10)
    await expect(page.get_by_role("alert")).to_contain_text("page-too-many-files")


async def test_typing_a_slash_shows_the_commands_and_dashes_the_settings(page: Page, alone: PageAlone) -> None:
    words, options = page.locator("#words"), page.get_by_role("option")
    await words.press_sequentially("/")
    await expect(options).to_have_count(5)
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
    await alone.core.until_messages(1)

    assert alone.core.messages[0].text == "/imagine fox --size 4K"


async def test_a_switch_that_is_typed_is_sent_by_one_enter(page: Page, alone: PageAlone) -> None:
    await page.locator("#words").press_sequentially("/imagine fox --fast")
    await expect(page.get_by_role("option")).to_have_text(["--fastmenu-option-fast"])
    await page.keyboard.press("Enter")
    await alone.core.until_messages(1)

    assert alone.core.messages[0].text == "/imagine fox --fast"


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
    await alone.core.until_messages(1)

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


async def test_what_cannot_be_kept_now_stays_typed_says_why_and_is_sent_when_it_can(
    page: Page, alone: PageAlone
) -> None:
    alone.core.is_locked = True
    await say(page, "a fox, typed with care")
    entry = page.locator("article.is-member")
    await expect(entry).to_contain_text("page-not-kept page-sending")
    await expect(entry).to_contain_text("a fox, typed with care")

    await page.reload()
    await expect(entry).to_contain_text("page-not-kept page-sending")
    await expect(entry).to_contain_text("a fox, typed with care")
    assert await alone.transcript.read_before("local", None, limit=9) != []  # it has its place already

    alone.core.is_locked = False
    await alone.core.until_messages(1)
    await expect(entry).to_have_text("a fox, typed with care")
    await expect(entry).to_have_count(1)
    assert len({message.key for message in alone.core.messages}) == 1


async def test_after_the_last_attempt_the_member_may_send_it_again(page: Page, alone: PageAlone) -> None:
    await page.clock.install()
    alone.core.is_locked = True
    await say(page, "a fox, typed with care")
    entry = page.locator("article.is-member")
    again = entry.get_by_role("button", name="page-send-again")
    for _ in range(30):
        await expect(entry).to_contain_text("page-not-kept")
        if await again.count():
            break
        async with page.expect_response("**/messages"):
            await page.clock.run_for(31_000)
    await expect(entry).to_contain_text("page-not-kept page-not-sent")
    await expect(entry).to_contain_text("a fox, typed with care")

    alone.core.is_locked = False
    await again.click()
    await expect(entry).to_have_text("a fox, typed with care")
    assert [message.text for message in alone.core.messages] == ["a fox, typed with care"]


async def test_a_press_that_cannot_be_kept_now_says_why_and_is_made_when_it_can(page: Page, alone: PageAlone) -> None:
    await alone.conversation.post(await alone.core.painted("a red fox"), key="r1")
    alone.core.is_locked = True
    await page.get_by_role("button", name="action-again").click()
    notice = page.locator("#notice")
    await expect(notice).to_have_text("page-not-kept")

    alone.core.is_locked = False
    await expect(notice).to_be_hidden()
    assert len(alone.core.presses) == 1
