"""Estimates when the jobs that the worker has claimed get their turn at an endpoint. The image API provides them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.requests.queue import PaintingJob, Turn
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import JobId, JobState
from bot.domain.requests.turn_plan import Pace


@dataclass(frozen=True, slots=True)
class EndpointTurns:
    """Keeps, for each job that the worker has claimed, a function that returns its turn."""

    _turns: dict[JobId, Callable[[], Turn | None]] = field(default_factory=dict)

    def keep(self, job: JobId, turn: Callable[[], Turn | None]) -> None:
        """Add a job that the worker has claimed. `turn` returns None whenever the job does not wait."""
        self._turns[job] = turn

    def drop(self, job: JobId) -> None:
        """Remove a job that the worker has finished."""
        self._turns.pop(job, None)

    def of(self, job: JobId) -> Turn | None:
        """Return the turn of a job; None if it does not wait at an endpoint."""
        turn = self._turns.get(job)
        return turn() if turn else None

    def paces(self, painting: Iterable[PaintingJob]) -> Mapping[str, Pace]:
        """Return, by model name, how fast its endpoints paint: only for models for which one of these jobs waits."""
        paces: dict[str, Pace] = {}
        for job in painting:
            turn = self.of(job.job)
            if turn is None:
                continue
            done_in = turn.seconds_until_done + turn.seconds_between  # when one more job behind it would be done
            known = paces.get(job.model)
            if known is None or known.next_done_in < done_in:
                paces[job.model] = Pace(next_done_in=done_in, seconds_between=turn.seconds_between)
        return paces

    def waiting_of(self, view: RequestView) -> list[Turn]:
        """Return the turns of a request's jobs that wait at an endpoint, soonest first."""
        turns = (self.of(job.id) for job in view.jobs if job.state is JobState.PAINTING and job.left_at is None)
        return sorted((turn for turn in turns if turn is not None), key=lambda turn: turn.seconds_until_done)
