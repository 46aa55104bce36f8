"""Several platforms in one program: what befalls one is no harm to the others."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.telegram.telegram_bot import TelegramSite, telegram_site
from tests.simulators.telegram.faults import UNAUTHORIZED, Fault, Page

WEB = '[platforms.web]\nlisten = "127.0.0.1:0"\n'
A_NUMBER = Fault(answer=Page(status=200, html='{"ok": true, "result": 5}'))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TelegramSite]:
    async with telegram_site(tmp_path) as site:
        yield site


async def test_an_answer_that_nobody_expects_about_the_commands_ends_nothing(site: TelegramSite) -> None:
    site.configure(platform=WEB)
    site.telegram.fail("getMyCommands", A_NUMBER, times=None)
    room = site.telegram.private(site.telegram.person("Ada", language_code="en"))
    async with site.running() as bot:
        await bot.until_linked()
        room.start()
        await site.until_said(room, "Hello, I'm Plantain")
        assert await bot.stop() == 0


async def test_a_token_that_is_refused_leaves_the_page_serving_and_is_told_once(site: TelegramSite) -> None:
    site.configure(platform=WEB)
    site.telegram.fail("getMe", UNAUTHORIZED, times=None)
    async with site.started() as bot:
        await bot.until_linked()
        await bot.until_written("platform-down")
        assert bot.process.returncode is None
        assert await bot.stop() == 0
    told = [json.loads(line) for line in bot.output if "platform-down" in line]
    assert [(each["platform"], each["level"]) for each in told] == [("telegram", "error")]
    assert told[0]["reason"].startswith("Telegram does not know the token of [platforms.telegram]")


async def test_a_telegram_that_comes_back_is_served_again(site: TelegramSite) -> None:
    site.telegram.fail("getMe", A_NUMBER, times=1)
    room = site.telegram.private(site.telegram.person("Ada", language_code="en"))
    async with site.running() as bot:
        room.start()
        await site.until_said(room, "Hello, I'm Plantain")
        assert await bot.stop() == 0
    down, up = (
        next(n for n, line in enumerate(bot.output) if word in line) for word in ("platform-down", "platform-up")
    )
    assert down < up
