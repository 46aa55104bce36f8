"""Whom to ask next after a fault, and when: only where it is safe, and never for long.

What another endpoint may paint and cost nothing goes to the next one at once; when all have failed so, we wait and
ask again, in rounds. What may be billed again is asked for once more at most. Everything else is final.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.wait import wait_exception, wait_random_exponential

from bot.domain.image_faults import ConnectionLost, EndpointBusy, HistoryRejected, ImageFault, Retry, UnreadableAnswer
from bot.image_api.breaker import SHORT_SECONDS
from bot.image_api.route import Candidate
from bot.ports import Clock

MOST_ROUNDS = 4
LONGEST_SECONDS = 60.0
"""No round begins later than this after an order's first fault."""

_ASK_ELSEWHERE = (ConnectionLost, HistoryRejected, UnreadableAnswer)
"""Faults that may lie at the endpoint though they end an order there: another is better asked first."""


class Prospects:
    """Who can still be asked for one order."""

    def __init__(self, candidates: Sequence[Candidate], clock: Clock, *, retry_billed: bool) -> None:
        self.left = list(candidates)
        self._clock = clock
        self._retry_billed = retry_billed
        self._may_repeat = True
        self._ready_at: dict[Candidate, datetime] = {}
        self._ends_at: datetime | None = None
        self._hope: ImageFault | None = None

    def round(self) -> list[Candidate]:
        """Who comes in the next round: whoever did not ask us to wait longer."""
        now = self._clock.now()
        return [each for each in self.left if self._ready_at.get(each, now) <= now] or list(self.left)

    def after(
        self,
        fault: ImageFault,
        candidate: Candidate,
        turns: list[Candidate],
        *,
        is_billed: bool,
        successor: Candidate | None,
    ) -> list[Candidate]:
        """Who comes next in this round, of whom `turns` are to come anyway. Raises the fault where it is final."""
        now = self._clock.now()
        self._ends_at = self._ends_at or now + timedelta(seconds=LONGEST_SECONDS)
        if fault.retry is Retry.NEVER:
            at = self.left.index(candidate)
            self.left[at : at + 1] = [successor] if successor else []
        if fault.is_of_the_endpoint:
            self._ready_at[candidate] = now + timedelta(seconds=fault.retry_after_seconds or 0.0)
            return [successor, *turns] if successor else turns
        may_repeat = fault.retry is Retry.ONCE and self._may_repeat and (self._retry_billed or not is_billed)
        if not may_repeat:
            raise fault
        self._may_repeat = False
        return [*turns, candidate] if isinstance(fault, _ASK_ELSEWHERE) else [candidate, *turns]

    def conclude(self, faults: Sequence[ImageFault], resting: ImageFault | None) -> ImageFault:
        """What a round without a picture is told as: the fault that leaves most hope, and whether to wait for it.

        For whom `resting` speaks is not waited for: members are better told when to come back.
        """
        waits = [fault for fault in faults if fault.retry is Retry.BACKOFF]
        if waits:
            soonest = min(waits, key=lambda fault: fault.retry_after_seconds or 0.0)
            self._hope = soonest if (soonest.retry_after_seconds or 0.0) <= SHORT_SECONDS else None
            return soonest
        told = [fault for fault in faults if fault.retry is Retry.ONCE]
        known = (fault for fault in (*told, resting, *faults) if fault is not None)
        return next(known, EndpointBusy("every endpoint rested until now"))

    def in_rounds(self) -> AsyncRetrying:
        """Calls a round until it comes to a picture or nobody is worth waiting for; then raises its fault."""
        return AsyncRetrying(
            sleep=self._clock.sleep,
            wait=wait_exception(_asked_seconds) + wait_random_exponential(multiplier=2, min=1, max=30),
            stop=self._is_over,
            retry=retry_if_exception(lambda error: error is self._hope),
            reraise=True,
        )

    def _is_over(self, state: RetryCallState) -> bool:
        next_at = self._clock.now() + timedelta(seconds=state.upcoming_sleep)
        return state.attempt_number >= MOST_ROUNDS or (self._ends_at is not None and next_at > self._ends_at)


def _asked_seconds(fault: BaseException) -> float:
    return (isinstance(fault, ImageFault) and fault.retry_after_seconds) or 0.0
