"""Every store there is, opened empty."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from tests.contract.stores import STORES, ReopenableStore, open_store


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
async def reopenable(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ReopenableStore]:
    async for each in open_store(request.param, tmp_path):
        yield each


@pytest.fixture
def store(reopenable: ReopenableStore) -> Store:
    return reopenable.store
