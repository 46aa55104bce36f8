"""A page whose core only listens, and a browser that was let in."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.page.alone import PageAlone, guest, page_alone


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[PageAlone]:
    async with page_alone(tmp_path) as page:
        yield page


@pytest.fixture
async def session(page: PageAlone) -> AsyncIterator[aiohttp.ClientSession]:
    async with guest(page) as session:
        yield session
