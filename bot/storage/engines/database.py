"""The database file: one connection, one transaction at a time, always in the newest schema."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
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
from bot.storage.migrations import upgrade

T = TypeVar("T")

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # a signed link must not lie in a page that is free
    "PRAGMA busy_timeout = 10000",  # milliseconds; a backup or the owner's own look may hold the file
)

_BEGIN = "BEGIN IMMEDIATE"


def database_path(folder: Path, url: str) -> Path:
    """The file that a URL names, from the data folder on."""
    return folder / url.removeprefix("sqlite:///")


class Database:
    """An open database file. `transact` is the only way to change it; what only reads, and takes long, takes `read`."""

    def __init__(self, connection: "_Connection", path: Path) -> None:
        self._connection = connection
        self._path = path
        self._is_closed = False

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Make the file if it is not there, and bring it to the newest schema. Raises `StorageUnusable`."""
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # at DEBUG it writes what it is given: tokens, prompts
        try:
            await asyncio.to_thread(_migrate, path)
            connection = _Connection(partial(sqlite3.connect, path), iter_chunk_size=64)
            await connection
        except (DatabaseError, sqlite3.DatabaseError, StorageUnusable, OSError) as fault:
            reason = fault.orig if isinstance(fault, DatabaseError) else fault
            raise StorageUnusable(f"the database {path} cannot be used: {reason}") from fault
        return cls(connection, path)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Do all of `work` in one transaction, or nothing of it where it raises; one transaction at a time.

        A caller that is cancelled does not stop what it has begun: the work waits in line for the database's thread, is
        done to its end, and its effect is found in the database. So no cancellation can tear a transaction.
        Raises `StoreUnavailable` where another try may succeed, `StoreRefused` where none can, and what `work` raises
        of its own; after `close` `RuntimeError`: the folder's lock may be somebody else's by then.
        """
        if self._is_closed:
            raise RuntimeError("the database is closed")
        try:
            return await self._connection.transact(work)
        except FAULTS as error:
            raise store_fault(error) from error

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do what only reads beside all transactions, on a connection of its own: nobody waits for it."""
        return await read_in_thread(self._path, work)

    async def close(self) -> None:
        """Let what is under way end, then close the file."""
        self._is_closed = True
        await self._connection.close()


class _Connection(aiosqlite.Connection):
    """The one connection, in aiosqlite's thread, which does whole transactions: a hand-over for each, not for each row.

    SQLAlchemy's own way of working with aiosqlite hands over some four times a statement, which takes most of a
    transaction's time. To make a connection of SQLAlchemy's ready takes more than an empty transaction, so one is kept.
    """

    _ready: Connection | None = None

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Do work in a transaction. Raises what it raises."""
        result: T = await self._execute(self._transact, work)  # type: ignore[no-untyped-call]  # aiosqlite has no types here
        return result

    async def close(self) -> None:
        """Close the file, after what is under way has ended. Closing it again does nothing."""
        if self._connection is not None:
            await self._execute(self._let_go)  # type: ignore[no-untyped-call]
        await super().close()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        self._ready = self._ready or self._engine.connect()
        try:
            with self._ready.begin():
                self._conn.execute(_BEGIN)  # a listener for this would cost time at every statement
                return work(self._ready)
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        """Give the connection back, which rolls back whatever a fault has left open, and take another the next time."""
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

    Python's driver begins late and only before some statements, and a transaction that reads before it writes
    cannot wait for the lock. So each transaction sends `_BEGIN`, as SQLAlchemy's page on the SQLite dialect says
    ("Enabling Non-Legacy SQLite Transactional Modes").
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
