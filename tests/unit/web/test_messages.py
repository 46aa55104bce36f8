"""Messages that the page sends, over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.web.uploads import FILE_LIMIT_BYTES, TEXT_LIMIT_BYTES
from bot.domain.chat import MessageRef
from bot.domain.events import RepliedMessage
from tests.page.alone import PageAlone
from tests.page.core import draw
from tests.unit.web.sending import KEY, entries, form, send, words_of


async def test_a_tab_whose_message_comes_slowly_holds_back_no_other(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na fox\r\n--x--\r\n'
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def dripping() -> AsyncIterator[bytes]:
        yield body[:-20]
        has_begun.set()
        await may_end.wait()
        yield body[-20:]

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(len(body))}

    async def send_slowly() -> int:
        async with session.post("/messages", data=dripping(), headers=headers) as answer:
            return answer.status

    slow = asyncio.create_task(send_slowly())
    await has_begun.wait()
    assert await send(session, form("/help")) == 202
    assert [message.text for message in page.core.messages] == ["/help"]
    assert not slow.done()
    may_end.set()
    assert await slow == 400  # it has no key


async def test_a_message_is_kept_and_then_handed_to_the_core(page: PageAlone, session: aiohttp.ClientSession) -> None:
    assert await send(session, form("/imagine a fox\nin snow")) == 202

    [entry] = await entries(page)
    [message] = page.core.messages
    assert (entry["key"], entry["author"]) == (f"m:{KEY}", "member")
    assert entry["lines"] == [[{"text": "/imagine a fox\nin snow", "quoted": True}]]
    assert (message.key, message.text) == (f"m:{KEY}", "/imagine a fox\nin snow")


async def test_the_same_message_again_is_the_same_entry_and_event(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    assert [await send(session, form("a fox")), await send(session, form("a fox"))] == [202, 202]

    assert len(await entries(page)) == 1
    assert len({message.key for message in page.core.messages}) == 1


async def test_the_browsers_language_is_the_members(page: PageAlone, session: aiohttp.ClientSession) -> None:
    async with session.post("/messages", data=form("x"), headers={"Accept-Language": "zh-CN,en;q=0.5"}) as answer:
        assert answer.status == 202

    assert page.core.messages[0].author.language == "zh-CN"


async def test_files_become_pictures_of_the_message(page: PageAlone, session: aiohttp.ClientSession) -> None:
    one, two = draw(300, 200), draw(200, 300)

    assert await send(session, form("/edit join", files=[("one.png", one), ("二.png", two)])) == 202

    [entry] = await entries(page)
    [message] = page.core.messages
    assert [(p["filename"], p["width"], p["height"]) for p in entry["pictures"]] == [
        ("one.png", 300, 200),
        ("二.png", 200, 300),
    ]
    opened = [b"".join([piece async for piece in page.conversation.open_picture(ref)]) for ref in message.pictures]
    assert opened == [one, two]


async def test_a_file_that_is_no_picture_is_answered_and_not_handed_on(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    body = form("/edit x", files=[("one.png", draw(30, 20)), ("notes.txt", b"hello")])

    assert [await send(session, body)] == [202]

    question, answer = await entries(page)
    assert len(question["pictures"]) == 1
    assert answer["replyTo"] == question["key"]
    assert [line[0]["text"] for line in answer["lines"]] == ["picture-unreadable", "notes.txt"]
    assert page.core.messages == []


async def test_a_file_above_the_limit_is_answered_and_nothing_of_it_stays(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    assert await send(session, form(files=[("huge.png", bytes(FILE_LIMIT_BYTES + 1)), ("ok.png", draw(30, 20))])) == 202

    question, answer = await entries(page)
    assert [line[0]["text"] for line in answer["lines"]] == ["picture-too-large", "huge.png"]
    assert len(question["pictures"]) == len(page.pictures.kept) == 1
    assert page.core.messages == []


async def test_a_reply_brings_the_pictures_of_what_it_answers(page: PageAlone, session: aiohttp.ClientSession) -> None:
    ref = (await page.conversation.post(await page.core.painted("a fox"), key="r1")).ref

    assert await send(session, form("/edit make it night", reply_to=ref)) == 202

    replied = page.core.messages[0].replied_to
    assert replied is not None
    assert replied.ref == ref
    assert [picture.removeprefix("sha256:") for picture in replied.pictures] == list(page.pictures.kept)


async def test_a_reply_to_what_was_taken_away_still_names_it(page: PageAlone, session: aiohttp.ClientSession) -> None:
    await page.conversation.delete(await page.say("gone"))
    assert await send(session, form("/edit x", reply_to="b:gone")) == 202

    assert page.core.messages[0].replied_to == RepliedMessage(ref=MessageRef("b:gone"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(""), 400),
        (form("   \n "), 400),
        (form("x", key="short"), 400),
        (form("x", key="../../../../etc"), 400),
        (form("x", reply_to="b:" + "x" * 300), 400),
        (form("x" * (TEXT_LIMIT_BYTES + 1)), 413),
        (form("x", files=[("one.png", draw(8, 8))] * 11), 400),
        (form("x", files=[("one.png", draw(8, 8))] * 30), 400),
        (aiohttp.FormData({"key": KEY, "text": "x"}), 400),
    ],
)
async def test_what_no_page_of_ours_sends_is_refused(
    page: PageAlone, session: aiohttp.ClientSession, body: aiohttp.FormData, status: int
) -> None:
    assert await send(session, body) == status

    assert await entries(page) == []
    assert page.core.heard == []


@pytest.mark.parametrize(
    "body", [b"", b"--b\r\n", b"--b\r\nContent-Disposition: nonsense\r\n\r\nx", b"--b\r\n\r\n\xff\xfe"]
)
async def test_a_broken_body_is_refused(page: PageAlone, session: aiohttp.ClientSession, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with session.post("/messages", data=body, headers=headers) as answer:
        assert answer.status == 400

    assert page.core.heard == []


async def test_a_hundred_thousand_characters_are_the_cores_to_judge(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    assert await send(session, form("狐" * 100_000)) == 202

    assert len(page.core.messages[0].text) == 100_000


async def test_an_answer_to_a_message_that_never_was_on_the_page_is_answered_and_goes_no_further(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    assert await send(session, form("/edit x", reply_to="b:r1")) == 202

    assert page.core.heard == []
    assert await words_of(page, f"b:{KEY}:answer") == "button-unknown"
