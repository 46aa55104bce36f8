"""Which errors of the database another try can mend, and which it cannot."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from bot.domain.errors import StoreRefused, StoreUnavailable
from bot.storage.engines.database import Database
from bot.storage.schema import accounts, identities
from tests.empty_database import open_database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(tmp_path / "store.db")
    yield database
    await database.close()


def add_account(connection: Connection) -> None:
    connection.execute(insert(accounts))


async def test_a_locked_database_is_worth_another_try(database: Database, tmp_path: Path) -> None:
    await database.transact(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 0"))
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await database.transact(add_account)
        other.execute("ROLLBACK")
    await database.transact(add_account)


async def test_a_full_disk_is_worth_another_try(database: Database) -> None:
    def set_most_pages(connection: Connection, extra: int) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + extra}")

    def fill(connection: Connection) -> None:
        add_account(connection)
        row = {"platform": "web", "member_id": "1", "account": 1, "name": "x" * 100_000}
        connection.execute(insert(identities), row)

    await database.transact(lambda connection: set_most_pages(connection, 0))
    with pytest.raises(StoreUnavailable, match="full"):
        await database.transact(fill)
    await database.transact(lambda connection: set_most_pages(connection, 1_000))
    await database.transact(fill)


def with_id(number: object) -> Callable[[Connection], None]:
    return lambda connection: (connection.execute(insert(accounts).values(id=number)), None)[1]


def name_a_member(name: str | None) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        add_account(connection)
        row = {"platform": "web", "member_id": "1", "account": 1, "name": name}
        connection.execute(insert(identities), row)

    return work


def ask_for_no_table(connection: Connection) -> None:
    connection.execute(text("SELECT * FROM no_such_table"))


@pytest.mark.parametrize(
    "work",
    [with_id(2**63), with_id(object()), name_a_member("\ud83d"), name_a_member(None), ask_for_no_table],
    ids=["a number of 64 bits", "no type of the driver's", "half an emoji", "a rule of the table", "no such table"],
)
async def test_what_a_repetition_cannot_mend_is_refused_and_nothing_of_it_is_kept(
    database: Database, work: Callable[[Connection], None]
) -> None:
    with pytest.raises(StoreRefused):
        await database.transact(work)
    rows = await database.transact(lambda connection: connection.exec_driver_sql("SELECT * FROM accounts").all())
    assert rows == []
