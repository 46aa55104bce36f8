"""The circuit breaker. After repeated faults the circuit opens for a while; then one trial request is let through."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.fault_meaning import Outage, Retry
from bot.domain.image_faults import EndpointBusy, ImageFault, is_of_owner, meaning_of

FAULTS_IN_A_ROW = 5
"""So many counted faults in a row open the circuit: one more than the attempts of a single order."""

FIRST_REST_SECONDS = 30.0
"""The first time that the circuit stays open. Each failed trial doubles it."""

LONGEST_REST_SECONDS = 600.0
"""The circuit never stays open longer, whatever the endpoint asks for: a trial costs nothing if it is still busy."""

OWNERS_REST_SECONDS = 300.0
"""How long the circuit stays open after a fault that only the owner can repair."""

SHORT_SECONDS = 30.0
"""After a single fault, a Retry-After up to this long does not open the circuit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCircuit:
    """An open circuit: how long it stays open, and why."""

    seconds: float  # until the next request may be sent, as far as we know
    fault: type[ImageFault]  # that opened the circuit
    reason: str  # for the owner


class Breaker:
    """The circuit breaker of one endpoint and model. The caller passes the time; the breaker reads no clock.

    It decides by how the last attempts ended.
    """

    def __init__(self) -> None:
        self._faults_in_a_row = 0
        self._failed_trials = 0
        self._is_on_trial = False
        self._wakes_at: datetime | None = None  # None: the circuit is closed
        self._fault: type[ImageFault] = EndpointBusy  # the class alone: a fault would keep its stack frames alive
        self._reason = ""

    def rest(self, now: datetime) -> OpenCircuit | None:
        """Return why the circuit is open now. Return None if a request may be sent."""
        if self._wakes_at is None:
            return None
        seconds = (self._wakes_at - now).total_seconds()
        if 0 < seconds <= LONGEST_REST_SECONDS:  # a longer time means that the clock was set back
            return self._told(seconds)
        return self._told(FIRST_REST_SECONDS) if self._is_on_trial else None

    def begin(self) -> bool:
        """Begin an attempt that `rest` allowed. Return whether it is the trial of a half-open circuit.

        A trial must be ended with `end_trial`.
        """
        self._is_on_trial = self._wakes_at is not None
        return self._is_on_trial

    def judge(self, fault: ImageFault | None, now: datetime, *, is_trial: bool) -> OpenCircuit | None:
        """Record how an attempt ended: with pictures (None) or with a fault. Return the open circuit if this opens it.

        An attempt that began before the circuit opened says nothing about the time after, so it is ignored.
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
        """End the trial, judged or not. If it was not judged, the next attempt is the trial."""
        self._is_on_trial = False

    def _told(self, seconds: float) -> OpenCircuit:
        return OpenCircuit(seconds=seconds, fault=self._fault, reason=self._reason)

    def _rest_seconds(self, fault: ImageFault | None, *, is_trial: bool) -> float | None:
        if fault is not None and is_of_owner(type(fault)):
            return OWNERS_REST_SECONDS
        if fault is None or not _is_counted(fault):
            return None
        asked = (fault.retry_after_seconds or 0.0) if meaning_of(fault).retry is Retry.BACKOFF else 0.0
        if asked <= SHORT_SECONDS and not is_trial and self._faults_in_a_row + 1 < FAULTS_IN_A_ROW:
            return None
        doubled = FIRST_REST_SECONDS * 2.0 ** (self._failed_trials + is_trial) if asked <= SHORT_SECONDS else asked
        return min(doubled, LONGEST_REST_SECONDS)


def _is_counted(fault: ImageFault | None) -> bool:
    """Whether a fault may mean an outage. A rate limit's refusal does not: the request only came too early."""
    return fault is not None and meaning_of(fault).outage is Outage.POSSIBLE
