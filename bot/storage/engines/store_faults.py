"""What an error of the database means to the core: whether doing the same once more can help."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime

from bot.domain.errors import StoreFault, StoreRefused, StoreUnavailable

FAULTS = (SQLAlchemyError, sqlite3.Error, ValueError, TypeError, ArithmeticError)
"""What a transaction raises where the database or its driver cannot do what is asked.

The last three are the driver's words for values: half an emoji, a number of more than 64 bits.
"""

_PRIMARY_CODE = 0xFF
"""The bits of SQLite's error code that name its kind (https://sqlite.org/rescode.html)."""

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_SCHEMA,
    }
)
"""Conditions of the machine, which come and go; all others are about what was asked for."""


def store_fault(error: Exception) -> StoreFault:
    """The fault that one of `FAULTS` stands for. It quotes no value that was to be stored."""
    reason = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    kind = StoreUnavailable if _is_passing(error, reason) else StoreRefused
    return kind(f"{type(reason).__name__}: {reason}")


def _is_passing(error: Exception, reason: BaseException) -> bool:
    if isinstance(error, NoConnectionInTime) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    code = getattr(reason, "sqlite_errorcode", None)
    if code is not None:
        return code & _PRIMARY_CODE in _PASSING
    return isinstance(error, OperationalError | sqlite3.OperationalError)
