"""A look into a database disturbs nobody, and tells what it finds."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from bot.domain.credits import CreditPolicy
from bot.domain.errors import StorageUnusable
from bot.domain.requests.requests import RequestId
from bot.storage.data_folder import examine_data_folder, open_data_folder
from bot.storage.inspection import inspect
from bot.storage.store import SqlStore
from tests.contract.stores import GATEWAY, MORNING, accept, claimed, ended, leave, made, note, request
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock
from tests.unit.storage.test_migrations import make_database_of


async def fill(path: Path, *, requests: int) -> None:
    database = await open_database(path)
    store = SqlStore(database, CreditPolicy(daily=1_000), PassingClock(MORNING))
    for number in range(requests):
        await accept(store, f"e{number}")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended())
    await database.close()


async def test_what_is_written_is_found(tmp_path: Path) -> None:
    await fill(tmp_path / "store.db", requests=3)
    seen = inspect(tmp_path / "store.db", since=MORNING)
    assert seen is not None
    assert (seen.is_older, seen.requests, list(seen.disagreements)) == (False, 3, [])
    assert [(each.endpoint, each.tries) for each in seen.figures] == [(GATEWAY, 3)]
    later = inspect(tmp_path / "store.db", since=MORNING + timedelta(seconds=1))
    assert later is not None
    assert later.figures == []


async def test_books_that_do_not_agree_are_told(tmp_path: Path) -> None:
    await fill(tmp_path / "store.db", requests=1)
    with closing(sqlite3.connect(tmp_path / "store.db")) as other, other:
        other.execute("UPDATE balances SET available = available + 1")
    seen = inspect(tmp_path / "store.db", since=MORNING)
    assert seen is not None
    assert len(seen.disagreements) == 1


async def test_it_waits_for_nobody_and_nobody_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = await open_database(path)
    store = SqlStore(database, CreditPolicy(daily=1_000), PassingClock(MORNING))
    is_over = threading.Event()

    def look_until_over() -> list[int]:
        counted: list[int] = []
        while not is_over.is_set() or not counted:
            seen = inspect(path, since=MORNING)
            assert seen is not None
            assert list(seen.disagreements) == []
            counted.append(seen.requests)
        return counted

    looking = asyncio.create_task(asyncio.to_thread(look_until_over))
    for number in range(20):
        await store.accept(request(f"e{number}"))
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended())
        await store.painted(job.job, job.attempt, [made(f"picture {number}")])
    is_over.set()
    counted = await looking
    assert counted == sorted(counted)
    assert counted[-1] <= 20
    await database.close()


async def test_all_is_read_as_it_was_at_one_moment(tmp_path: Path) -> None:
    """Somebody writes between the first thing that is read and the next."""
    path = tmp_path / "store.db"
    await fill(path, requests=1)

    def write_in_between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM requests" in statement:
            with closing(sqlite3.connect(path)) as other, other:
                other.execute("UPDATE balances SET available = available + 1")

    event.listen(Engine, "after_cursor_execute", write_in_between)
    try:
        first, second = inspect(path, since=MORNING), inspect(path, since=MORNING)
    finally:
        event.remove(Engine, "after_cursor_execute", write_in_between)
    assert first is not None
    assert second is not None
    assert (len(first.disagreements), len(second.disagreements)) == (0, 1)


async def test_it_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await fill(path, requests=1)
    before = await asyncio.to_thread(path.read_bytes)
    inspect(path, since=MORNING)
    assert await asyncio.to_thread(path.read_bytes) == before
    database = await open_database(path)
    view = await SqlStore(database, CreditPolicy(daily=10), PassingClock(MORNING)).view(RequestId(1))
    assert view.is_open
    await database.close()


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert inspect(tmp_path / "store.db", since=MORNING) is None
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_left_to_the_next_run(tmp_path: Path) -> None:
    make_database_of("0001", tmp_path / "store.db")
    seen = inspect(tmp_path / "store.db", since=MORNING)
    assert seen is not None
    assert (seen.is_older, seen.requests, seen.figures) == (True, 0, ())


async def test_a_newer_database_is_a_fault(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "store.db")
    await database.transact(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9'")))
    await database.close()
    with pytest.raises(StorageUnusable, match=r"store\.db cannot be read: a newer Plantain wrote it"):
        inspect(tmp_path / "store.db", since=MORNING)


def test_what_is_no_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("not a database" * 100)
    with pytest.raises(StorageUnusable, match="file is not a database"):
        inspect(tmp_path / "store.db", since=MORNING)


class TestDataFolder:
    def test_it_is_tried_for_real_and_left_as_it_was(self, tmp_path: Path) -> None:
        seen = examine_data_folder(tmp_path)
        assert (seen.is_there, seen.is_in_use) == (True, False)
        assert seen.free_bytes > 0
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_in_use_says_so_and_stays_in_use(self, tmp_path: Path) -> None:
        with open_data_folder(tmp_path):
            for _ in range(2):
                assert examine_data_folder(tmp_path).is_in_use
        for _ in range(2):
            assert not examine_data_folder(tmp_path).is_in_use

    def test_a_folder_to_be_made_is_not_made_yet(self, tmp_path: Path) -> None:
        assert not examine_data_folder(tmp_path / "new" / "data").is_there
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_made_is_a_fault(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StorageUnusable, match="cannot be written: Not a directory"):
            examine_data_folder(tmp_path / "file" / "data")
