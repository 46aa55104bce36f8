"""Whose turn is when: the plan of the queue, made anew when it is older than a second.

A job that came since stands at its end meanwhile: two hundred requests at once do not ask two hundred times.
"""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.requests import JobId, JobState, KnownSource, RequestView, Turn, plan_turns
from bot.ports import Clock, Store

_AGE = timedelta(seconds=1)


class Turns:
    """Tells requests when their jobs are painted."""

    def __init__(self, store: Store, clock: Clock, slots: int) -> None:
        self._store = store
        self._clock = clock
        self._slots = slots
        self._plan: dict[JobId, Turn] = {}
        self._made_at = clock.now() - _AGE

    async def next_of(self, view: RequestView) -> Turn | None:
        """The turn of a request's next job; None while its sources are not in."""
        if any(not isinstance(source, KnownSource) for source in view.sources):
            return None
        just_taken = Turn(place=1, seconds_until_done=view.expected_seconds)  # taken since the request was read
        return next(iter(await self._of(view)), just_taken)

    async def last_of(self, view: RequestView) -> Turn | None:
        """The turn of a request's last job that waits; None if none does."""
        return next(reversed(await self._of(view)), None)

    async def _of(self, view: RequestView) -> Sequence[Turn]:
        waiting = [job.id for job in view.jobs if job.state is JobState.QUEUED]
        if waiting and self._clock.now() - self._made_at >= _AGE:
            self._made_at = self._clock.now()
            self._plan = dict(plan_turns(await self._store.queue(), slots=self._slots, now=self._made_at))
        for job in waiting:
            if job not in self._plan:
                self._plan[job] = self._at_the_end(view.expected_seconds)
        return [self._plan[job] for job in waiting]

    def _at_the_end(self, expected_seconds: int) -> Turn:
        last = max((turn.seconds_until_done for turn in self._plan.values()), default=0)
        return Turn(
            place=len(self._plan) + 1, seconds_until_done=max(expected_seconds, last + expected_seconds // self._slots)
        )
