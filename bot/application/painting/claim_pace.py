"""How fast jobs are taken from the queue where nothing holds them back but the program itself.

A claim is a transaction among many: on a slow or busy machine those at the end of a long queue wait for it, though
slots are free. That is measured from one look at the queue to the next.
"""

from datetime import datetime

from bot.domain.queue import Queue

NEWEST_COUNTS = 0.5
"""How much the newest measurement counts."""


class ClaimPace:
    """Measures the seconds between two claims."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._begun: tuple[datetime, int] | None = None  # when jobs waited and slots were free, and the newest claim
        self.seconds_between = 0.0  # 0 where nothing is known

    def note(self, queue: Queue, now: datetime) -> None:
        """Take the queue as it is now. What was known is forgotten once jobs wait for slots, or none waits."""
        if not queue.waiting or len(queue.painting) >= self._slots:
            self._begun, self.seconds_between = None, 0.0
            return
        since, newest_claim = self._begun or (now, queue.newest_claim)
        if queue.newest_claim > newest_claim:
            measured = max(0.0, (now - since).total_seconds()) / (queue.newest_claim - newest_claim)
            known = self.seconds_between or measured
            self.seconds_between = known + NEWEST_COUNTS * (measured - known)
            since = now
        self._begun = since, queue.newest_claim
