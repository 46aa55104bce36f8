"""Logs refused connections: at most one line a minute, however many there are."""

import asyncio
import logging
from collections import Counter
from enum import StrEnum

import structlog
from aiohttp.http_exceptions import HttpProcessingError

log = structlog.get_logger()

LINE_EVERY_SECONDS = 60.0


class Reason(StrEnum):
    """Why a connection was not served."""

    NO_ROOM = "no_room"  # every other connection is busy, or the process has no file descriptor left
    GAVE_WAY = "gave_way"  # closed for a newer connection while it had no request
    TOO_SLOW = "too_slow"  # the head or body was not complete in time
    TOO_MUCH = "too_much"  # bytes that do not belong to a request
    UNREADABLE = "unreadable"  # the data is not valid HTTP


class Refusals:
    """Counts refused connections. Logs the first at once, then the counts of each minute."""

    def __init__(self, server: str, *, line_every_seconds: float = LINE_EVERY_SECONDS) -> None:
        self._server = server
        self._line_every_seconds = line_every_seconds
        self._counts: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def count(self, reason: Reason) -> None:
        """Count one refused connection. Log it if no line was logged in this minute."""
        self._counts[str(reason)] += 1
        if self._timer is None:
            self._write()

    def close(self) -> None:
        """Stop the timer, and log what was counted since the last line."""
        if self._timer is not None:
            self._timer.cancel()
        if self._counts:
            self._write(again=False)

    def _write(self, *, again: bool = True) -> None:
        log.warning("connections-refused", server=self._server, **self._counts)
        self._counts.clear()
        self._timer = asyncio.get_running_loop().call_later(self._line_every_seconds, self._next) if again else None

    def _next(self) -> None:
        self._timer = None
        if self._counts:
            self._write()


class _CountsUnreadable(logging.Filter):
    """Counts unreadable requests and drops their log records, which have tracebacks that quote the request."""

    def __init__(self, refusals: Refusals) -> None:
        super().__init__()
        self._refusals = refusals

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        self._refusals.count(Reason.UNREADABLE)
        return False


def library_logger(refusals: Refusals) -> logging.Logger:
    """Make the logger for the HTTP library. It logs our own errors, and never what a client sent."""
    logger = logging.Logger("adapters.http_server")  # noqa: LOG001 - not shared: each server counts its own requests
    logger.parent = logging.getLogger()
    logger.addFilter(_CountsUnreadable(refusals))
    return logger
