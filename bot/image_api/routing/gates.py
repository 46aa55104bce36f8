"""Who may ask an endpoint now, and the line of those who wait for their turn.

An endpoint takes so many at once, leaves time between requests where it limits their rate, and is not asked while its
circuit is open. Circuit and rate limit are kept by endpoint and model, not by endpoint alone: quotas, overload and a
gateway's channels are a model's own, and a model that works must not rest because another one is overloaded.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.domain.image_faults import EndpointBusy, EndpointRateLimited, EndpointUnreachable, ImageFault
from bot.domain.queue import Turn
from bot.image_api.routing.circuit_breaker import OWNERS_FAULTS, Breaker, OpenCircuit
from bot.image_api.routing.rate_limit import Permit, RateLimit
from bot.image_api.routing.route import Candidate, Route
from bot.image_api.routing.waiting_line import LinePosition, Look, Waiter, WaitingLine
from bot.ports import Clock

log = structlog.get_logger()

REFUSALS = 3
"""An order that a rate limit refused so often goes to the end of the line: what it asks for may be why."""

NEWEST_COUNTS = 0.3
"""How much the newest picture counts for how long one takes."""


@dataclass(slots=True, eq=False)
class _Gate:
    """What is known of an endpoint and model."""

    breaker: Breaker = field(default_factory=Breaker)
    limit: RateLimit = field(default_factory=RateLimit)
    picture_seconds: float | None = None  # what its last pictures took, the newest counting most; None: it made none


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An endpoint that an order may be sent to, from a time on."""

    candidate: Candidate
    ready_at: datetime | None = None  # None: now


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A slot at an endpoint, held for one try."""

    candidate: Candidate
    permit: Permit
    is_trial: bool  # the one request of a half-open circuit


class Gates:
    """One for each endpoint and model, and one line for all."""

    def __init__(self, routes: Sequence[Route], clock: Clock, *, longest_wait_seconds: float) -> None:
        self._free = Counter({route.name: route.most_at_once for route in routes})
        self._gates: defaultdict[tuple[str, str], _Gate] = defaultdict(_Gate)
        self._longest_wait = timedelta(seconds=longest_wait_seconds)
        self._clock = clock
        self._numbers = itertools.count()
        self._line: WaitingLine[Option, Admission] = WaitingLine(clock, self._look, self.leave)

    def new_place(self, expected_seconds: int) -> LinePosition:
        """A place at the end of the line, for an order that is expected to take so long once it has left."""
        return LinePosition(number=next(self._numbers), expected_seconds=expected_seconds)

    async def enter(self, options: Sequence[Option], place: LinePosition) -> Admission | None:
        """Wait for a slot at the first that may be asked, in the order of places. It must be given back with `leave`.

        None where none of them can be asked within the time that the order waits at most. That time begins when it
        first waits for a rate limit, an open circuit or a repeat; for a slot it waits as long as it takes.
        """
        return await self._line.wait(options, place) if options else None

    def turn_of(self, place: LinePosition) -> Turn | None:
        """When an order that waits may leave and will be done, as far as we know; None if it does not wait."""
        now, ahead = self._clock.now(), self._line.up_to(place)
        if not ahead or ahead[-1].place is not place:
            return None
        seconds, between = min(self._seconds_until_done(option, place, ahead, now) for option in ahead[-1].options)
        if not math.isfinite(seconds):
            return None
        return Turn(place=len(ahead), seconds_until_done=math.ceil(seconds), seconds_between=between)

    def judge(self, admission: Admission, fault: ImageFault | None, place: LinePosition) -> None:
        """Tell how a try has ended, where it came to an end."""
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
            tell = log.error if issubclass(rest.fault, OWNERS_FAULTS) else log.warning
            tell("endpoint-rests", **about, seconds=rest.seconds, fault=rest.fault.code, reason=rest.reason)
        elif admission.is_trial:
            log.info("endpoint-works-again", **about)

    def leave(self, admission: Admission) -> None:
        """Give the slot back, judged or not."""
        gate = self._gate(admission.candidate)
        gate.limit.drop(admission.permit)  # which changes nothing where it was judged
        if admission.is_trial:
            gate.breaker.end_trial()
        self._free[admission.candidate.route.name] += 1
        self._line.serve()

    def close(self) -> None:
        """Stop waiting for anything."""
        self._line.close()

    def fault_of_rests(self, candidates: Sequence[Candidate]) -> ImageFault | None:
        """What is wrong where some of these are not asked for a while; None if all may be asked.

        Members are told when to come back, unless there is only what the owner has to mend.
        """
        resting = [(candidate, rest) for candidate in candidates if (rest := self._rest(candidate))]
        if not resting:
            return None
        names = ", ".join(f"{candidate.route.name} ({rest.fault.code})" for candidate, rest in resting)
        hopeful = [rest for _, rest in resting if not issubclass(rest.fault, OWNERS_FAULTS)]
        kind = EndpointBusy if hopeful else resting[0][1].fault
        seconds = min(rest.seconds for rest in hopeful or [rest for _, rest in resting])
        return kind(f"not asked, for they rest after their last faults: {names}", retry_after_seconds=seconds)

    def _look(self, waiter: Waiter[Option, Admission], now: datetime) -> Look[Admission]:
        """Whether an order may leave now: to the first of its endpoints that may be asked, else later or never."""
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
            if is_short:  # not worth another endpoint, which the owner likes less
                return Look(again_at=soonest)
        if waits_for_slot:
            return Look(again_at=soonest)
        if soonest is None:
            return Look(is_over=True)
        ends_at = waiter.place.ends_at = waiter.place.ends_at or now + self._longest_wait
        return Look(is_over=True) if soonest > ends_at else Look(again_at=soonest)

    def _seconds_until_free(self, option: Option, now: datetime) -> tuple[float, bool]:
        """Seconds until an endpoint may be asked, infinite where only its owner can mend it.

        And whether that is only the moment between two requests, as long as no limit is known.
        """
        gate = self._gate(option.candidate)
        rest = gate.breaker.rest(now)
        if rest is not None and issubclass(rest.fault, OWNERS_FAULTS):
            return math.inf, False
        ready = 0.0 if option.ready_at is None else (option.ready_at - now).total_seconds()
        seconds = max(ready, rest.seconds if rest else 0.0)
        spacing = gate.limit.seconds_until_free(now)
        return max(seconds, spacing), seconds <= 0 < spacing and not gate.limit.is_known

    def _seconds_until_done(
        self, option: Option, place: LinePosition, ahead: Sequence[Waiter[Option, Admission]], now: datetime
    ) -> tuple[float, float]:
        """Seconds until a picture may be there, after those before it that wait for the same endpoint and model.

        And between it and one more that waits behind it.
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
        """Why and how long an endpoint is not asked: its circuit is open, or it pauses for a rate limit."""
        now, gate = self._clock.now(), self._gate(candidate)
        if (rest := gate.breaker.rest(now)) is not None:
            return rest
        pause = gate.limit.pause_seconds(now)
        return OpenCircuit(seconds=pause, fault=EndpointRateLimited, reason="too many requests") if pause > 0 else None

    def _gate(self, candidate: Candidate) -> _Gate:
        return self._gates[candidate.route.name, candidate.wish.model]
