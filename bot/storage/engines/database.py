"""The database file: one connection, one transaction at a time, always in the newest schema."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from bot.domain.errors import StorageUnusable
from bot.picture_store.private_files import make_private_database
from bot.storage.engines.reading import read_in_thread
from bot.storage.engines.store_faults import FAULTS, store_fault
from bot.storage.engines.transaction_queue import Outcome, TransactionQueue, Work
from bot.storage.migrations import upgrade

T = TypeVar("T")

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # a signed link must not stay in a free page
    "PRAGMA busy_timeout = 10000",  # milliseconds; a backup or the owner's own query may lock the file
)

_BEGIN = "BEGIN IMMEDIATE"


def database_path(folder: Path, url: str) -> Path:
    """Return the file that a URL names, relative to the data folder."""
    return folder / url.removeprefix("sqlite:///")


class Database:
    """An open database file. `transact` is the only way to change it. `read` is for long read-only work."""

    def __init__(self, connection: "_Connection", path: Path) -> None:
        self._connection = connection
        self._queue = TransactionQueue(connection.transact)
        self._path = path
        self._is_closed = False

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open the file, creating it if needed, and migrate it to the newest schema. Raises `StorageUnusable`."""
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # at DEBUG it logs its arguments: tokens, prompts
        try:
            await asyncio.to_thread(_migrate, path)
            connection = _Connection(partial(sqlite3.connect, path), iter_chunk_size=64)
            await connection
        except (DatabaseError, sqlite3.DatabaseError, StorageUnusable, OSError) as fault:
            reason = fault.orig if isinstance(fault, DatabaseError) else fault
            raise StorageUnusable(f"the database {path} cannot be used: {reason}") from fault
        return cls(connection, path)

    async def transact(self, work: Callable[[Connection], T], *, is_urgent: bool = False) -> T:
        """Run `work` in a transaction; roll back if it raises. Urgent work goes first.

        `work` may run twice, so it must do nothing but read and write the database: transactions that wait at the same
        time are committed together, and if one of them raises, each is repeated alone. Nothing is returned before it is
        committed.

        Cancelling the caller does not stop the work: it waits in the queue, runs to its end, and its effect is in the
        database. So a cancellation cannot break a transaction. Raises `StoreUnavailable` if a retry may succeed,
        `StoreRefused` if it cannot, and what `work` itself raises. After `close` it raises `RuntimeError`: another
        process may hold the folder's lock by then.
        """
        if self._is_closed:
            raise RuntimeError("the database is closed")
        try:
            return await self._queue.transact(work, is_urgent=is_urgent)
        except FAULTS as error:
            raise store_fault(error) from error

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run read-only work on a connection of its own, so that no transaction has to wait for it."""
        return await read_in_thread(self._path, work)

    async def close(self) -> None:
        """Wait for running and waiting work, then close the file."""
        self._is_closed = True
        self._queue.hand_over_all()
        await self._connection.close()


class _Connection(aiosqlite.Connection):
    """The only connection, in aiosqlite's thread.

    Transactions that wait together are one hand-over to the thread, not one for each row. SQLAlchemy's own use of
    aiosqlite needs about four hand-overs a statement, which is most of a transaction's time. Opening a SQLAlchemy
    connection takes longer than an empty transaction, so one is kept open.
    """

    _ready: Connection | None = None

    async def transact(self, works: Sequence[Work]) -> Sequence[Outcome]:
        """Run each work in a transaction. Return what each returned or raised."""
        outcomes: Sequence[Outcome] = await self._execute(self._outcomes, works)  # type: ignore[no-untyped-call]  # aiosqlite has no types here
        return outcomes

    async def close(self) -> None:
        """Close the file after running work has ended, even if the caller is cancelled meanwhile.

        Closing it again does nothing.
        """
        try:
            if self._connection is not None:
                await self._execute(self._let_go)  # type: ignore[no-untyped-call]  # aiosqlite has no types here
        finally:
            await super().close()  # it ends the thread; a thread that is left keeps the process from ending

    def _outcomes(self, works: Sequence[Work]) -> Sequence[Outcome]:
        """Commit all works together. If one of them raises, commit each alone."""
        try:
            return [(result, None) for result in self._transact(works)]
        except Exception as error:  # noqa: BLE001 - it is raised where the work came from
            is_locked = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY  # by another program, for long
            if is_locked or len(works) == 1:
                return [(None, error)] * len(works)
        return [outcome for work in works for outcome in self._outcomes([work])]

    def _transact(self, works: Sequence[Work]) -> Sequence[Any]:
        self._ready = self._ready or self._engine.connect()
        try:
            with self._ready.begin():
                self._conn.execute(_BEGIN)  # an event listener for this would cost time at every statement
                return [work(self._ready) for work in works]
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        """Drop the SQLAlchemy connection, which rolls back an open transaction.

        The next transaction opens a new one.
        """
        ready, self._ready = self._ready, None
        if ready is not None:
            ready.close()

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine("sqlite://", creator=lambda: self._conn, poolclass=StaticPool, hide_parameters=True)
        _prepare_connections(engine)
        return engine


def _prepare_connections(engine: Engine) -> None:
    """Switch off the driver's own BEGIN, and set the pragmas.

    Python's driver begins late and only before some statements, and a transaction that reads before it writes cannot
    wait for the lock. So each transaction sends `_BEGIN`, as SQLAlchemy's page on the SQLite dialect says ("Enabling
    Non-Legacy SQLite Transactional Modes").
    """

    @event.listens_for(engine, "connect")
    def prepare(driver_connection: Any, _record: object) -> None:
        driver_connection.isolation_level = None
        cursor = driver_connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()


def _take_over_transactions(engine: Engine) -> None:
    """Make every transaction of an engine a BEGIN IMMEDIATE."""
    _prepare_connections(engine)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(_BEGIN)


def _migrate(path: Path) -> None:
    make_private_database(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    _take_over_transactions(engine)
    try:
        with engine.begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()
