"""Translate database errors for the core, by whether a retry can help."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime

from bot.domain.errors import StoreFault, StoreRefused, StoreUnavailable

FAULTS = (SQLAlchemyError, sqlite3.Error, ValueError, TypeError, ArithmeticError)
"""The exceptions of a transaction if the database or its driver cannot do what is asked.

The driver raises the last three for bad values: half an emoji, a number of more than 64 bits.
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
"""Temporary conditions of the machine. All other codes are about the statement itself."""


def store_fault(error: Exception) -> StoreFault:
    """Translate one of `FAULTS`. The text quotes no value that was to be stored."""
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
