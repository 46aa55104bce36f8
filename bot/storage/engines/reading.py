"""Reading a database beside the connection that writes: nobody has to wait, and nothing can be changed.

All is read as it was at one moment, whatever is written meanwhile.
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

_STEPS_AT_ONCE = 100_000  # of SQLite's machine: some milliseconds
_PAUSE_SECONDS = 0.005


def read_beside(path: Path, work: Callable[[Connection], T], is_over: threading.Event | None = None) -> T:
    """Do what only reads, on a connection of its own. Blocking.

    With `is_over` it makes pauses, so that a processor is left to those who are waited for; and it raises
    `DatabaseError` soon after that is set.
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
    """Do what only reads, in a thread. A caller that is cancelled ends it, and waits until it has ended."""
    is_over = threading.Event()
    reading = asyncio.ensure_future(asyncio.to_thread(read_beside, path, work, is_over))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        is_over.set()
        with suppress(Exception):
            await reading
        raise
