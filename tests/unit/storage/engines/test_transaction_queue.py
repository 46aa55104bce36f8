"""Transactions that wait at the same time: committed together, each as if it were alone, the urgent ones first."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from bot.storage.engines.database import Database
from bot.storage.schema import accounts
from tests.empty_database import open_database

Task = asyncio.Task[None]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "store.db")
    yield opened
    await opened.close()


class Busy:
    """Keeps the database thread busy until `free`, so that what is asked for meanwhile waits together."""

    def __init__(self, database: Database) -> None:
        self._free = threading.Event()
        self._working = asyncio.create_task(database.transact(lambda _: self._free.wait(timeout=60)))

    async def free(self) -> None:
        await asyncio.sleep(0)  # what was asked for has begun to wait
        self._free.set()
        await self._working


def opening(account: int) -> Callable[[Connection], None]:
    def open_account(connection: Connection) -> None:
        connection.execute(insert(accounts).values(id=account))

    return open_account


def refusing(account: int) -> Callable[[Connection], None]:
    def open_account_and_fail(connection: Connection) -> None:
        opening(account)(connection)
        raise LookupError(account)

    return open_account_and_fail


async def opened(database: Database) -> list[int]:
    return await database.transact(lambda connection: list(connection.scalars(select(accounts.c.id))))


@contextmanager
def commits() -> Iterator[list[None]]:
    counted: list[None] = []

    def count(_: Connection) -> None:
        counted.append(None)

    event.listen(Engine, "commit", count)
    try:
        yield counted
    finally:
        event.remove(Engine, "commit", count)


async def test_what_waits_at_the_same_time_is_one_commit(database: Database) -> None:
    busy = Busy(database)
    await asyncio.sleep(0)
    with commits() as counted:
        waiting = [asyncio.create_task(database.transact(opening(number))) for number in range(1, 11)]
        await busy.free()
        await asyncio.gather(*waiting)
    assert await opened(database) == list(range(1, 11))
    assert len(counted) == 2  # that of the busy one, and one for the ten


async def test_one_that_raises_takes_nothing_from_the_others(database: Database) -> None:
    busy = Busy(database)
    await asyncio.sleep(0)
    works = [opening(1), refusing(2), opening(3), refusing(4), opening(5)]
    waiting = [asyncio.create_task(database.transact(work)) for work in works]
    await busy.free()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes if isinstance(outcome, LookupError)] == ["2", "4"]
    assert await opened(database) == [1, 3, 5]


async def test_urgent_ones_go_first_and_the_others_keep_their_order(database: Database) -> None:
    busy = Busy(database)
    await asyncio.sleep(0)
    order: list[str] = []

    def ask(name: str, *, is_urgent: bool = False) -> Task:
        return asyncio.create_task(database.transact(lambda _: order.append(name), is_urgent=is_urgent))

    waiting = [ask("first"), ask("second"), ask("claim", is_urgent=True), ask("third"), ask("mark", is_urgent=True)]
    await busy.free()
    await asyncio.gather(*waiting)
    assert order == ["claim", "mark", "first", "second", "third"]


async def test_one_whose_caller_was_cancelled_is_written_and_disturbs_nobody(database: Database) -> None:
    busy = Busy(database)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(database.transact(opening(number))) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await busy.free()
    for task in waiting:
        with suppress(asyncio.CancelledError):
            await task
    assert await opened(database) == [1, 2, 3]


async def test_a_close_writes_all_that_waits(tmp_path: Path) -> None:
    path = tmp_path / "closed.db"
    database = await open_database(path)
    busy = Busy(database)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(database.transact(opening(number))) for number in range(1, 41)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await busy.free()
    await asyncio.gather(closing, *waiting)
    again = await open_database(path)
    assert await opened(again) == list(range(1, 41))
    await again.close()
