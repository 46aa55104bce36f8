"""The plan of the queue: it says when each waiting job gets its turn.

The plan is computed again at most once a second, if the queue has moved. After `STALE_SECONDS` it is computed again in
any case, since painting may take longer than expected. A job that arrives between two plans is put at the end, so that
two hundred requests at once do not cause two hundred plans. The plan is computed in a thread, for up to `MOST_PLACES`
jobs. Of a job beyond them it is only known that more jobs are before it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.application.painting.claim_pace import ClaimPace
from bot.application.painting.endpoint_turns import EndpointTurns
from bot.domain.requests.queue import MOST_PLACES, PaintingJob, Queue, Turn
from bot.domain.requests.requests import JobId
from bot.domain.requests.turn_plan import plan_turns
from bot.ports import Clock, Store

PLAN_EVERY_SECONDS = 1.0

STALE_SECONDS = 20.0
"""A plan older than this is computed again even if the queue has not moved."""


class QueuePlan:
    """Computes and caches the turns of the waiting jobs."""

    def __init__(self, store: Store, clock: Clock, slots: int, at_endpoints: EndpointTurns) -> None:
        self._store = store
        self._clock = clock
        self._slots = slots
        self._at_endpoints = at_endpoints
        self._claims = ClaimPace(slots)
        self._turns: dict[JobId, Turn] = {}
        self._last = Turn(place=0, seconds_until_done=0)  # the last turn of the plan
        self._made_at = clock.now() - timedelta(seconds=PLAN_EVERY_SECONDS)
        self._planning = asyncio.Lock()  # a reader waits while the plan is computed
        self.is_old = True  # the queue has moved since the plan was computed

    @property
    def seconds_until_next(self) -> float:
        """The seconds until the plan may be computed again."""
        return 0.0 if self._is_stale else max(0.0, PLAN_EVERY_SECONDS - self._age)

    async def renew(self) -> None:
        """Compute the plan again if the queue has moved and `PLAN_EVERY_SECONDS` are over, or if the plan is stale."""
        async with self._planning:
            if self._is_stale or (self.is_old and self.seconds_until_next == 0):
                await self._make()

    def turns(self, jobs: Sequence[JobId], expected_seconds: int) -> Sequence[Turn]:
        """Return the turns of waiting jobs. A job that is not in the plan gets a turn at the end."""
        turns = (self._turns.get(job) or self._at_the_end(job, expected_seconds) for job in jobs)
        return [self._now(turn, expected_seconds) for turn in turns]

    def planned(self, job: JobId, expected_seconds: int) -> Turn | None:
        """Return the turn of a job; None if the plan does not have it."""
        turn = self._turns.get(job)
        return self._now(turn, expected_seconds) if turn else None

    @property
    def _age(self) -> float:
        return (self._clock.now() - self._made_at).total_seconds()

    @property
    def _is_stale(self) -> bool:
        return not 0 <= self._age < STALE_SECONDS  # a negative age means that the clock was set back

    def _now(self, turn: Turn, expected_seconds: int) -> Turn:
        """Subtract the age of the plan from a turn. At least the time that painting takes is left."""
        least = min(turn.seconds_until_done, expected_seconds)
        left = max(least, turn.seconds_until_done - int(self._age))
        return Turn(place=turn.place, seconds_until_done=left)

    async def _make(self) -> None:
        self._made_at = now = self._clock.now()
        self.is_old = False  # before the read: a later change of the queue may not be in this plan
        try:
            queue = await self._store.queue()
        except BaseException:
            self.is_old = True
            raise
        self._claims.note(queue, self._clock.now())
        plan = partial(
            plan_turns,
            self._as_they_wait(queue),
            slots=self._slots,
            now=now,
            seconds_between_claims=self._claims.seconds_between,
            paces=self._at_endpoints.paces(queue.painting),
        )
        turns = await asyncio.to_thread(plan)
        last = max((turn.seconds_until_done for turn in turns.values()), default=0)
        self._turns = dict(turns)
        self._last = Turn(place=len(turns) if queue.is_whole else MOST_PLACES, seconds_until_done=last)

    def _as_they_wait(self, queue: Queue) -> Queue:
        """Return the queue with changed claim times: a job that waits at an endpoint counts as claimed at its turn."""

        def claimed(job: PaintingJob) -> PaintingJob:
            turn = self._at_endpoints.of(job.job)
            if turn is None:
                return job
            return replace(
                job, claimed_at=self._made_at + timedelta(seconds=turn.seconds_until_done - job.expected_seconds)
            )

        return replace(queue, painting=tuple(claimed(job) for job in queue.painting))

    def _at_the_end(self, job: JobId, expected_seconds: int) -> Turn:
        """Return the turn after the last one. All jobs beyond `MOST_PLACES` get the same turn."""
        seconds = max(expected_seconds, self._last.seconds_until_done + expected_seconds // self._slots)
        turn = Turn(place=self._last.place + 1, seconds_until_done=seconds)
        if turn.place <= MOST_PLACES:
            self._turns[job] = self._last = turn
        return turn
