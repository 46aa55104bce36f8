"""When requests have their turn, as they are told; and who is to be told anew.

What is told is coarse for long queues, and nobody asks again and again: whoever was told a place and a time is called
when that place is another, or the time is wrong by a lot. In one second no more than `MOST_CALLED` are, those first who
were told the most wrongly: a thousand that wait must not take the time of those who paint.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.queue_plan import PLAN_EVERY_SECONDS, QueuePlan
from bot.application.persistence import PASSING
from bot.domain.queue import Turn, told_place
from bot.domain.request_view import RequestView
from bot.domain.requests import JobId, JobState, KnownSource, RequestId
from bot.domain.turn_plan import ToldTurn
from bot.ports import Clock, Store

log = structlog.get_logger()

MOST_CALLED = 10
"""In one second. Each of them reads its request and changes a message."""

NEAR_SECONDS = 3.0
NEAR_SHARE = 0.25
"""A time that was told is near the true one if it is wrong by less than this, and this share of what is left."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""So long after a status was changed because of its time alone it is not changed for that again. The pauses double
until its place is another: what nobody is able to foretell must not use up what a platform lets us edit."""

Changed = Callable[[], None]
Spawn = Callable[[Coroutine[None, None, None]], object]


@dataclass(slots=True, kw_only=True)
class _Told:
    """What a request was told last, and when it may be called because of the time alone."""

    view: RequestView
    queued: JobId | None  # the job that waits in the queue; None: one waits at an endpoint, or none does
    turn: ToldTurn | None  # None: it was told that it does not wait
    changed: Changed
    is_called: bool = False  # and has not asked again
    again_at: datetime
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def time_is_wrong(self, turn: Turn, now: datetime) -> float:
        """How wrong its time is; up to 1 it is near the true one."""
        if self.turn is None:
            return 0.0
        wrong = abs((self.turn.done_at - now).total_seconds() - turn.seconds_until_done)
        return wrong / (NEAR_SECONDS + NEAR_SHARE * turn.seconds_until_done)


class QueueEstimate:
    """Tells requests when their next job is painted, and calls them when that is no longer true."""

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

    async def next_of(self, view: RequestView, changed: Changed) -> ToldTurn | None:
        """The turn of a request's next job; None while its sources are not in. `changed` is called once at most."""
        if any(not isinstance(source, KnownSource) for source in view.sources):
            return None
        await self._plan.renew()
        just_taken = Turn(place=1, seconds_until_done=view.expected_seconds)  # taken since the request was read
        told = self._tell(view, self._in_queue(view) or just_taken, changed)
        self._watch()
        return told

    def at_endpoint(self, view: RequestView, changed: Changed) -> ToldTurn | None:
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

    def _tell(self, view: RequestView, turn: Turn | None, changed: Changed) -> ToldTurn | None:
        """What is told of a turn: what was told before, as long as that is near or was told just now."""
        now, before = self._clock.now(), self._told.get(view.id)
        queued = None if _is_in_hand(view) else next(_queued(view), None)
        self._told[view.id] = tells = _Told(view=view, queued=queued, turn=None, changed=changed, again_at=now)
        if turn is None:
            return None
        tells.turn = ToldTurn(told_place(turn.place), now + timedelta(seconds=turn.seconds_until_done))
        if before and before.turn and before.turn.place == tells.turn.place:
            tells.again_at, tells.pause_seconds = before.again_at, before.pause_seconds
            if before.time_is_wrong(turn, now) <= 1 or now < before.again_at:
                tells.turn = before.turn
            else:
                tells.again_at = now + timedelta(seconds=before.pause_seconds)
                tells.pause_seconds = min(2 * before.pause_seconds, LONGEST_PAUSE_SECONDS)
        return tells.turn

    def _watch(self) -> None:
        if not self._is_watching and self._told:
            self._is_watching = True
            self._spawn(self._keep_calling())

    async def _keep_calling(self) -> None:
        """Once a second, call those who were told what is no longer true, as long as anybody waits."""
        try:
            while self._told:
                await self._clock.sleep(self._plan.seconds_until_next if self._plan.is_old else PLAN_EVERY_SECONDS)
                with suppress(*PASSING):  # in a second the store may be there again
                    await self._plan.renew()
                for told in self._wrongly_told()[:MOST_CALLED]:
                    told.is_called = True  # until it asks again
                    told.changed()
        finally:
            self._is_watching = False

    def _wrongly_told(self) -> list[_Told]:
        """Those who were told another turn than they have, the most wrong ones first."""
        now = self._clock.now()
        told = [(self._wrongness(each, now), each) for each in self._told.values() if not each.is_called]
        wrong = [(wrongness, each) for wrongness, each in told if wrongness is not None]
        return [each for _, each in sorted(wrong, key=lambda each: each[0], reverse=True)]

    def _wrongness(self, told: _Told, now: datetime) -> float | None:
        """How wrong it is what a request was told; None if that is still true, as far as we know."""
        if told.queued is None:
            turn = self._at_an_endpoint(told.view)
        else:
            turn = self._plan.planned(told.queued, told.view.expected_seconds)
        if turn is None:  # what is in no plan has been taken, or stands too far behind
            return 1.0 if told.queued is None and told.turn else None
        if told.turn is None:
            return 1.0
        time_is_wrong = told.time_is_wrong(turn, now)
        if told.turn.place != told_place(turn.place):
            return max(told.turn.place / told_place(turn.place), time_is_wrong)
        return time_is_wrong if time_is_wrong > 1 and now >= told.again_at else None

    def _in_queue(self, view: RequestView) -> Turn | None:
        return next(iter(self._all_in_queue(view)), None)

    def _all_in_queue(self, view: RequestView) -> list[Turn]:
        return list(self._plan.turns(list(_queued(view)), view.expected_seconds))

    def _at_an_endpoint(self, view: RequestView) -> Turn | None:
        return next(iter(self._at_endpoints.waiting_of(view)), None)


def _queued(view: RequestView) -> Iterator[JobId]:
    return (job.id for job in view.jobs if job.state is JobState.QUEUED)


def _is_in_hand(view: RequestView) -> bool:
    """Whether the worker has a job of a request, of which nothing is painted or under way yet."""
    if any(job.left_at is not None or job.state is JobState.PAINTED for job in view.jobs):
        return False
    return any(job.state is JobState.PAINTING for job in view.jobs)
