"""Whether many requests have begun at about the same time, so that signs and results come before statuses."""

from collections import deque
from datetime import datetime, timedelta

from bot.ports import Clock

MANY = 8
WITHIN = timedelta(seconds=2)
"""So many requests within so long are a rush. A status for each would keep the machine from what they wait for."""


class Rush:
    """Counts the requests that begin."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: deque[datetime] = deque(maxlen=MANY)

    def begins(self) -> None:
        """One more request begins."""
        self._begun.append(self._clock.now())

    @property
    def is_on(self) -> bool:
        """Whether many have begun just now."""
        return len(self._begun) == MANY and self._clock.now() - self._begun[0] < WITHIN
