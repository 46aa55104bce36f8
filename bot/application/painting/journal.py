"""Commits what happens to a job while an image API paints it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

import structlog

from bot.application.persistence import PASSING, first_taken
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.errors import StoreUnavailable
from bot.domain.requests.queue import Turn
from bot.domain.requests.requests import ClaimedJob, PictureLink, Try
from bot.ports import Clock, Store

log = structlog.get_logger()


class ClaimLost(Exception):
    """The job is no longer ours: a state change in the store found another state or attempt than expected."""


class JobJournal:
    """Implements the `Journal` port for one claim. Each async method raises `ClaimLost` if the claim is lost.

    `changed` is called when a try has failed: the job may wait at an endpoint now, and its member is to be told.
    """

    def __init__(
        self, store: Store, job: ClaimedJob, catalogue: ModelCatalog, clock: Clock, *, changed: Callable[[], None]
    ) -> None:
        self._store = store
        self._job = job
        self._catalogue = catalogue
        self._clock = clock
        self._changed = changed
        self.is_under_way = False  # a request was sent, and its try has not failed
        self._turn: Callable[[], Turn | None] = lambda: None
        self.was_billed = False  # a failed try was billed, probably
        self.unwritten: Try | None = None  # the try that succeeded: it is committed together with its pictures

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Keep the function that returns the job's turn."""
        self._turn = turn

    def turn(self) -> Turn | None:
        """Return the job's turn at an endpoint; None if it does not wait, as far as we know."""
        return self._turn()

    async def request_sent(self, endpoint: str) -> None:
        """Commit that a request is about to be sent. No request may be sent without this mark.

        Raises `StoreUnavailable` if the commit failed but may succeed later.
        """
        try:
            is_ours = await self._store.mark_request_sent(
                self._job.job, self._job.attempt, endpoint, self._cost(endpoint)
            )
        except PASSING as fault:
            raise StoreUnavailable(str(fault)) from fault
        if not is_ours:
            raise ClaimLost
        self.is_under_way = True

    def _cost(self, endpoint: str) -> Decimal | None:
        """Return what the endpoint charges for the job; None if the model is not in the catalogue any more."""
        model = self._catalogue.find(self._job.wish.model)
        return model.terms_for(self._job.wish.settings, endpoint).cost if model else None

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """Commit the links to the pictures, which are paid for. If the store refuses the model's words, omit them."""
        bare = [replace(link, words=None) for link in links]
        keep = partial(self._store.keep_links, self._job.job, self._job.attempt)
        await self._commit("keep the links", partial(keep, links), partial(keep, bare))

    async def attempt_finished(self, attempt: Try) -> None:
        """Commit a try that failed. A try that succeeded is committed later, together with its pictures."""
        if attempt.fault is None:
            self.unwritten = attempt
            return
        await self._note(attempt)
        self.is_under_way = False
        self.was_billed |= attempt.is_billed
        self._changed()

    async def write(self) -> None:
        """Commit the try that succeeded, if its pictures could not be kept."""
        if self.unwritten is not None:
            await self._note(self.unwritten)

    async def _note(self, attempt: Try) -> None:
        await self._commit("note a try", partial(self._store.note_try, self._job.job, self._job.attempt, attempt))

    async def _commit(self, what: str, *actions: Callable[[], Awaitable[bool]]) -> None:
        """Commit a fact about a picture that is paid for. If the store refuses it for good, log that and go on.

        The picture is then lost only if the process crashes before the picture is kept.
        """
        try:
            is_ours = await first_taken(actions, self._clock, what=what)
        except Exception:
            log.exception("not-written-down", what=what, job=self._job.job)
            return
        if not is_ours:
            raise ClaimLost
