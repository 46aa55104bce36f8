"""Read a database on a second connection: the writer never waits, and nothing can be changed.

A read is a snapshot of one moment, whatever is written meanwhile.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, NullPool, create_engine

T = TypeVar("T")

_BUSY_SECONDS = 10.0

_STEPS_AT_ONCE = 100_000  # SQLite virtual machine steps; some milliseconds
_PAUSE_SECONDS = 0.005


def read_beside(path: Path, work: Callable[[Connection], T], is_over: threading.Event | None = None) -> T:
    """Run read-only work on a connection of its own. Blocking.

    With `is_over` it pauses regularly, to leave a processor for more urgent work, and it raises `DatabaseError` soon
    after `is_over` is set.
    """

    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        opened = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
        if is_over is not None:
            opened.set_progress_handler(lambda: is_over.wait(_PAUSE_SECONDS), _STEPS_AT_ONCE)
        return opened

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        return work(connection)


async def read_in_thread(path: Path, work: Callable[[Connection], T]) -> T:
    """Run read-only work in a thread. Cancelling the caller stops the work and waits for its end."""
    is_over = threading.Event()
    reading = asyncio.ensure_future(asyncio.to_thread(read_beside, path, work, is_over))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        is_over.set()
        with suppress(Exception):
            await reading
        raise
