"""What the page asks for, over a real socket."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.web.history import PAGE_ENTRIES
from adapters.web.uploads import FILE_LIMIT_BYTES, TEXT_LIMIT_BYTES
from bot.domain.chat import MessageRef, OutgoingMessage, Sentence
from bot.domain.events import ButtonPress, Opened, RepliedMessage
from tests.page_alone import PageAlone, guest, page_alone
from tests.page_core import draw
from tests.simulators.waiting import WITHIN_SECONDS

KEY = "0123456789abcdef"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[PageAlone]:
    async with page_alone(tmp_path) as page:
        yield page


@pytest.fixture
async def session(page: PageAlone) -> AsyncIterator[aiohttp.ClientSession]:
    async with guest(page) as session:
        yield session


def form(text: str = "", *, files: Sequence[tuple[str, bytes]] = (), **fields: str) -> aiohttp.FormData:
    body = aiohttp.FormData({"key": KEY, "text": text} | fields, default_to_multipart=True, quote_fields=False)
    for name, content in files:
        body.add_field("file", io.BytesIO(content), filename=name, content_type="image/png")
    return body


async def send(session: aiohttp.ClientSession, body: aiohttp.FormData) -> int:
    async with session.post("/messages", data=body) as answer:
        return answer.status


async def entries(page: PageAlone) -> list[dict[str, Any]]:
    said = await page.transcript.read_after("local", 0, limit=100)
    return [{"key": one.key, **one.body} for one in said if one.body]


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


async def test_a_press_reaches_the_core(page: PageAlone, session: aiohttp.ClientSession) -> None:
    body = {"key": KEY, "token": "again:7", "message": await page.say("r1")}
    async with session.post("/presses", json=body) as answer:
        assert answer.status == 202

    [press] = page.core.heard
    assert isinstance(press, ButtonPress)
    assert (press.key, press.token, press.message) == (f"p:{KEY}", "again:7", "b:r1")


async def test_a_press_of_a_message_that_never_was_on_the_page_is_answered_and_goes_no_further(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    body = {"key": KEY, "token": "again:7", "message": "b:r1"}
    async with session.post("/presses", json=body) as answer:
        assert answer.status == 202

    assert page.core.heard == []
    assert await words_of(page, f"b:p:{KEY}:answer") == "button-unknown"


async def test_an_answer_to_a_message_that_never_was_on_the_page_is_answered_and_goes_no_further(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    assert await send(session, form("/edit x", reply_to="b:r1")) == 202

    assert page.core.heard == []
    assert await words_of(page, f"b:{KEY}:answer") == "button-unknown"


async def words_of(page: PageAlone, key: str) -> str:
    """Return what the bot says in an entry."""
    said = await page.transcript.find("local", key)
    assert said is not None
    assert said.body is not None
    return "".join(piece["text"] for line in said.body["lines"] for piece in line)


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"[]", 400), (b"{", 400), (b'{"key":"12345678"}', 400), (b" " * 9999, 413)]
)
async def test_a_broken_press_is_refused(
    page: PageAlone, session: aiohttp.ClientSession, body: bytes, status: int
) -> None:
    async with session.post("/presses", data=body) as answer:
        assert answer.status == status

    assert page.core.heard == []


async def test_a_picture_comes_byte_for_byte_and_may_be_kept_for_ever(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    png = draw(900, 700)
    picture = (await page.core.keep(png, "x")).original
    async with session.get(f"/pictures/{picture.sha256}") as answer:
        assert await answer.read() == png
        assert answer.headers["Content-Type"] == "image/png"
        assert "Content-Disposition" not in answer.headers
        assert "immutable" in answer.headers["Cache-Control"]
        tag = answer.headers["ETag"]
    async with session.get(f"/pictures/{picture.sha256}", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304


async def test_a_download_has_its_name_whatever_is_in_it(page: PageAlone, session: aiohttp.ClientSession) -> None:
    picture = (await page.core.keep(draw(30, 20), "x")).original
    async with session.get(f"/pictures/{picture.sha256}", params={"download": '狐狸 "1"\r\nX: y.png'}) as answer:
        disposition = answer.headers["Content-Disposition"]
        assert "X" not in answer.headers

    assert disposition == "attachment; filename*=UTF-8''%E7%8B%90%E7%8B%B8%20%221%22%0D%0AX%3A%20y.png"


@pytest.mark.parametrize("name", ["0" * 64, "0" * 63, "A" * 64, "..%2f..%2fweb-session"])
async def test_a_picture_we_do_not_have_is_not_found(session: aiohttp.ClientSession, name: str) -> None:
    async with session.get(f"/pictures/{name}") as answer:
        assert answer.status == 404


async def test_opening_the_stream_greets_the_core_which_answers_with_the_balance(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    async with session.get("/events", headers={"Accept-Language": "zh"}) as answer:
        stream = answer.content
        text = ""
        while "caught-up" not in text:
            text += (await stream.readline()).decode()

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    [opened] = page.core.heard
    assert isinstance(opened, Opened)
    assert opened.author.language == "zh"
    data = next(line for line in text.splitlines() if line.startswith("data: {"))
    assert json.loads(data.removeprefix("data: "))["creditsLeft"] == 100


async def test_the_header_of_a_reconnecting_browser_counts_more_than_the_address(
    page: PageAlone, session: aiohttp.ClientSession
) -> None:
    for number in range(3):
        await page.conversation.post(OutgoingMessage(lines=(Sentence("x"),), language="en"), key=f"k{number}")
    async with session.get("/events?after=0", headers={"Last-Event-ID": "2"}) as answer:
        text = ""
        while "caught-up" not in text:
            text += (await answer.content.readline()).decode()

    assert [line for line in text.splitlines() if line.startswith("id: ")] == [
        "id: 3",
        "id: 4",
        "id: 4",
    ]  # 4: the welcome


async def older(session: aiohttp.ClientSession, query: str) -> Any:
    async with session.get("/entries?" + query) as answer:
        return await answer.json() if answer.status == 200 else answer.status


async def test_older_entries_come_a_page_at_a_time(page: PageAlone, session: aiohttp.ClientSession) -> None:
    for number in range(1, PAGE_ENTRIES + 11):
        await page.transcript.append("local", f"k{number}", {"n": number})

    last = await older(session, f"before={PAGE_ENTRIES + 11}")
    first = await older(session, f"before={last['entries'][0]['position']}")

    assert [entry["n"] for entry in last["entries"]] == list(range(11, PAGE_ENTRIES + 11))
    assert [entry["n"] for entry in first["entries"]] == list(range(1, 11))
    assert (last["hasOlder"], first["hasOlder"]) == (True, False)


async def test_entries_that_are_quoted_come_by_their_keys(page: PageAlone, session: aiohttp.ClientSession) -> None:
    for name in ("one", "two", "gone"):
        await page.transcript.append("local", name, {"n": name})
    await page.transcript.replace("local", "gone", None)

    assert [entry["n"] for entry in (await older(session, "key=two&key=gone&key=none"))["entries"]] == ["two"]


@pytest.mark.parametrize("query", ["", "before=", "before=-1", "before=x", "before=" + "9" * 20, "key=a&" * 51])
async def test_entries_that_cannot_be_are_refused(session: aiohttp.ClientSession, query: str) -> None:
    assert await older(session, query) == 400


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "9" * 40, "٣"])
async def test_a_place_that_cannot_be_is_refused(session: aiohttp.ClientSession, after: str) -> None:
    async with session.get("/events", params={"after": after}) as answer:
        assert answer.status == 400


async def test_stopping_ends_every_stream_at_once(tmp_path: Path) -> None:
    async with asyncio.timeout(WITHIN_SECONDS), AsyncExitStack() as kept_open:
        async with page_alone(tmp_path) as page:
            session = await kept_open.enter_async_context(guest(page))
            stream = await session.get("/events")
            await stream.content.readuntil(b"caught-up")
            reading = asyncio.create_task(stream.content.read())
        ended = await reading  # without a fault: the stream was ended, not cut

    assert re.fullmatch(rb"\ndata: {[^\n]*}\n\n", ended)
