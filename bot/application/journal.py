"""What is committed about a job while an image API paints it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot.application.persistence import until_done
from bot.domain.requests import ClaimedJob, PictureLink, Try
from bot.ports import Clock, Store


class ClaimLost(Exception):
    """The job is no longer ours: a move of ours found another state or attempt."""


class JobJournal:
    """Implements the `Journal` port for one claim; each method raises `ClaimLost` where that is no longer ours."""

    def __init__(self, store: Store, job: ClaimedJob, clock: Clock) -> None:
        self._store = store
        self._job = job
        self._clock = clock
        self.is_under_way = False  # a request has left, and its try has not failed
        self.was_billed = False  # probably: a try that failed was

    async def leaving(self, endpoint: str) -> None:
        """Commit the mark. What else it raises, a full disk for instance, ends the job: nothing may leave unmarked."""
        if not await self._store.mark_leaving(self._job.job, self._job.attempt, endpoint):
            raise ClaimLost
        self.is_under_way = True

    async def found(self, links: Sequence[PictureLink]) -> None:
        """Commit where the pictures lie. They are paid: whatever ails the database, this is repeated until done."""
        await self._commit(partial(self._store.keep_links, self._job.job, self._job.attempt, links), "keep the links")

    async def tried(self, attempt: Try) -> None:
        """Commit how a try ended."""
        await self._commit(partial(self._store.note_try, self._job.job, self._job.attempt, attempt), "note a try")
        if attempt.fault is not None:
            self.is_under_way = False
            self.was_billed |= attempt.is_billed

    async def _commit(self, action: Callable[[], Awaitable[bool]], what: str) -> None:
        if not await until_done(action, self._clock, what=what):
            raise ClaimLost
