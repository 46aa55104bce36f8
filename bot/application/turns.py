"""When requests have their turn, as they are told; and who is to be told anew.

What is told is coarse for long queues, and nobody asks again and again: whoever was told a place is called when that
place is another. In one second no more than `MOST_CALLED` are, those first who were told the most wrongly: a thousand
that wait must not take the time of those who paint.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from bot.application.endpoint_turns import EndpointTurns
from bot.application.persistence import PASSING
from bot.application.queue_plan import PLAN_EVERY_SECONDS, QueuePlan
from bot.domain.requests import JobState, KnownSource, RequestId, RequestView, Turn, told_place
from bot.ports import Clock, Store

log = structlog.get_logger()

MOST_CALLED = 10
"""In one second. Each of them reads its request and changes a message."""

Changed = Callable[[], None]
Spawn = Callable[[Coroutine[None, None, None]], object]


@dataclass(frozen=True, slots=True)
class _Told:
    view: RequestView
    place: int  # 0: it was told that it does not wait
    changed: Changed


class Turns:
    """Tells requests when their next job is painted, and calls them when their place is another."""

    def __init__(self, store: Store, clock: Clock, slots: int, at_endpoints: EndpointTurns, *, spawn: Spawn) -> None:
        self._clock = clock
        self._at_endpoints = at_endpoints
        self._plan = QueuePlan(store, clock, slots, at_endpoints)
        self._spawn = spawn
        self._told: dict[RequestId, _Told] = {}
        self._is_watching = False

    def moved(self) -> None:
        """The queue has changed: those who were told a place may have another soon."""
        self._plan.is_old = True
        self._watch()

    def forget(self, request: RequestId) -> None:
        """Nobody is to be told of a request any more."""
        self._told.pop(request, None)

    async def next_of(self, view: RequestView, changed: Changed) -> Turn | None:
        """The turn of a request's next job; None while its sources are not in. `changed` is called once at most."""
        if any(not isinstance(source, KnownSource) for source in view.sources):
            return None
        await self._plan.renew()
        just_taken = Turn(place=1, seconds_until_done=view.expected_seconds)  # taken since the request was read
        return self._tell(view, self._in_queue(view) or just_taken, changed)

    def at_endpoint(self, view: RequestView, changed: Changed) -> Turn | None:
        """The turn of a request of which nothing is painted or under way yet, but a job waits at an endpoint.

        `changed` is called once at most.
        """
        if not _is_in_hand(view):
            self.forget(view.id)
            return None
        turn = self._tell(view, self._at_an_endpoint(view), changed)
        self._watch()
        return turn

    async def last_of(self, view: RequestView) -> Turn | None:
        """The turn of a request's last job that waits; None if none does. Its place is exact."""
        await self._plan.renew()
        waiting = [*self._all_in_queue(view), *self._at_endpoints.waiting_of(view)]
        return max(waiting, key=lambda turn: turn.seconds_until_done, default=None)

    def _tell(self, view: RequestView, turn: Turn | None, changed: Changed) -> Turn | None:
        told = turn and replace(turn, place=told_place(turn.place))
        self._told[view.id] = _Told(view, told.place if told else 0, changed)
        return told

    def _watch(self) -> None:
        if not self._is_watching and self._told:
            self._is_watching = True
            self._spawn(self._keep_calling())

    async def _keep_calling(self) -> None:
        """Once a second, call those whose place is another, as long as anything may have moved."""
        try:
            while self._told and (self._plan.is_old or self._wrongly_told() or self._has_endpoints()):
                await self._clock.sleep(self._plan.seconds_until_next if self._plan.is_old else PLAN_EVERY_SECONDS)
                with suppress(*PASSING):  # in a second the store may be there again
                    await self._plan.renew()
                for told in self._wrongly_told()[:MOST_CALLED]:
                    del self._told[told.view.id]  # until it asks again
                    told.changed()
        finally:
            self._is_watching = False

    def _has_endpoints(self) -> bool:
        """Whether somebody was told of a job in the worker's hands: endpoints tell nobody when they have a turn."""
        return any(_is_in_hand(told.view) for told in self._told.values())

    def _wrongly_told(self) -> list[_Told]:
        """Those whose place is not what they were told, the most wrong ones first."""
        now = [(told, self._place_now(told)) for told in self._told.values()]
        wrong = [(told.place / max(1, place), told) for told, place in now if place != told.place]
        return [told for _, told in sorted(wrong, key=lambda each: each[0], reverse=True)]

    def _place_now(self, told: _Told) -> int:
        """The place that would be told now. What is in no plan has been taken, or stands too far behind."""
        if _is_in_hand(told.view):
            turn = self._at_an_endpoint(told.view)
            return told_place(turn.place) if turn else 0
        place = next((self._plan.place(job.id) for job in told.view.jobs if job.state is JobState.QUEUED), None)
        return told.place if place is None else told_place(place)

    def _in_queue(self, view: RequestView) -> Turn | None:
        return next(iter(self._all_in_queue(view)), None)

    def _all_in_queue(self, view: RequestView) -> list[Turn]:
        waiting = [job.id for job in view.jobs if job.state is JobState.QUEUED]
        return list(self._plan.turns(waiting, view.expected_seconds))

    def _at_an_endpoint(self, view: RequestView) -> Turn | None:
        return next(iter(self._at_endpoints.waiting_of(view)), None)


def _is_in_hand(view: RequestView) -> bool:
    """Whether the worker has a job of a request, of which nothing is painted or under way yet."""
    if any(job.left_at is not None or job.state is JobState.PAINTED for job in view.jobs):
        return False
    return any(job.state is JobState.PAINTING for job in view.jobs)
