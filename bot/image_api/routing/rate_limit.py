"""The rate limit of an endpoint for a model, learned from what it accepts and refuses. The time is told, never read.

Nothing is known at first: requests leave almost freely. A refusal begins a pause, as long as the endpoint asks for.
After it one request, the probe, finds out whether the endpoint accepts again; then the rate doubles with each request
that is accepted, up to the rate that was measured before the refusal, and much later grows slowly beyond it.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = 8
"""Requests that leave at once where no limit is known."""

START_RATE = 15.0
"""Requests a second beyond these where no limit is known: so few are on their way when the first is refused."""

QUICK_SECONDS = 0.2
"""Where no limit is known, an answer as quick as this lets the next request leave at once: a refusal is as quick."""

PROBE_RATE = 0.5
"""Requests a second right after a pause."""

LOWEST_RATE = 1 / 600
"""Requests a second, however much is refused."""

SILENCE_SECONDS = 2.0
"""What is not refused for so long counts as accepted: refusals come soon, pictures take their time."""

LONGEST_SILENCE_SECONDS = 30.0

FIRST_PAUSE_SECONDS = 1.0
"""The pause where the endpoint names none; each that ends in another refusal doubles it.

What is refused later than one pause after the last pause is no such end: the pauses begin anew.
"""

TRUSTED_PAUSES = 3
"""So often in a row a pause is as long as the endpoint asks for, before the doubling counts there too."""

LONGEST_PAUSE_SECONDS = 600.0
"""No pause is longer, whatever the endpoint asks for: one probe that is refused costs nothing."""

MEASURED_SECONDS = 60.0
"""The rate is measured over so long, or since the last pause."""

FINDING_SECONDS = 10.0
"""So long after a pause members are told no higher rate than about what was accepted since."""

HOLD_SECONDS = 30.0
HOLD_ACCEPTED = 5
"""So long after a pause, and until so many requests were accepted, nothing leaves faster than was measured."""

GROWTH = 1.03
"""By this the rate grows afterwards, with each request that is accepted."""

LARGEST_CUT = 4.0
"""A measurement lowers the rate to a fourth at most: while few requests come, few are accepted."""

FORGET_SECONDS = 300.0
"""So long after the last pause nothing is known of a limit any more, unless it is asked as often as it takes."""

MOST_REMEMBERED = 1_000


@dataclass(slots=True, eq=False)
class Permit:
    """That one request may leave, and what is known of it."""

    at: datetime
    pauses_before: int
    is_judged: bool = False  # or was silent for so long that it seems accepted
    is_over: bool = False
    counts: bool = True  # as accepted, as far as we know


class RateLimit:
    """When the next request may leave."""

    def __init__(self) -> None:
        self._ceiling = START_RATE
        self._ceiling_before = START_RATE  # the pauses in a row
        self._measured_from: datetime | None = None  # the end of the pause before these; None: the beginning
        self._silence_seconds = SILENCE_SECONDS
        self._pauses = 0
        self._pauses_in_a_row = 0
        self._accepted = 0  # since the last pause
        self._pause_length = 0.0  # of the last pause, in seconds
        self._asked_for_nothing = False  # the last refusal said that the next request may come at once
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
        """Whether the endpoint has refused something lately."""
        return self._paused_until is not None or self._resumed_at is not None

    def pause_seconds(self, now: datetime) -> float:
        """Seconds until the pause is over; 0 where there is none."""
        self._advance(now)
        return 0.0 if self._paused_until is None else (self._paused_until - now).total_seconds()

    def seconds_until_free(self, now: datetime) -> float:
        """Seconds until the next request may leave, as far as we know; 0 if it may leave now."""
        if (pause := self.pause_seconds(now)) > 0:
            return pause
        if self._probe is not None:
            return max(0.0, self._silence_seconds - _seconds(self._probe.at, now))
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def seconds_until_turn(self, ahead: int, now: datetime) -> float:
        """Seconds until a request may leave before which so many others leave, as far as we know.

        The rate after a pause has to be found first; whoever waits is better told too long a time than too short.
        """
        return self.seconds_until_free(now) + ahead * self.seconds_between(now)

    def seconds_between(self, now: datetime) -> float:
        """Seconds between two requests that leave one after the other, as far as we know.

        Right after a pause the rate that was measured is only hoped for: a burst may have been in it.
        """
        self._advance(now)
        if self._paused_until is not None:
            return 1 / min(self._measured(self._paused_until), 2 * PROBE_RATE)
        rate = min(self._ceiling, 4 * self._rate)  # it doubles with each that is accepted
        since = None if self._resumed_at is None else max(0.0, _seconds(self._resumed_at, now))
        if since is not None and since < FINDING_SECONDS:
            rate = min(rate, (3 + self._accepted) / (1 + since))
        return 1 / rate

    def leave(self, now: datetime) -> Permit:
        """A request leaves, which `seconds_until_free` allowed; `accept`, `refuse` or `drop` must follow."""
        self._advance(now)
        self._tokens -= 1.0
        permit = Permit(at=now, pauses_before=self._pauses)
        self._recent.append(permit)
        self._unjudged.append(permit)
        if self._is_probe_due:
            self._probe, self._is_probe_due = permit, False
        return permit

    def accept(self, permit: Permit, now: datetime) -> None:
        """The endpoint took a request, whatever came of it."""
        self._advance(now)
        permit.is_over = True
        self._accept(permit, now)
        if not self.is_known and _seconds(permit.at, now) < QUICK_SECONDS:
            self._tokens = min(float(BURST), self._tokens + 1.0)

    def drop(self, permit: Permit) -> None:
        """Nothing is known of a request: it was cancelled, or never arrived. One that was judged stays so."""
        if permit.is_over:
            return
        permit.is_over = True
        permit.is_judged, permit.counts = True, False
        if permit is self._probe:
            self._probe, self._is_probe_due, self._tokens = None, True, 1.0

    def refuse(self, permit: Permit, now: datetime, asked_seconds: float | None) -> float | None:
        """The endpoint refused a request; the seconds of the pause that begins with it, if one does.

        What left before the last pause tells nothing new: only a longer time that it is asked to wait counts.
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
        """Begin with short pauses anew, after some quiet or where the endpoint says so; but not each time it does."""
        quiet_seconds = 0.0 if self._pause_ended_at is None else _seconds(self._pause_ended_at, permit.at)
        says_at_once = asked_seconds == 0 and not self._asked_for_nothing
        if says_at_once or quiet_seconds >= max(self._pause_length, FIRST_PAUSE_SECONDS):
            self._pauses_in_a_row = 0
        self._asked_for_nothing = asked_seconds == 0

    def _next_pause(self, asked_seconds: float | None) -> float:
        times = min(self._pauses_in_a_row, 30)  # doubled more often, it is too long anyway
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
        """Let the time pass that has passed: a pause may be over, a silence, and what is known too old."""
        if self._paused_until is not None and not 0 < _seconds(now, self._paused_until) <= LONGEST_PAUSE_SECONDS:
            self._resume(now)  # more can only be a clock that was set back
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
        """Begin anew, unless requests leave one after the other: then the rate has grown, or would be refused."""
        if self._ceiling < START_RATE and self._recent and _seconds(self._recent[-1].at, now) < 2 / self._rate:
            return
        self._rate = self._ceiling = START_RATE
        self._resumed_at, self._silence_seconds = None, SILENCE_SECONDS

    def _measured(self, end: datetime) -> float:
        """Requests a second that were accepted before the pauses that end now, which belong to that time."""
        begin = end - timedelta(seconds=MEASURED_SECONDS)
        if self._measured_from is not None:
            begin = max(begin, self._measured_from)
        accepted = [permit.at for permit in self._recent if permit.counts and permit.at >= begin]
        if not accepted:
            return self._ceiling_before  # it accepted nothing at all: that was no rate
        measured = len(accepted) / max(_seconds(accepted[0], end), 1 / START_RATE)
        return min(max(measured, self._ceiling_before / LARGEST_CUT, LOWEST_RATE), START_RATE)


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
