"""Decides which order may be sent to which endpoint now, and keeps the queue of the orders that wait.

An endpoint has a number of slots, may have a rate limit, and is not asked while its circuit is open. Circuit and rate
limit belong to an endpoint and model, not to an endpoint alone: quotas, overload and a gateway's channels are per
model, and one overloaded model must not stop another that works.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.domain.image_faults import (
    EndpointBusy,
    EndpointRateLimited,
    EndpointUnreachable,
    ImageFault,
    is_of_owner,
    meaning_of,
)
from bot.domain.requests.queue import Turn
from bot.image_api.routing.circuit_breaker import Breaker, OpenCircuit
from bot.image_api.routing.rate_limit import Permit, RateLimit
from bot.image_api.routing.route import Candidate, Route
from bot.image_api.routing.waiting_line import LinePosition, Look, Waiter, WaitingLine
from bot.ports import Clock

log = structlog.get_logger()

REFUSALS = 3
"""After every so many refusals by a rate limit an order goes to the end of the queue: it may be the cause itself."""

NEWEST_COUNTS = 0.3
"""Weight of the newest picture in the moving average of the time that a picture takes."""


@dataclass(slots=True, eq=False)
class _Gate:
    """The state of one endpoint and model."""

    breaker: Breaker = field(default_factory=Breaker)
    limit: RateLimit = field(default_factory=RateLimit)
    picture_seconds: float | None = None  # moving average over its pictures; None: it has made none


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An endpoint that an order may be sent to, now or from a time on."""

    candidate: Candidate
    ready_at: datetime | None = None  # None: now


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A slot at an endpoint, held for one attempt."""

    candidate: Candidate
    permit: Permit
    is_trial: bool  # the trial request of a half-open circuit


class Gates:
    """The gates of all endpoints and models, with one queue for all orders."""

    def __init__(self, routes: Sequence[Route], clock: Clock, *, longest_wait_seconds: float) -> None:
        self._free = Counter({route.name: route.most_at_once for route in routes})
        self._gates: defaultdict[tuple[str, str], _Gate] = defaultdict(_Gate)
        self._longest_wait = timedelta(seconds=longest_wait_seconds)
        self._clock = clock
        self._numbers = itertools.count()
        self._line: WaitingLine[Option, Admission] = WaitingLine(clock, self._look, self.leave)

    def new_place(self, expected_seconds: int) -> LinePosition:
        """Create a place at the end of the queue. `expected_seconds` is the order's expected time once it is sent."""
        return LinePosition(number=next(self._numbers), expected_seconds=expected_seconds)

    async def enter(self, options: Sequence[Option], place: LinePosition) -> Admission | None:
        """Wait for a slot at the first endpoint that may be asked. Orders are served in the order of their places.

        The caller must give the slot back with `leave`. Return None if no endpoint can be asked within the longest time
        that an order waits. That time begins when the order first waits for a rate limit, an open circuit or a backoff.
        Waiting for a slot has no limit.
        """
        return await self._line.wait(options, place) if options else None

    def turn_of(self, place: LinePosition) -> Turn | None:
        """Estimate when a waiting order will be sent and done. Return None if it does not wait or nothing is known."""
        now, ahead = self._clock.now(), self._line.up_to(place)
        if not ahead or ahead[-1].place is not place:
            return None
        seconds, between = min(self._seconds_until_done(option, place, ahead, now) for option in ahead[-1].options)
        if not math.isfinite(seconds):
            return None
        return Turn(place=len(ahead), seconds_until_done=math.ceil(seconds), seconds_between=between)

    def judge(self, admission: Admission, fault: ImageFault | None, place: LinePosition) -> None:
        """Record how a completed attempt ended, in circuit breaker and rate limit."""
        now, gate = self._clock.now(), self._gate(admission.candidate)
        about = {"endpoint": admission.candidate.route.name, "model": admission.candidate.wish.model}
        if isinstance(fault, EndpointRateLimited):
            pause = gate.limit.refuse(admission.permit, now, fault.retry_after_seconds)
            if pause is not None:
                log.warning("endpoint-slowed-down", **about, pause_seconds=round(pause, 1), reason=fault.owner_text)
            fault.retry_after_seconds = max(fault.retry_after_seconds or 0.0, gate.limit.pause_seconds(now))
            place.refusals += 1
            if place.refusals % REFUSALS == 0:
                place.number = next(self._numbers)
        elif not isinstance(fault, EndpointUnreachable):
            gate.limit.accept(admission.permit, now)
        if fault is None:
            took = (now - admission.permit.at).total_seconds()
            known = took if gate.picture_seconds is None else gate.picture_seconds
            gate.picture_seconds = known + NEWEST_COUNTS * (took - known)
        rest = gate.breaker.judge(fault, now, is_trial=admission.is_trial)
        if rest is not None:
            tell = log.error if is_of_owner(rest.fault) else log.warning
            tell("endpoint-rests", **about, seconds=rest.seconds, fault=meaning_of(rest.fault).code, reason=rest.reason)
        elif admission.is_trial:
            log.info("endpoint-works-again", **about)

    def leave(self, admission: Admission) -> None:
        """Give back the slot of an attempt, judged or not."""
        gate = self._gate(admission.candidate)
        gate.limit.drop(admission.permit)  # no effect if the attempt was judged
        if admission.is_trial:
            gate.breaker.end_trial()
        self._free[admission.candidate.route.name] += 1
        self._line.serve()

    def close(self) -> None:
        """Stop the queue's timer."""
        self._line.close()

    def fault_of_rests(self, candidates: Sequence[Candidate]) -> ImageFault | None:
        """Choose the fault if some of these endpoints may not be asked now. Return None if all may be asked.

        The fault tells members when to try again, unless only the owner can repair all of them.
        """
        resting = [(candidate, rest) for candidate in candidates if (rest := self._rest(candidate))]
        if not resting:
            return None
        names = ", ".join(f"{candidate.route.name} ({meaning_of(rest.fault).code})" for candidate, rest in resting)
        hopeful = [rest for _, rest in resting if not is_of_owner(rest.fault)]
        kind = EndpointBusy if hopeful else resting[0][1].fault
        seconds = min(rest.seconds for rest in hopeful or [rest for _, rest in resting])
        return kind(f"not asked, for they rest after their last faults: {names}", retry_after_seconds=seconds)

    def _look(self, waiter: Waiter[Option, Admission], now: datetime) -> Look[Admission]:
        """Decide whether an order may leave now, later or never. It goes to the first endpoint that may be asked."""
        soonest: datetime | None = None
        waits_for_slot = False
        for option in waiter.options:
            seconds, is_short = self._seconds_until_free(option, now)
            if seconds <= 0 and self._free[option.candidate.route.name] > 0:
                return Look(admission=self._admit(option, now))
            if seconds <= 0:
                waits_for_slot = True
            elif math.isfinite(seconds):
                at = now + timedelta(seconds=seconds)
                soonest = at if soonest is None else min(soonest, at)
            if is_short:  # too short a wait to use another endpoint, which the owner prefers less
                return Look(again_at=soonest)
        if waits_for_slot:
            return Look(again_at=soonest)
        if soonest is None:
            return Look(is_over=True)
        ends_at = waiter.place.ends_at = waiter.place.ends_at or now + self._longest_wait
        return Look(is_over=True) if soonest > ends_at else Look(again_at=soonest)

    def _seconds_until_free(self, option: Option, now: datetime) -> tuple[float, bool]:
        """Return the seconds until an endpoint may be asked; infinite if only its owner can repair it.

        The boolean says whether the wait is only the spacing between two requests, while no rate limit is known.
        """
        gate = self._gate(option.candidate)
        rest = gate.breaker.rest(now)
        if rest is not None and is_of_owner(rest.fault):
            return math.inf, False
        ready = 0.0 if option.ready_at is None else (option.ready_at - now).total_seconds()
        seconds = max(ready, rest.seconds if rest else 0.0)
        spacing = gate.limit.seconds_until_free(now)
        return max(seconds, spacing), seconds <= 0 < spacing and not gate.limit.is_known

    def _seconds_until_done(
        self, option: Option, place: LinePosition, ahead: Sequence[Waiter[Option, Admission]], now: datetime
    ) -> tuple[float, float]:
        """Estimate the seconds until the order's picture is done, and those between it and one more behind it.

        Orders before it that wait for the same endpoint and model are counted.
        """
        name, model = option.candidate.route.name, option.candidate.wish.model
        before = sum(
            any((each.candidate.route.name, each.candidate.wish.model) == (name, model) for each in waiter.options)
            for waiter in ahead[:-1]
        )
        gate = self._gate(option.candidate)
        takes = place.expected_seconds if gate.picture_seconds is None else gate.picture_seconds
        waits, _ = self._seconds_until_free(option, now)
        waits = max(waits, gate.limit.seconds_until_turn(before, now))
        by_slots = takes / max(1, option.candidate.route.most_at_once)
        if self._free[name] <= before:
            waits = max(waits, (before + 1) * by_slots)
        return waits + takes, max(gate.limit.seconds_between(now), by_slots)

    def _admit(self, option: Option, now: datetime) -> Admission:
        gate = self._gate(option.candidate)
        self._free[option.candidate.route.name] -= 1
        return Admission(candidate=option.candidate, permit=gate.limit.leave(now), is_trial=gate.breaker.begin())

    def _rest(self, candidate: Candidate) -> OpenCircuit | None:
        """Return why an endpoint is not asked, and for how long: an open circuit, or a pause for a rate limit."""
        now, gate = self._clock.now(), self._gate(candidate)
        if (rest := gate.breaker.rest(now)) is not None:
            return rest
        pause = gate.limit.pause_seconds(now)
        return OpenCircuit(seconds=pause, fault=EndpointRateLimited, reason="too many requests") if pause > 0 else None

    def _gate(self, candidate: Candidate) -> _Gate:
        return self._gates[candidate.route.name, candidate.wish.model]
