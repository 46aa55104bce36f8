"""Every store there is, opened empty."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from tests.contract.stores import STORES, Books, books_in


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
async def books(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Books]:
    async for each in books_in(request.param, tmp_path):
        yield each


@pytest.fixture
def store(books: Books) -> Store:
    return books.store
