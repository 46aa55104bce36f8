"""Decides which endpoint to ask next after a fault, and when. It retries only where that is safe, and not for long.

After a fault that costs nothing and that another endpoint may not have, the next endpoint is asked at once, and the
failed one again after a backoff. An attempt refused by a rate limit waits for its next turn. An attempt that may be
billed again is retried once at most, and never beyond the attempts that the order has left. Every other fault is final.
"""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.fault_meaning import Elsewhere, Retry
from bot.domain.image_faults import EndpointBusy, EndpointRateLimited, ImageFault, meaning_of
from bot.image_api.routing.gates import Option
from bot.image_api.routing.route import Candidate
from bot.ports import Clock

MOST_ATTEMPTS = 4
"""Attempts of one order at an endpoint that fails. Refusals by its rate limit do not count."""

SHORTEST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 30.0


class RetryPlan:
    """The endpoints that one order can still be sent to."""

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
        """The candidates that may be asked, now or later."""
        return self._left

    def options(self) -> Sequence[Option]:
        """Return the candidates to ask next, the preferred one first, each with its earliest time."""
        return [Option(candidate=each, ready_at=self._ready_at.get(each)) for each in self._left]

    def note(
        self, fault: ImageFault, candidate: Candidate, *, is_billed: bool, successor: Candidate | None = None
    ) -> None:
        """Change the plan after a fault. Raises the fault if it is final.

        `successor` replaces the candidate if its model is retired.
        """
        self._newest[candidate] = fault
        self._attempts_left -= is_billed
        if self._attempts_left < 1:
            raise fault  # whatever the fault is: one more request might be one bill too many
        meaning = meaning_of(fault)
        if meaning.elsewhere is Elsewhere.AT_ONCE:
            self._back_off(fault, candidate, successor)
            return
        is_answer = meaning.with_words is not None and fault.words is not None
        may_repeat = meaning.retry is Retry.ONCE and self._may_repeat and not is_answer
        if not may_repeat or (is_billed and not self._retry_billed):
            raise fault  # the request itself is to blame, so the member decides whether to try again
        self._may_repeat = False
        if meaning.elsewhere is Elsewhere.BEFORE_REPEATING:
            self._left.remove(candidate)
            self._left.append(candidate)

    def conclude(self, resting: ImageFault | None) -> ImageFault:
        """Choose the fault to raise when no endpoint can be asked in time. A retryable fault wins.

        `resting` says why the candidates that are left are not asked.
        """
        faults = list(self._newest.values())
        waits = [fault for fault in faults if meaning_of(fault).retry is Retry.BACKOFF]
        if waits:
            newest = min(waits, key=lambda fault: fault.retry_after_seconds or 0.0)
            return newest if newest.retry_after_seconds is not None or resting is None else resting
        told = [fault for fault in faults if meaning_of(fault).retry is Retry.ONCE]
        known = (fault for fault in (*told, resting, *faults) if fault is not None)
        return next(known, EndpointBusy("no turn came in the time that a request may wait"))

    def _back_off(self, fault: ImageFault, candidate: Candidate, successor: Candidate | None) -> None:
        self._failures[candidate] += not isinstance(fault, EndpointRateLimited)
        if meaning_of(fault).retry is Retry.NEVER or self._failures[candidate] >= MOST_ATTEMPTS:
            at = self._left.index(candidate)
            self._left[at : at + 1] = [successor] if successor else []
        elif not isinstance(fault, EndpointRateLimited):
            seconds = (fault.retry_after_seconds or 0.0) + _backoff_seconds(self._failures[candidate])
            self._ready_at[candidate] = self._clock.now() + timedelta(seconds=seconds)


def _backoff_seconds(failures: int) -> float:
    """Draw a random backoff from a span that doubles, so that not all orders come back at the same time."""
    return max(SHORTEST_BACKOFF_SECONDS, random.uniform(0, min(2.0**failures, LONGEST_BACKOFF_SECONDS)))  # noqa: S311 - no secret
