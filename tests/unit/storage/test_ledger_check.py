"""The ledger check: in linear time, beside everybody's work, and with an effect on the account that disagrees."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from structlog.testing import capture_logs

from benchmarks.store.history import write_history
from bot.application.ledger_check import LedgerCheck
from bot.domain.credits import CreditPolicy
from bot.domain.errors import NotAllowed
from bot.storage.credits.ledger_check import check_ledger
from bot.storage.engines.database import Database
from bot.storage.engines.reading import read_beside
from bot.storage.store import SqlStore
from tests.contract.stores import BERT, MORNING, accept, claimed, paint, request
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock
from tests.unit.application.house import open_house
from tests.unit.storage.steps import counted


def test_eight_times_the_rows_take_about_eight_times_the_steps(tmp_path: Path) -> None:
    """Before, 640 balances took 8 times the steps for each row that 80 took."""
    taken = {}
    for rows in (2_000, 16_000):
        write_history(tmp_path / f"{rows}.db", ledger_rows=rows, waiting=40, now=MORNING)
        found, taken[rows] = counted(tmp_path / f"{rows}.db", check_ledger)
        assert found == []
    assert taken[16_000] <= 8 * 1.5 * taken[2_000], taken


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database, CreditPolicy(daily=10), PassingClock(MORNING))


async def tamper(database: Database, statement: str) -> None:
    await database.transact(lambda connection: connection.execute(text(statement)))


async def refused(store: SqlStore, event: str) -> str:
    with pytest.raises(NotAllowed) as caught:
        await store.accept(request(event))
    [sentence] = caught.value.sentences
    return sentence.key


async def test_an_account_that_disagrees_takes_no_request_until_it_agrees_again(
    store: SqlStore, database: Database
) -> None:
    await accept(store, "e1")
    await accept(store, "e2", member=BERT)
    await tamper(database, "UPDATE balances SET available = available + 5 WHERE account = 1")
    check = LedgerCheck(store, PassingClock(MORNING))
    await check.check()
    assert await refused(store, "e3") == "account-blocked"
    assert (await store.accept(request("e1"))).request == 1  # what was accepted before is found again
    await accept(store, "e4", member=BERT)
    await check.check()  # found once more, it stays blocked
    assert await refused(store, "e5") == "account-blocked"
    await tamper(database, "UPDATE balances SET available = available - 5 WHERE account = 1")
    await check.check()
    await accept(store, "e6")


async def test_what_was_offered_to_a_blocked_account_is_not_confirmed(store: SqlStore, database: Database) -> None:
    offered = await accept(store, "e1", offered_for=timedelta(minutes=10))
    await accept(store, "e2")
    await tamper(database, "UPDATE jobs SET state = 'failed' WHERE request = 2")
    await LedgerCheck(store, PassingClock(MORNING)).check()
    with pytest.raises(NotAllowed, match="account-blocked"):
        await store.confirm(offered)
    assert (await store.view(offered)).is_offered


async def test_a_disagreement_about_the_owners_money_blocks_no_member(store: SqlStore, database: Database) -> None:
    await accept(store, "e1")
    await paint(store, await claimed(store), "fox")
    await tamper(database, "UPDATE spend SET state = 'released'")
    [found] = await store.check_ledger()
    assert found.account is None
    await LedgerCheck(store, PassingClock(MORNING)).check()
    await accept(store, "e2")


async def test_credits_of_a_job_that_is_not_kept_any_more_are_still_proven(store: SqlStore, database: Database) -> None:
    await accept(store, "e1")
    for table in ("events", "deliveries", "jobs", "requests"):
        await tamper(database, f"DELETE FROM {table}")  # noqa: S608 - our own names
    [found] = await store.check_ledger()
    assert (found.account, found.text) == (1, "job 1 is not kept any more, but 3 are reserved for it")


async def test_everybody_is_served_while_it_reads(store: SqlStore, database: Database) -> None:
    reads, may_go_on = threading.Event(), threading.Event()

    def read_for_long(connection: Connection) -> list[int]:
        counts = [connection.scalar(text("SELECT count(*) FROM requests")) or 0]
        reads.set()
        assert may_go_on.wait(60)
        return [*counts, connection.scalar(text("SELECT count(*) FROM requests")) or 0]

    reading = asyncio.create_task(database.read(read_for_long))
    try:
        await asyncio.to_thread(reads.wait, 60)
        await accept(store, "e1")
        await accept(store, "e2", member=BERT)
    finally:
        may_go_on.set()
    assert await reading == [0, 0]  # all is as it was at one moment
    assert await database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM requests"))) == 2


async def test_who_stops_does_not_wait_for_its_end(database: Database) -> None:
    begun = threading.Event()

    def read_for_ever(connection: Connection) -> None:
        begun.set()
        connection.execute(
            text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
        )

    reading = asyncio.create_task(database.read(read_for_ever))
    await asyncio.to_thread(begun.wait, 60)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_it_can_change_nothing(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="readonly"):
        await database.read(lambda connection: connection.execute(text("DELETE FROM accounts")))
    with closing(sqlite3.connect(tmp_path / "store.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        read_beside(tmp_path / "store.db", check_ledger)  # nor does it wait for somebody who writes


async def test_a_check_that_fails_at_the_start_keeps_nobody_from_being_served(tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with open_house(tmp_path, failing=["check_ledger"]) as house:
            await house.chat.say("/imagine a fox")
            await house.chat.until_shown()
            for _ in range(200):  # at most two seconds
                if any(line["event"] == "ledger-not-checked" for line in lines):
                    break
                await asyncio.sleep(0.01)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["ledger-not-checked"]
