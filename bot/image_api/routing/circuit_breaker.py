"""The circuit breaker: what fails again and again is left alone for a while, and then tried with one request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.image_faults import (
    ConnectionLost,
    EndpointBusy,
    EndpointMoved,
    EndpointRateLimited,
    EndpointUnreachable,
    FundsUsedUp,
    ImageFault,
    KeyRejected,
    TookTooLong,
    UnreadableAnswer,
)

FAULTS_IN_A_ROW = 5
"""So many begin a rest: one more than a single order makes in its rounds."""

FIRST_REST_SECONDS = 30.0
"""The first rest; each trial that fails doubles it."""

LONGEST_REST_SECONDS = 600.0
"""No rest is longer, whatever the endpoint says: a trial costs nothing where it is still busy."""

OWNERS_REST_SECONDS = 300.0
"""The rest after a fault that only the owner can mend."""

SHORT_SECONDS = 30.0
"""What an endpoint that failed may ask us to wait without resting."""

OWNERS_FAULTS = (KeyRejected, FundsUsedUp, EndpointMoved)
"""Faults that last until the owner does something."""

_COUNTED = (EndpointUnreachable, EndpointBusy, ConnectionLost, TookTooLong, UnreadableAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCircuit:
    """Why and how long something is not asked."""

    seconds: float  # until it may be asked again, as far as we know
    fault: type[ImageFault]  # that the rest began with
    reason: str  # for the owner


class Breaker:
    """Whether something may be asked, judged by how its last tries ended. The time is told, never read."""

    def __init__(self) -> None:
        self._faults_in_a_row = 0
        self._failed_trials = 0
        self._is_on_trial = False
        self._wakes_at: datetime | None = None  # None: as far as we know it works
        self._fault: type[ImageFault] = EndpointBusy  # the kind alone: a fault keeps alive all it passed through
        self._reason = ""

    def rest(self, now: datetime) -> OpenCircuit | None:
        """The rest that it takes now; None where it may be asked."""
        if self._wakes_at is None:
            return None
        seconds = (self._wakes_at - now).total_seconds()
        if 0 < seconds <= LONGEST_REST_SECONDS:  # more can only be a clock that was set back
            return self._told(seconds)
        return self._told(FIRST_REST_SECONDS) if self._is_on_trial else None

    def begin(self) -> bool:
        """A try begins, which `rest` allowed. Whether it is the trial after a rest, which must be ended."""
        self._is_on_trial = self._wakes_at is not None
        return self._is_on_trial

    def judge(self, fault: ImageFault | None, now: datetime, *, is_trial: bool) -> OpenCircuit | None:
        """A try has ended, with pictures or with a fault; the rest that begins with it, if one does.

        What began before a rest says nothing about the time after it.
        """
        if self._wakes_at is not None and not is_trial:
            return None
        seconds = self._rest_seconds(fault, is_trial=is_trial)
        self._faults_in_a_row = self._faults_in_a_row + 1 if _is_counted(fault) else 0
        if fault is None or seconds is None:
            if is_trial:
                self._wakes_at, self._failed_trials = None, 0
            return None
        self._failed_trials += is_trial
        self._wakes_at = now + timedelta(seconds=seconds)
        self._fault, self._reason = type(fault), fault.owner_text
        return self._told(seconds)

    def end_trial(self) -> None:
        """The trial is over, judged or not; where it was not, the next try is one."""
        self._is_on_trial = False

    def _told(self, seconds: float) -> OpenCircuit:
        return OpenCircuit(seconds=seconds, fault=self._fault, reason=self._reason)

    def _rest_seconds(self, fault: ImageFault | None, *, is_trial: bool) -> float | None:
        if isinstance(fault, OWNERS_FAULTS):
            return OWNERS_REST_SECONDS
        if fault is None or not _is_counted(fault):
            return None
        asked = (fault.retry_after_seconds or 0.0) if isinstance(fault, EndpointBusy) else 0.0
        if asked <= SHORT_SECONDS and not is_trial and self._faults_in_a_row + 1 < FAULTS_IN_A_ROW:
            return None
        doubled = FIRST_REST_SECONDS * 2.0 ** (self._failed_trials + is_trial) if asked <= SHORT_SECONDS else asked
        return min(doubled, LONGEST_REST_SECONDS)


def _is_counted(fault: ImageFault | None) -> bool:
    """Whether a fault may be an outage; what a rate limit refuses only comes too soon."""
    return isinstance(fault, _COUNTED) and not isinstance(fault, EndpointRateLimited)
