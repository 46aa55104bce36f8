"""Whether many requests have begun at about the same time, so that signs and results come before statuses."""

from collections import deque
from datetime import datetime, timedelta

from bot.ports import Clock

MANY = 8
WITHIN = timedelta(seconds=3)
"""So many requests within so long are a rush. A status for each would keep the machine from what they wait for."""

_MOST_REMEMBERED = 200


class Rush:
    """Remembers when requests began."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: deque[datetime] = deque(maxlen=_MOST_REMEMBERED)

    def begins(self) -> datetime:
        """One more request begins: when."""
        now = self._clock.now()
        self._begun.append(now)
        return now

    def was_at(self, moment: datetime) -> bool:
        """Whether many began at about a moment. It is asked some time later, when the others have begun as well."""
        return sum(abs(begun - moment) < WITHIN for begun in self._begun) >= MANY
