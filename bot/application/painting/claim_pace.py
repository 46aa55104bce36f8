"""Measures how fast the worker claims jobs while slots are free.

A claim is a transaction among many. On a slow or busy machine, jobs at the end of a long queue wait for their claim
although slots are free. The pace is measured between two reads of the queue.
"""

from datetime import datetime

from bot.domain.requests.queue import Queue

NEWEST_COUNTS = 0.5
"""The weight of the newest measurement in the moving average, 0 to 1."""


class ClaimPace:
    """Measures the seconds between two claims."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._begun: tuple[datetime, int] | None = None  # the time of the last measurement, and the newest claim then
        self.seconds_between = 0.0  # 0 if not known

    def note(self, queue: Queue, now: datetime) -> None:
        """Update the pace from the queue as it is now. The pace is reset when all slots are taken or no job waits."""
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
