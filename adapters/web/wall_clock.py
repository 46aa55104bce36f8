"""The time in milliseconds, as entries store it and as the page counts from it."""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_milliseconds() -> int:
    """Return the present time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def to_milliseconds(at: datetime) -> int:
    """Convert a time to milliseconds since 1970 UTC."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
