"""Whom to ask next after a fault, and when: only where it is safe, and never for long.

What another endpoint may paint and cost nothing goes to the next one at once; the one that failed is asked again after
a backoff. What a rate limit refused waits for its next turn. What may be billed again is asked for once more at most,
and never above the number of attempts that the order has left. Everything else is final.
"""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.image_faults import (
    ConnectionLost,
    EndpointBusy,
    EndpointRateLimited,
    HistoryRejected,
    ImageFault,
    NoPictureMade,
    Retry,
    UnreadableAnswer,
)
from bot.image_api.routing.gates import Option
from bot.image_api.routing.route import Candidate
from bot.ports import Clock

MOST_ATTEMPTS = 4
"""So often one order asks an endpoint that fails; what its rate limit refuses does not count."""

SHORTEST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 30.0

_ASK_ELSEWHERE = (ConnectionLost, HistoryRejected, UnreadableAnswer)
"""Faults that may lie at the endpoint though they end an order there: another is better asked first."""


class RetryPlan:
    """Who can still be asked for one order."""

    def __init__(
        self, candidates: Sequence[Candidate], clock: Clock, *, retry_billed: bool, attempts_left: int
    ) -> None:
        self._left = list(candidates)
        self._clock = clock
        self._retry_billed = retry_billed
        self._attempts_left = attempts_left
        self._may_repeat = True
        self._ready_at: dict[Candidate, datetime] = {}
        self._failures: Counter[Candidate] = Counter()
        self._newest: dict[Candidate, ImageFault] = {}

    @property
    def left(self) -> Sequence[Candidate]:
        """Who may be asked, now or later."""
        return self._left

    def options(self) -> Sequence[Option]:
        """Who may be asked next, whom we like best first, and from when on."""
        return [Option(candidate=each, ready_at=self._ready_at.get(each)) for each in self._left]

    def note(
        self, fault: ImageFault, candidate: Candidate, *, is_billed: bool, successor: Candidate | None = None
    ) -> None:
        """Plan on after a fault. Raises it where it is final.

        `successor` is asked in place of the candidate, where its model is retired.
        """
        self._newest[candidate] = fault
        self._attempts_left -= is_billed
        if self._attempts_left < 1:
            raise fault  # whatever it is: one request more might be one bill too many
        if fault.is_of_the_endpoint:
            self._back_off(fault, candidate, successor)
            return
        is_answer = isinstance(fault, NoPictureMade) and fault.words is not None
        may_repeat = fault.retry is Retry.ONCE and self._may_repeat and not is_answer
        if not may_repeat or (is_billed and not self._retry_billed):
            raise fault  # what the request itself is to blame for is the member's to try again
        self._may_repeat = False
        if isinstance(fault, _ASK_ELSEWHERE):
            self._left.remove(candidate)
            self._left.append(candidate)

    def conclude(self, resting: ImageFault | None) -> ImageFault:
        """Choose the fault to raise when nobody can be asked in time: the one that leaves most hope.

        `resting` says why those that are left are not asked.
        """
        faults = list(self._newest.values())
        waits = [fault for fault in faults if fault.retry is Retry.BACKOFF]
        if waits:
            newest = min(waits, key=lambda fault: fault.retry_after_seconds or 0.0)
            return newest if newest.retry_after_seconds is not None or resting is None else resting
        told = [fault for fault in faults if fault.retry is Retry.ONCE]
        known = (fault for fault in (*told, resting, *faults) if fault is not None)
        return next(known, EndpointBusy("no turn came in the time that a request may wait"))

    def _back_off(self, fault: ImageFault, candidate: Candidate, successor: Candidate | None) -> None:
        self._failures[candidate] += not isinstance(fault, EndpointRateLimited)
        if fault.retry is Retry.NEVER or self._failures[candidate] >= MOST_ATTEMPTS:
            at = self._left.index(candidate)
            self._left[at : at + 1] = [successor] if successor else []
        elif not isinstance(fault, EndpointRateLimited):
            seconds = (fault.retry_after_seconds or 0.0) + _backoff_seconds(self._failures[candidate])
            self._ready_at[candidate] = self._clock.now() + timedelta(seconds=seconds)


def _backoff_seconds(failures: int) -> float:
    """Drawn by chance, so that not all come back at once, from a span that doubles."""
    return max(SHORTEST_BACKOFF_SECONDS, random.uniform(0, min(2.0**failures, LONGEST_BACKOFF_SECONDS)))  # noqa: S311 - no secret
