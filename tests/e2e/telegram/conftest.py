"""A bot in a simulated Telegram, and Ada in a group and in private."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.telegram.telegram_bot import TelegramSite, telegram_site
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TelegramSite]:
    async with telegram_site(tmp_path) as site:
        yield site


@pytest.fixture
def ada(site: TelegramSite) -> Person:
    return site.telegram.person("Ada", language_code="en")


@pytest.fixture
def group(site: TelegramSite, ada: Person) -> Room:
    return site.telegram.supergroup("Painters", ada)


@pytest.fixture
def room(site: TelegramSite, ada: Person) -> Room:
    return site.telegram.private(ada)
