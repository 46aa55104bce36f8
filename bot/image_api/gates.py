"""Who may ask an endpoint now: as many at once as it takes, and nobody while it rests.

Health is kept by endpoint and model, not by endpoint alone: quotas, overload and a gateway's channels are a
model's own, and a model that works must not rest because another one is overloaded.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain.image_faults import EndpointBusy, ImageFault
from bot.image_api.breaker import OWNERS_FAULTS, Breaker, Rest
from bot.image_api.route import Candidate, Route
from bot.image_api.slots import Slots
from bot.ports import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A slot at an endpoint, held for one try."""

    candidate: Candidate
    is_trial: bool  # the one request after a rest


class Gates:
    """One for each endpoint."""

    def __init__(self, routes: Sequence[Route], clock: Clock) -> None:
        self._slots = Slots({route.name: route.most_at_once for route in routes})
        self._breakers: defaultdict[tuple[str, str], Breaker] = defaultdict(Breaker)
        self._clock = clock

    async def enter(self, candidates: Sequence[Candidate]) -> Admission | None:
        """A slot at the first that does not rest and has one; where none has, wait. None if all of them rest.

        A slot must be given back with `leave`.
        """
        left = list(candidates)
        for _ in candidates:
            awake = [candidate for candidate in left if self._rest(candidate) is None]
            if not awake:
                return None
            endpoint = await self._slots.take([candidate.route.name for candidate in awake])
            candidate = next(candidate for candidate in awake if candidate.route.name == endpoint)
            if self._rest(candidate) is None:
                return Admission(candidate=candidate, is_trial=self._breaker(candidate).begin())
            self._slots.give_back(endpoint)  # it failed while we waited
            left.remove(candidate)
        return None

    def judge(self, admission: Admission, fault: ImageFault | None) -> None:
        """How a try has ended, where it came to an end."""
        candidate = admission.candidate
        rest = self._breaker(candidate).judge(fault, self._clock.now(), is_trial=admission.is_trial)
        about = {"endpoint": candidate.route.name, "model": candidate.wish.model}
        if rest is not None:
            tell = log.error if issubclass(rest.fault, OWNERS_FAULTS) else log.warning
            tell("endpoint-rests", **about, seconds=rest.seconds, fault=rest.fault.code, reason=rest.reason)
        elif admission.is_trial:
            log.info("endpoint-works-again", **about)

    def leave(self, admission: Admission) -> None:
        """Give the slot back, judged or not."""
        if admission.is_trial:
            self._breaker(admission.candidate).end_trial()
        self._slots.give_back(admission.candidate.route.name)

    def fault_of_rests(self, candidates: Sequence[Candidate]) -> ImageFault | None:
        """What is wrong where some of these rest; None if none does.

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

    def _rest(self, candidate: Candidate) -> Rest | None:
        return self._breaker(candidate).rest(self._clock.now())

    def _breaker(self, candidate: Candidate) -> Breaker:
        return self._breakers[candidate.route.name, candidate.wish.model]
