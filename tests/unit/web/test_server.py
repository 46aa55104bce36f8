"""What the page asks for, over a real socket: pictures, the stream of entries, and older ones."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.web.history import PAGE_ENTRIES
from bot.domain.chat import OutgoingMessage, Sentence
from bot.domain.events import Opened
from tests.page.alone import PageAlone, guest, page_alone
from tests.page.core import draw
from tests.simulators.waiting import WITHIN_SECONDS


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
