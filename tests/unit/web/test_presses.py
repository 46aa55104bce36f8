"""Presses that the page sends, over a real socket."""

import aiohttp
import pytest

from bot.domain.events import ButtonPress
from tests.page.alone import PageAlone
from tests.unit.web.sending import KEY, words_of


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


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"[]", 400), (b"{", 400), (b'{"key":"12345678"}', 400), (b" " * 9999, 413)]
)
async def test_a_broken_press_is_refused(
    page: PageAlone, session: aiohttp.ClientSession, body: bytes, status: int
) -> None:
    async with session.post("/presses", data=body) as answer:
        assert answer.status == status

    assert page.core.heard == []
