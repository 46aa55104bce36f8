"""Prepared statements: the same rows and values as by SQLAlchemy's own execution, and the same faults."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.domain.credits import CreditPolicy
from bot.domain.errors import StoreRefused
from bot.storage.engines.prepared import prepared
from bot.storage.schema import accounts, balances, identities, jobs
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from tests.contract.stores import MORNING
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock
from tests.unit.storage.test_plans import Statements, converse, heard, live_through_everything

PUBLIC_ID = re.compile(r"\b[a-z2-7]{24}\b")


class Answers:
    """A store or transcript whose answers are noted, without the public ids, which are random."""

    def __init__(self, of: Any) -> None:
        self._of = of
        self.noted: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **options: Any) -> Any:
            answer = await getattr(self._of, name)(*arguments, **options)
            self.noted.append(PUBLIC_ID.sub("public-id", f"{name}: {answer!r}"))
            return answer

        return call


async def lived(path: Path, *, by_sqlalchemy: bool) -> tuple[list[str], list[str]]:
    """Live through everything. Return all answers, and all rows. SQLAlchemy executes where somebody listens to it."""
    clock = PassingClock(MORNING)
    with heard(Statements()) if by_sqlalchemy else nullcontext():
        database = await open_database(path)
        store = Answers(SqlStore(database, CreditPolicy(daily=100), clock))
        transcript = Answers(SqlTranscript(database, clock))
        await live_through_everything(store, clock)
        await converse(transcript)
        await database.close()
    with closing(sqlite3.connect(path)) as opened:
        rows = [PUBLIC_ID.sub("public-id", line) for line in opened.iterdump()]
    return [*store.noted, *transcript.noted], sorted(rows)


async def test_the_driver_leaves_the_same_rows_and_answers_as_sqlalchemy(tmp_path: Path) -> None:
    by_driver = await lived(tmp_path / "driver.db", by_sqlalchemy=False)
    by_sqlalchemy = await lived(tmp_path / "sqlalchemy.db", by_sqlalchemy=True)
    assert by_driver[0] == by_sqlalchemy[0]
    assert by_driver[1] == by_sqlalchemy[1]


async def test_a_row_that_the_database_refuses_is_refused_without_its_values(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "store.db")
    identify = prepared(insert(identities))
    row = {"platform": "web", "member_id": "secret-member", "account": 7, "name": "secret-name"}
    with pytest.raises(StoreRefused) as caught:
        await database.transact(lambda connection: connection.execute(identify, row))  # there is no account 7
    assert "FOREIGN KEY" in str(caught.value)
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    await database.close()


async def test_several_rows_are_written_and_counted(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "store.db")
    write, close = prepared(insert(accounts)), prepared(update(balances).values(is_closed=True))
    ids = prepared(select(accounts.c.id).order_by(accounts.c.id))
    assert await database.transact(lambda connection: connection.execute(write, [{"id": 1}, {"id": 2}]).rowcount) == 2
    assert await database.transact(lambda connection: list(connection.scalars(ids))) == [1, 2]
    assert await database.transact(lambda connection: connection.execute(close).rowcount) == 0
    await database.close()


async def test_a_statement_whose_values_python_completes_is_not_prepared(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "store.db")
    write = prepared(insert(jobs))
    with pytest.raises(StoreRefused, match="cannot be prepared"):
        await database.transact(lambda connection: connection.execute(write, {"request": 1, "number": 1}))
    await database.close()
