"""Estimates when requests are painted, and notifies requests whose estimate has become wrong.

The estimate is coarse for long queues. Nobody polls: a request that was told a place and a time is notified when its
place has changed or its time is far off. At most `MOST_CALLED` requests are notified in a second, those with the
largest error first: a thousand that wait must not take processor time from those being painted.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.queue_plan import PLAN_EVERY_SECONDS, QueuePlan
from bot.application.persistence import PASSING
from bot.domain.requests.queue import Turn, told_place
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import JobId, JobState, KnownSource, RequestId
from bot.domain.requests.turn_plan import ToldTurn
from bot.ports import Clock, Store

log = structlog.get_logger()

MOST_CALLED = 5
"""The most requests notified in one second. Each of them reads its request from the store and edits a message."""

NEAR_SECONDS = 3.0
NEAR_SHARE = 0.25
"""A time is accurate enough if its error is at most NEAR_SECONDS plus NEAR_SHARE of the time left."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""The backoff between two edits of a status that change only its time. The pause doubles until the place changes: a
time that cannot be predicted must not use up the platform's rate limit for edits."""

Changed = Callable[[], None]
Spawn = Callable[[Coroutine[None, None, None]], object]


@dataclass(slots=True, kw_only=True)
class _Told:
    """The last estimate that a request was told, and when it may be notified because of its time alone."""

    view: RequestView
    queued: JobId | None  # the next job in the queue; None: a job waits at an endpoint, or none waits
    turn: ToldTurn | None  # None: it was told that no job waits
    changed: Changed
    is_called: bool = False  # it was notified and has not asked for the new estimate yet
    again_at: datetime
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def time_is_wrong(self, turn: Turn, now: datetime) -> float:
        """Return the error of the told time. Up to 1, the time is accurate enough."""
        if self.turn is None:
            return 0.0
        wrong = abs((self.turn.done_at - now).total_seconds() - turn.seconds_until_done)
        return wrong / (NEAR_SECONDS + NEAR_SHARE * turn.seconds_until_done)

    def is_backing_off(self, now: datetime) -> bool:
        """Whether it is too early to be notified because of its time alone."""
        left = (self.again_at - now).total_seconds()
        return 0 < left <= LONGEST_PAUSE_SECONDS  # more means that the clock was set back


class QueueEstimate:
    """Tells requests when their next job is painted, and notifies them when that is no longer true."""

    def __init__(self, store: Store, clock: Clock, slots: int, at_endpoints: EndpointTurns, *, spawn: Spawn) -> None:
        self._clock = clock
        self._at_endpoints = at_endpoints
        self._plan = QueuePlan(store, clock, slots, at_endpoints)
        self._spawn = spawn
        self._told: dict[RequestId, _Told] = {}
        self._is_watching = False

    def moved(self) -> None:
        """Note that the queue has changed, so that estimates are computed again and compared with those told."""
        self._plan.is_old = True
        self._watch()

    def forget(self, request: RequestId) -> None:
        """Stop notifying a request."""
        self._told.pop(request, None)

    async def next_of(self, view: RequestView, changed: Changed) -> ToldTurn | None:
        """Return the turn of a request's next job; None until its sources are fetched. Calls `changed` once at most."""
        if any(not isinstance(source, KnownSource) for source in view.sources):
            return None
        await self._plan.renew()
        just_taken = Turn(place=1, seconds_until_done=view.expected_seconds)  # claimed after the request was read
        told = self._tell(view, self._in_queue(view) or just_taken, changed)
        self._watch()
        return told

    def at_endpoint(self, view: RequestView, changed: Changed) -> ToldTurn | None:
        """Return the turn of a request whose job waits at an endpoint. Calls `changed` once at most.

        None if a job of the request is painted or being painted already.
        """
        if not _is_in_hand(view):
            self.forget(view.id)
            return None
        turn = self._tell(view, self._at_an_endpoint(view), changed)
        self._watch()
        return turn

    async def last_of(self, view: RequestView) -> Turn | None:
        """Return the turn of a request's last job that waits; None if none waits. The place is exact."""
        await self._plan.renew()
        waiting = [*self._all_in_queue(view), *self._at_endpoints.waiting_of(view)]
        return max(waiting, key=lambda turn: turn.seconds_until_done, default=None)

    def _tell(self, view: RequestView, turn: Turn | None, changed: Changed) -> ToldTurn | None:
        """Choose what to tell of a turn, and remember it.

        The earlier time is kept while it is accurate enough, or was changed only a short time ago.
        """
        now, before = self._clock.now(), self._told.get(view.id)
        queued = None if _is_in_hand(view) else next(_queued(view), None)
        self._told[view.id] = tells = _Told(view=view, queued=queued, turn=None, changed=changed, again_at=now)
        if turn is None:
            return None
        tells.turn = ToldTurn(told_place(turn.place), now + timedelta(seconds=turn.seconds_until_done))
        if before and before.turn and before.turn.place == tells.turn.place:
            tells.again_at, tells.pause_seconds = before.again_at, before.pause_seconds
            if before.time_is_wrong(turn, now) <= 1 or before.is_backing_off(now):
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
        """Notify requests whose estimate is wrong, once a second, as long as any request waits."""
        try:
            while self._told:
                await self._clock.sleep(self._plan.seconds_until_next if self._plan.is_old else PLAN_EVERY_SECONDS)
                with suppress(*PASSING):  # the store may be available again in a second
                    await self._plan.renew()
                for told in self._wrongly_told()[:MOST_CALLED]:
                    told.is_called = True  # until it asks again
                    told.changed()
        finally:
            self._is_watching = False

    def _wrongly_told(self) -> list[_Told]:
        """Return the estimates that are wrong, those with the largest error first."""
        now = self._clock.now()
        told = [(self._wrongness(each, now), each) for each in self._told.values() if not each.is_called]
        wrong = [(wrongness, each) for wrongness, each in told if wrongness is not None]
        return [each for _, each in sorted(wrong, key=lambda each: each[0], reverse=True)]

    def _wrongness(self, told: _Told, now: datetime) -> float | None:
        """Return the error of what a request was told; None if it is still true, as far as we know."""
        if told.queued is None:
            turn = self._at_an_endpoint(told.view)
        else:
            turn = self._plan.planned(told.queued, told.view.expected_seconds)
        if turn is None:  # a job that is not in the plan was claimed, or is too far behind
            return 1.0 if told.queued is None and told.turn else None
        if told.turn is None:
            return 1.0
        time_is_wrong = told.time_is_wrong(turn, now)
        if told.turn.place != told_place(turn.place):
            return max(told.turn.place / told_place(turn.place), time_is_wrong)
        return time_is_wrong if time_is_wrong > 1 and not told.is_backing_off(now) else None

    def _in_queue(self, view: RequestView) -> Turn | None:
        return next(iter(self._all_in_queue(view)), None)

    def _all_in_queue(self, view: RequestView) -> list[Turn]:
        return list(self._plan.turns(list(_queued(view)), view.expected_seconds))

    def _at_an_endpoint(self, view: RequestView) -> Turn | None:
        return next(iter(self._at_endpoints.waiting_of(view)), None)


def _queued(view: RequestView) -> Iterator[JobId]:
    return (job.id for job in view.jobs if job.state is JobState.QUEUED)


def _is_in_hand(view: RequestView) -> bool:
    """Whether the worker has claimed a job of a request, and no job of it is painted or sent yet."""
    if any(job.left_at is not None or job.state is JobState.PAINTED for job in view.jobs):
        return False
    return any(job.state is JobState.PAINTING for job in view.jobs)
