"""The database room: transactions, schema and migrations, cancellation."""

import asyncio
import logging
import random
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text

from bot.domain.chat import Address
from bot.domain.credits import CreditPolicy
from bot.domain.errors import StoreRefused
from bot.domain.requests.requests import JobFailure
from bot.ports import Store
from bot.storage.engines.database import Database
from bot.storage.schema import accounts, metadata, pictures
from bot.storage.store import SqlStore
from tests.contract.stores import ANNA, GATEWAY, MORNING, accept, claimed, leave, made, paint, request
from tests.fakes.clock import PassingClock


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database, CreditPolicy(daily=1_000_000), PassingClock(MORNING))


def another_connection(folder: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(folder / "store.db", timeout=0, isolation_level=None))


class TestTransactions:
    async def test_a_transaction_holds_the_write_lock_from_its_beginning(
        self, database: Database, tmp_path: Path
    ) -> None:
        def try_to_begin(_: Connection) -> str:
            with another_connection(tmp_path) as other, pytest.raises(sqlite3.OperationalError) as caught:
                other.execute("BEGIN IMMEDIATE")
            return str(caught.value)

        assert await database.transact(try_to_begin) == "database is locked"
        with another_connection(tmp_path) as other:
            other.execute("BEGIN IMMEDIATE")
            assert other.in_transaction

    async def test_commits_are_synced_references_checked_and_what_is_deleted_is_gone(self, database: Database) -> None:
        def pragmas(connection: Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

        assert await database.transact(pragmas) == ["wal", 2, 1, 1]

    async def test_no_log_has_what_was_stored(
        self, store: Store, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await accept(store, "e1", address=Address("token-123"))
        captured = capfd.readouterr()
        assert "token-123" not in caplog.text + captured.out + captured.err

    async def test_what_raises_leaves_nothing(self, database: Database) -> None:
        def open_account_and_fail(connection: Connection) -> None:
            connection.execute(insert(accounts).values(id=1))
            raise LookupError

        with pytest.raises(LookupError):
            await database.transact(open_account_and_fail)
        assert await database.transact(lambda connection: connection.execute(select(accounts)).all()) == []

    async def test_a_closed_database_takes_nothing(self, tmp_path: Path) -> None:
        database = await Database.open(tmp_path / "another.db")
        await database.close()
        with pytest.raises(RuntimeError, match="closed"):
            await database.transact(lambda connection: connection.execute(select(accounts)).all())

    async def test_a_close_that_is_cancelled_finishes_the_work_and_closes_the_file(self, tmp_path: Path) -> None:
        database = await Database.open(tmp_path / "another.db")
        is_working, lets_go = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def open_account_slowly(connection: Connection) -> None:
            loop.call_soon_threadsafe(is_working.set)
            lets_go.wait(timeout=10)
            connection.execute(insert(accounts).values(id=1))

        working = asyncio.create_task(database.transact(open_account_slowly))
        await is_working.wait()
        closed = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        closed.cancel()
        await asyncio.sleep(0)
        lets_go.set()
        with pytest.raises(asyncio.CancelledError):
            await closed
        await working
        assert not (tmp_path / "another.db-wal").exists()  # the last connection that closes takes it away
        with closing(sqlite3.connect(tmp_path / "another.db")) as other:
            assert other.execute("SELECT id FROM accounts").fetchall() == [(1,)]

    async def test_errors_never_show_what_was_stored(self, store: Store, database: Database) -> None:
        await accept(store, "e1")
        secret = "INSERT INTO requests (address) VALUES (:address)"
        with pytest.raises(StoreRefused) as caught:
            await database.transact(lambda connection: connection.execute(text(secret), {"address": "token-123"}))
        assert "token-123" not in f"{caught.value!r} {caught.value}"


class TestSchema:
    async def test_migrations_lead_to_the_tables_as_they_are_described(self, database: Database) -> None:
        def differences(connection: Connection) -> list[object]:
            context = MigrationContext.configure(connection, opts={"compare_server_default": True})
            return list(compare_metadata(context, metadata))

        assert await database.transact(differences) == []

    async def test_opening_again_changes_nothing(self, database: Database, tmp_path: Path) -> None:
        await database.close()
        with another_connection(tmp_path) as other:
            before = other.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        again = await Database.open(tmp_path / "store.db")
        await again.close()
        with another_connection(tmp_path) as other:
            assert other.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == before

    @pytest.mark.parametrize("change", ["UPDATE ledger SET at = 0", "DELETE FROM ledger"])
    async def test_the_ledger_is_append_only(self, store: Store, database: Database, change: str) -> None:
        await accept(store, "e1")
        with pytest.raises(StoreRefused, match="append-only"):
            await database.transact(lambda connection: connection.execute(text(change)))

    async def test_a_balance_cannot_go_below_zero(self, store: Store, database: Database) -> None:
        await accept(store, "e1")
        overdraw = text("UPDATE balances SET available = available - 2000000")
        with pytest.raises(StoreRefused, match="ck_balances_available"):
            await database.transact(lambda connection: connection.execute(overdraw))

    async def test_a_reservation_cannot_end_twice(self, store: Store, database: Database) -> None:
        await accept(store, "e1")
        await paint(store, await claimed(store), "fox")
        twice = text(
            "INSERT INTO ledger (account, job, phase, bucket, available_delta, reserved_delta, at) "
            "SELECT account, job, 'release', bucket, -reserved_delta, reserved_delta, at FROM ledger "
            "WHERE phase = 'settle'"
        )
        with pytest.raises(StoreRefused, match="UNIQUE"):
            await database.transact(lambda connection: connection.execute(twice))

    async def test_money_finer_than_we_keep_is_refused(self, store: Store) -> None:
        with pytest.raises(StoreRefused, match="finer than a billionth"):
            await store.accept(request("e1", cost=Decimal("0.0000000001")))

    async def test_a_time_without_a_zone_is_refused(self, database: Database) -> None:
        row = {"sha256": "0" * 64, "mime": "image/png", "width": 1, "height": 1, "size_bytes": 1}
        naive = datetime(2026, 3, 5)  # noqa: DTZ001 - the very thing that must be refused
        with pytest.raises(StoreRefused):
            await database.transact(
                lambda connection: connection.execute(insert(pictures).values(**row, created_at=naive))
            )


TAMPERINGS = {
    "a balance moved by hand": "UPDATE balances SET available = available + 1",
    "a balance without a ledger": "INSERT INTO balances VALUES (1, 'gift', 5, 0, 0, 0)",
    "a job that ended without its credits": "UPDATE jobs SET state = 'failed' WHERE state = 'queued'",
    "a job that went back by hand": "UPDATE jobs SET state = 'queued' WHERE state = 'painting'",
    "money that ended by hand": "UPDATE spend SET state = 'settled' WHERE state = 'reserved'",
    "money under way that ended by hand": "UPDATE spend SET state = 'settled', fault = 'busy' WHERE job = 3",
    "a try taken away": "DELETE FROM spend WHERE job = 2",
    "a picture that was never paid": "UPDATE spend SET state = 'released' WHERE state = 'settled'",
    "two tries at once": "INSERT INTO spend SELECT job, attempt, 2, endpoint, model, seconds, fault, cost, state, at"
    " FROM spend WHERE state = 'reserved'",
    "a price changed afterwards": "UPDATE requests SET price = 2",
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_the_books_tell_what_was_changed_behind_their_back(
    store: Store, database: Database, tampering: str
) -> None:
    await accept(store, "e1", jobs=4)
    await paint(store, await claimed(store), "fox")
    await claimed(store)
    await leave(store, await claimed(store))
    assert await store.check_ledger() == []
    await database.transact(lambda connection: connection.execute(text(tampering)))
    assert len(await store.check_ledger()) >= 1


async def live(store: Store, number: int) -> None:
    """Take a request from its acceptance to one of the ends that a job can have."""
    member = replace(ANNA, id=f"member-{number % 7}")
    await store.accept(request(f"e{number}", member=member, jobs=2))
    job = await store.claim()
    if job is None:
        return
    if number % 5 == 0:
        await store.put_back(job.job, job.attempt)
        return
    await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
    if number % 3 == 0:
        await store.failed(job.job, job.attempt, JobFailure(code="blocked"), is_billed=True)
    else:
        await store.painted(job.job, job.attempt, [made(f"picture {number}")])
    await store.cancel(job.request)


async def test_200_tasks_cancelled_at_random_moments_leave_all_or_nothing(store: Store, database: Database) -> None:
    chance = random.Random(20260305)  # noqa: S311 - any moments will do, the same at each run
    tasks = [asyncio.create_task(live(store, number)) for number in range(200)]
    loop = asyncio.get_running_loop()
    for task in tasks:
        loop.call_later(chance.uniform(0, 1.5), task.cancel)
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} <= {asyncio.CancelledError, type(None)}
    assert sum(isinstance(end, asyncio.CancelledError) for end in ends) > 20
    assert await store.check_ledger() == []
    torn = text(
        "SELECT id FROM requests WHERE 2 <> (SELECT count(*) FROM jobs WHERE jobs.request = requests.id)"
        " OR 1 <> (SELECT count(*) FROM events WHERE events.request = requests.id)"
        " OR 1 <> (SELECT count(*) FROM deliveries WHERE deliveries.request = requests.id)"
    )
    assert await database.transact(lambda connection: connection.execute(torn).all()) == []
    written = await database.transact(lambda connection: connection.scalar(text("SELECT count(*) FROM requests")))
    assert written is not None
    assert written > 20


async def test_an_effect_whose_caller_was_cancelled_is_found_by_asking_again(store: Store) -> None:
    task = asyncio.create_task(store.accept(request("e1")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    asked_again = await store.accept(request("e1"))
    assert asked_again.accepted.value == "same-event"
