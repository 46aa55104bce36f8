"""How much work SQLite's machine does, counted: no clock, and the same on every machine."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, NullPool, create_engine

T = TypeVar("T")

_EACH = 100


def counted(path: Path, work: Callable[[Connection], T]) -> tuple[T, int]:
    """Return what some work comes to, and the hundreds of steps that it takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def connect() -> sqlite3.Connection:
        opened = sqlite3.connect(path)
        opened.set_progress_handler(count, _EACH)
        return opened

    with create_engine("sqlite://", creator=connect, poolclass=NullPool).connect() as connection:
        return work(connection), steps
