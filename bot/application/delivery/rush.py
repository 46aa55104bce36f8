"""Detects a rush: many requests that begin at about the same time. Signs and results then come before statuses."""

from collections import deque
from datetime import datetime, timedelta

from bot.ports import Clock

MANY = 8
WITHIN = timedelta(seconds=3)
"""`MANY` requests within this time are a rush. A status for each would take processor time from painting."""

_MOST_REMEMBERED = 200


class Rush:
    """Remembers when requests began, and detects a rush."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: deque[datetime] = deque(maxlen=_MOST_REMEMBERED)

    def begins(self) -> datetime:
        """Note that a request begins. Return the time."""
        now = self._clock.now()
        self._begun.append(now)
        return now

    def was_at(self, moment: datetime) -> bool:
        """Whether there was a rush at a moment. Call it some time later, when the other requests have begun as well."""
        return sum(abs(begun - moment) < WITHIN for begun in self._begun) >= MANY
