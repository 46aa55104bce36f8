"""What is committed about a job while an image API paints it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog

from bot.application.persistence import PASSING, first_taken
from bot.domain.errors import StoreUnavailable
from bot.domain.queue import Turn
from bot.domain.requests import ClaimedJob, PictureLink, Try
from bot.ports import Clock, Store

log = structlog.get_logger()


class ClaimLost(Exception):
    """The job is no longer ours: a move of ours found another state or attempt."""


class JobJournal:
    """Implements the `Journal` port for one claim; each method raises `ClaimLost` where that is no longer ours."""

    def __init__(self, store: Store, job: ClaimedJob, clock: Clock) -> None:
        self._store = store
        self._job = job
        self._clock = clock
        self.is_under_way = False  # a request has left, and its try has not failed
        self._turn: Callable[[], Turn | None] = lambda: None
        self.was_billed = False  # probably: a try that failed was
        self.unwritten: Try | None = None  # the try that painted: it is written down with its pictures

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Keep who knows when the job's turn comes."""
        self._turn = turn

    def turn(self) -> Turn | None:
        """When the job has its turn at an endpoint; None if it does not wait, as far as we know."""
        return self._turn()

    async def request_sent(self, endpoint: str) -> None:
        """Commit the mark. Raises `StoreUnavailable` where that may succeed later: nothing may leave unmarked."""
        try:
            is_ours = await self._store.mark_leaving(self._job.job, self._job.attempt, endpoint)
        except PASSING as fault:
            raise StoreUnavailable(str(fault)) from fault
        if not is_ours:
            raise ClaimLost
        self.is_under_way = True

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """Commit where the pictures lie, which are paid; without their words where the store refuses those."""
        bare = [replace(link, words=None) for link in links]
        keep = partial(self._store.keep_links, self._job.job, self._job.attempt)
        await self._commit("keep the links", partial(keep, links), partial(keep, bare))

    async def attempt_finished(self, attempt: Try) -> None:
        """Commit how a try ended, if it failed. One that painted changes nothing before its pictures are kept."""
        if attempt.fault is None:
            self.unwritten = attempt
            return
        await self._note(attempt)
        self.is_under_way = False
        self.was_billed |= attempt.is_billed

    async def write(self) -> None:
        """Commit the try that painted, where its pictures could not be kept."""
        if self.unwritten is not None:
            await self._note(self.unwritten)

    async def _note(self, attempt: Try) -> None:
        await self._commit("note a try", partial(self._store.note_try, self._job.job, self._job.attempt, attempt))

    async def _commit(self, what: str, *actions: Callable[[], Awaitable[bool]]) -> None:
        """Commit what is paid already. Where the store refuses it for good, painting goes on all the same.

        Only a crash at this very moment would then cost the picture.
        """
        try:
            is_ours = await first_taken(actions, self._clock, what=what)
        except Exception:
            log.exception("not-written-down", what=what, job=self._job.job)
            return
        if not is_ours:
            raise ClaimLost
