"""One process per data folder; and what a killed process leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.credits import CreditPolicy
from bot.domain.errors import DataFolderInUse
from bot.domain.requests import AfterCrash
from bot.storage.data_folder import open_data_folder
from bot.storage.database import Database
from bot.storage.store import SqlStore
from tests.child import child
from tests.contract.stores import HeldClock


@asynccontextmanager
async def living_process(folder: Path, *, requests: int) -> AsyncIterator[None]:
    """A process that works in the folder; killed at the end with SIGKILL."""
    async with child("-m", "tests.unit.storage.living_process", str(folder)) as process:
        assert process.stdout is not None
        for _ in range(requests):
            assert await process.stdout.readline()
        yield


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "new" / "data") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_in_use_is_refused_until_it_is_left(tmp_path: Path) -> None:
    with open_data_folder(tmp_path), pytest.raises(DataFolderInUse), open_data_folder(tmp_path):
        pass
    with open_data_folder(tmp_path) as again:
        assert again == tmp_path


@pytest.mark.parametrize("requests", [1, 9, 30])
async def test_a_killed_process_leaves_a_free_folder_and_balanced_books(tmp_path: Path, requests: int) -> None:
    async with living_process(tmp_path, requests=requests):
        with pytest.raises(DataFolderInUse), open_data_folder(tmp_path):
            pass
    with open_data_folder(tmp_path) as folder:
        database = await Database.open(folder / "store.db")
        try:
            store = SqlStore(database, CreditPolicy(daily=1_000_000), HeldClock())
            assert await store.check_books() == []
            assert len(await store.undelivered()) >= requests
            await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=2)
            assert await store.check_books() == []
            assert (await store.queue()).painting == ()
        finally:
            await database.close()
