"""The time that entries carry and that the page counts from."""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_milliseconds() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def to_milliseconds(at: datetime) -> int:
    """An instant as milliseconds since 1970 UTC."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
