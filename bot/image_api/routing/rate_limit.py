"""Learns an endpoint's rate limit for a model from accepted and refused requests. The caller passes the time.

At first no limit is known, and requests are sent almost freely. A refusal begins a pause, as long as the endpoint asks
for. After the pause one request, the probe, finds out whether the endpoint accepts again. Then each accepted request
doubles the rate, up to the rate measured before the refusal. Much later the rate grows slowly beyond it.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = 8
"""Size of the token bucket while no limit is known: so many requests may be sent at once."""

START_RATE = 15.0
"""Requests per second after that burst while no limit is known. So only few are in flight at the first refusal."""

QUICK_SECONDS = 0.2
"""While no limit is known, an answer within this time lets the next request go at once: a refusal comes as quickly."""

PROBE_RATE = 0.5
"""Requests per second right after a pause."""

LOWEST_RATE = 1 / 600
"""Requests per second at least, however many are refused."""

SILENCE_SECONDS = 2.0
"""A request that is not refused within this time counts as accepted: refusals come soon, pictures take longer."""

LONGEST_SILENCE_SECONDS = 30.0

FIRST_PAUSE_SECONDS = 1.0
"""The pause if the endpoint names none. Each pause that ends in another refusal doubles it.

A refusal that comes later than one pause length after the last pause does not count as such: the pauses start small
again.
"""

TRUSTED_PAUSES = 3
"""So many pauses in a row are as long as the endpoint asks for. After that the doubling applies to these too."""

LONGEST_PAUSE_SECONDS = 600.0
"""No pause is longer, whatever the endpoint asks for: one refused probe costs nothing."""

MEASURED_SECONDS = 60.0
"""The rate is measured over this time, or since the last pause if that is shorter."""

FINDING_SECONDS = 10.0
"""For this time after a pause, estimates for members assume no rate much above what was accepted since."""

HOLD_SECONDS = 30.0
HOLD_ACCEPTED = 5
"""For this time after a pause, and until so many requests were accepted, the rate stays at most at the measured one."""

GROWTH = 1.03
"""After that, each accepted request multiplies the rate by this."""

LARGEST_CUT = 4.0
"""A measurement lowers the rate to a fourth at most: if few requests were sent, few could be accepted."""

FORGET_SECONDS = 300.0
"""This long after the last pause the limit is forgotten, unless requests are still sent at the full known rate."""

MOST_REMEMBERED = 1_000


@dataclass(slots=True, eq=False)
class Permit:
    """Permission to send one request, and what is known of that request."""

    at: datetime
    pauses_before: int
    is_judged: bool = False  # or not refused for so long that it counts as accepted
    is_over: bool = False
    counts: bool = True  # counts as accepted, as far as we know


class RateLimit:
    """The rate limiter of one endpoint and model: a token bucket whose rate is learned."""

    def __init__(self) -> None:
        self._ceiling = START_RATE
        self._ceiling_before = START_RATE  # before the pauses in a row
        self._measured_from: datetime | None = None  # the end of the pause before these; None: from the beginning
        self._silence_seconds = SILENCE_SECONDS
        self._pauses = 0
        self._pauses_in_a_row = 0
        self._accepted = 0  # requests since the last pause
        self._pause_length = 0.0  # of the last pause, in seconds
        self._asked_for_nothing = False  # the last refusal said that the next request may be sent at once
        self._paused_until: datetime | None = None
        self._resumed_at: datetime | None = None  # None: no limit is known
        self._pause_ended_at: datetime | None = None
        self._probe: Permit | None = None
        self._is_probe_due = False
        self._recent: deque[Permit] = deque(maxlen=MOST_REMEMBERED)
        self._unjudged: deque[Permit] = deque(maxlen=MOST_REMEMBERED)
        self._rate = START_RATE
        self._tokens = float(BURST)
        self._filled_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether the endpoint has refused a request lately."""
        return self._paused_until is not None or self._resumed_at is not None

    def pause_seconds(self, now: datetime) -> float:
        """Return the seconds until the pause is over; 0 if there is none."""
        self._advance(now)
        return 0.0 if self._paused_until is None else (self._paused_until - now).total_seconds()

    def seconds_until_free(self, now: datetime) -> float:
        """Return the seconds until the next request may be sent, as far as we know; 0 if it may be sent now."""
        if (pause := self.pause_seconds(now)) > 0:
            return pause
        if self._probe is not None:
            return max(0.0, self._silence_seconds - _seconds(self._probe.at, now))
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def seconds_until_turn(self, ahead: int, now: datetime) -> float:
        """Estimate the seconds until a request may be sent that has `ahead` other requests before it.

        The rate after a pause must be found first. Too long an estimate is better for those who wait than too short a
        one.
        """
        return self.seconds_until_free(now) + ahead * self.seconds_between(now)

    def seconds_between(self, now: datetime) -> float:
        """Estimate the seconds between two requests sent one after the other.

        Right after a pause the measured rate is not certain: a burst may have been part of it.
        """
        self._advance(now)
        if self._paused_until is not None:
            return 1 / min(self._measured(self._paused_until), 2 * PROBE_RATE)
        rate = min(self._ceiling, 4 * self._rate)  # each accepted request doubles the rate
        since = None if self._resumed_at is None else max(0.0, _seconds(self._resumed_at, now))
        if since is not None and since < FINDING_SECONDS:
            rate = min(rate, (3 + self._accepted) / (1 + since))
        return 1 / rate

    def leave(self, now: datetime) -> Permit:
        """Take a permit for a request that `seconds_until_free` allowed.

        `accept`, `refuse` or `drop` must follow.
        """
        self._advance(now)
        self._tokens -= 1.0
        permit = Permit(at=now, pauses_before=self._pauses)
        self._recent.append(permit)
        self._unjudged.append(permit)
        if self._is_probe_due:
            self._probe, self._is_probe_due = permit, False
        return permit

    def accept(self, permit: Permit, now: datetime) -> None:
        """Record that the endpoint accepted a request, whether or not it made a picture."""
        self._advance(now)
        permit.is_over = True
        self._accept(permit, now)
        if not self.is_known and _seconds(permit.at, now) < QUICK_SECONDS:
            self._tokens = min(float(BURST), self._tokens + 1.0)

    def drop(self, permit: Permit) -> None:
        """Release a permit whose outcome is unknown: cancelled, or never arrived.

        No effect after `accept` or `refuse`.
        """
        if permit.is_over:
            return
        permit.is_over = True
        permit.is_judged, permit.counts = True, False
        if permit is self._probe:
            self._probe, self._is_probe_due, self._tokens = None, True, 1.0

    def refuse(self, permit: Permit, now: datetime, asked_seconds: float | None) -> float | None:
        """Record a refused request. Return the seconds of the pause if this begins one.

        A request sent before the last pause tells nothing new: it can only make the current pause longer.
        """
        self._advance(now)
        permit.is_judged, permit.is_over, permit.counts = True, True, False
        latency = _seconds(permit.at, now)
        self._silence_seconds = min(LONGEST_SILENCE_SECONDS, max(self._silence_seconds, 2 * latency))
        if permit.pauses_before != self._pauses:
            if self._paused_until is not None and asked_seconds is not None:
                until = now + timedelta(seconds=min(asked_seconds, LONGEST_PAUSE_SECONDS))
                self._paused_until = max(self._paused_until, until)
            return None
        self._forget_pauses(permit, asked_seconds)
        if self._pauses_in_a_row == 0:
            self._ceiling_before, self._measured_from = self._ceiling, self._resumed_at
        seconds = self._pause_length = self._next_pause(asked_seconds)
        self._paused_until = now + timedelta(seconds=seconds)
        self._probe, self._is_probe_due = None, False
        self._pauses += 1
        self._pauses_in_a_row += 1
        return seconds

    def _forget_pauses(self, permit: Permit, asked_seconds: float | None) -> None:
        """Reset the pause length after a quiet time, or if the endpoint says "at once", but not twice in a row."""
        quiet_seconds = 0.0 if self._pause_ended_at is None else _seconds(self._pause_ended_at, permit.at)
        says_at_once = asked_seconds == 0 and not self._asked_for_nothing
        if says_at_once or quiet_seconds >= max(self._pause_length, FIRST_PAUSE_SECONDS):
            self._pauses_in_a_row = 0
        self._asked_for_nothing = asked_seconds == 0

    def _next_pause(self, asked_seconds: float | None) -> float:
        times = min(self._pauses_in_a_row, 30)  # the limit avoids an overflow; such a pause is too long anyway
        if asked_seconds is None:
            seconds = FIRST_PAUSE_SECONDS * 2.0**times
        else:
            seconds = max(asked_seconds, FIRST_PAUSE_SECONDS * 2.0 ** (times - TRUSTED_PAUSES))
        return min(seconds, LONGEST_PAUSE_SECONDS)

    def _accept(self, permit: Permit, now: datetime) -> None:
        if permit.is_judged:
            return
        permit.is_judged = True
        if permit.pauses_before != self._pauses:
            return
        self._pauses_in_a_row = 0
        self._accepted += 1
        if permit is self._probe:
            self._probe = None
        if self._resumed_at is None:
            return
        if self._rate < self._ceiling:
            self._rate = min(self._ceiling, 2 * self._rate)
        elif self._accepted > HOLD_ACCEPTED and _seconds(self._resumed_at, now) >= HOLD_SECONDS:
            self._rate = self._ceiling = min(START_RATE, GROWTH * self._ceiling)

    def _advance(self, now: datetime) -> None:
        """Update the state to `now`: end a pause, count silence as accepted, forget an old limit, refill the bucket."""
        if self._paused_until is not None and not 0 < _seconds(now, self._paused_until) <= LONGEST_PAUSE_SECONDS:
            self._resume(now)  # a longer pause means that the clock was set back
        elif self._resumed_at is not None and _seconds(self._resumed_at, now) >= FORGET_SECONDS:
            self._forget(now)
        while self._unjudged and (
            self._unjudged[0].is_judged or _seconds(self._unjudged[0].at, now) >= self._silence_seconds
        ):
            self._accept(self._unjudged.popleft(), now)
        passed = 0.0 if self._filled_at is None else max(0.0, _seconds(self._filled_at, now))
        self._filled_at = now
        self._tokens = min(1.0 if self.is_known else float(BURST), self._tokens + passed * self._rate)

    def _resume(self, now: datetime) -> None:
        self._ceiling = self._measured(now)
        self._rate = min(PROBE_RATE, self._ceiling)
        self._tokens, self._filled_at = 1.0, now
        self._pause_ended_at = self._paused_until
        self._paused_until, self._resumed_at, self._accepted = None, now, 0
        self._is_probe_due = True

    def _forget(self, now: datetime) -> None:
        """Forget the limit, unless requests are sent at full rate: it has grown by then, or more would be refused."""
        if self._ceiling < START_RATE and self._recent and _seconds(self._recent[-1].at, now) < 2 / self._rate:
            return
        self._rate = self._ceiling = START_RATE
        self._resumed_at, self._silence_seconds = None, SILENCE_SECONDS

    def _measured(self, end: datetime) -> float:
        """Measure the accepted requests per second before the pauses that end now, including the time of the pauses."""
        begin = end - timedelta(seconds=MEASURED_SECONDS)
        if self._measured_from is not None:
            begin = max(begin, self._measured_from)
        accepted = [permit.at for permit in self._recent if permit.counts and permit.at >= begin]
        if not accepted:
            return self._ceiling_before  # nothing at all was accepted, so that was no rate
        measured = len(accepted) / max(_seconds(accepted[0], end), 1 / START_RATE)
        return min(max(measured, self._ceiling_before / LARGEST_CUT, LOWEST_RATE), START_RATE)


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
