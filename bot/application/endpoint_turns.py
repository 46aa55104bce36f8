"""When the jobs that the worker holds have their turn at an endpoint, as far as the image API knows."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.requests import JobId, JobState, RequestView, Turn


@dataclass(frozen=True, slots=True)
class EndpointTurns:
    """Keeps for each job that the worker holds who can tell its turn."""

    _turns: dict[JobId, Callable[[], Turn | None]] = field(default_factory=dict)

    def keep(self, job: JobId, turn: Callable[[], Turn | None]) -> None:
        """A job is in the worker's hands from now on; `turn` is None whenever it does not wait."""
        self._turns[job] = turn

    def drop(self, job: JobId) -> None:
        """The worker is done with a job."""
        self._turns.pop(job, None)

    def of(self, job: JobId) -> Turn | None:
        """When a job has its turn; None if it does not wait at an endpoint."""
        turn = self._turns.get(job)
        return turn() if turn else None

    def waiting_of(self, view: RequestView) -> list[Turn]:
        """The turns of a request's jobs that wait, soonest first."""
        turns = (self.of(job.id) for job in view.jobs if job.state is JobState.PAINTING and job.left_at is None)
        return sorted((turn for turn in turns if turn is not None), key=lambda turn: turn.seconds_until_done)
