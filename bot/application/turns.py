"""Whose turn is when: the plan of the queue, made anew when it is older than a second.

A job that came since stands at its end meanwhile: two hundred requests at once do not ask two hundred times. A long
queue is planned as far as `MOST_PLACES`, in a thread; of a job beyond that is known that more are before it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.application.endpoint_turns import EndpointTurns
from bot.domain.requests import (
    MOST_PLACES,
    JobId,
    JobState,
    KnownSource,
    PaintingJob,
    Queue,
    RequestView,
    Turn,
    plan_turns,
)
from bot.ports import Clock, Store

_AGE = timedelta(seconds=1)


class Turns:
    """Tells requests when their jobs are painted."""

    def __init__(self, store: Store, clock: Clock, slots: int, at_endpoints: EndpointTurns) -> None:
        self._store = store
        self._at_endpoints = at_endpoints
        self._clock = clock
        self._slots = slots
        self._plan: dict[JobId, Turn] = {}
        self._last = Turn(place=0, seconds_until_done=0)  # of the plan
        self._made_at = clock.now() - _AGE
        self._planning = asyncio.Lock()  # who looks while the plan is made waits for it

    async def next_of(self, view: RequestView) -> Turn | None:
        """The turn of a request's next job; None while its sources are not in."""
        if any(not isinstance(source, KnownSource) for source in view.sources):
            return None
        just_taken = Turn(place=1, seconds_until_done=view.expected_seconds)  # taken since the request was read
        return next(iter(await self._of(view)), just_taken)

    def at_endpoint(self, view: RequestView) -> Turn | None:
        """The turn of a request of which nothing is painted or under way yet, but a job waits at an endpoint."""
        if any(job.left_at is not None or job.state is JobState.PAINTED for job in view.jobs):
            return None
        return next(iter(self._at_endpoints.waiting_of(view)), None)

    async def last_of(self, view: RequestView) -> Turn | None:
        """The turn of a request's last job that waits; None if none does."""
        waiting = [*await self._of(view), *self._at_endpoints.waiting_of(view)]
        return max(waiting, key=lambda turn: turn.seconds_until_done, default=None)

    async def _of(self, view: RequestView) -> Sequence[Turn]:
        waiting = [job.id for job in view.jobs if job.state is JobState.QUEUED]
        async with self._planning:
            if waiting and self._clock.now() - self._made_at >= _AGE:
                await self._make_plan()
        return [self._plan.get(job) or self._at_the_end(job, view.expected_seconds) for job in waiting]

    async def _make_plan(self) -> None:
        self._made_at = now = self._clock.now()
        queue = self._as_they_wait(await self._store.queue())
        plan = await asyncio.to_thread(plan_turns, queue, slots=self._slots, now=now)
        last = max((turn.seconds_until_done for turn in plan.values()), default=0)
        self._plan = dict(plan)
        self._last = Turn(place=len(plan) if queue.is_whole else MOST_PLACES, seconds_until_done=last)

    def _as_they_wait(self, queue: Queue) -> Queue:
        """The queue, where a job that waits at an endpoint is claimed, so to speak, only when its turn comes."""

        def claimed(job: PaintingJob) -> PaintingJob:
            turn = self._at_endpoints.of(job.job)
            if turn is None:
                return job
            return replace(
                job, claimed_at=self._made_at + timedelta(seconds=turn.seconds_until_done - job.expected_seconds)
            )

        return replace(queue, painting=tuple(claimed(job) for job in queue.painting))

    def _at_the_end(self, job: JobId, expected_seconds: int) -> Turn:
        """The turn after the last; jobs with places that are not told all have the same."""
        seconds = max(expected_seconds, self._last.seconds_until_done + expected_seconds // self._slots)
        turn = Turn(place=self._last.place + 1, seconds_until_done=seconds)
        if turn.place <= MOST_PLACES:
            self._plan[job] = self._last = turn
        return turn
