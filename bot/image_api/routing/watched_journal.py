"""A journal that is watched during one try."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bot.domain.queue import Turn
from bot.domain.requests import PictureLink, Try
from bot.ports import Journal


class WatchedJournal:
    """Implements the `Journal` port by another one, and remembers what must be known of a try when it has ended."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.has_left = False  # something may have been billed
        self.raised: Exception | None = None  # which ends the order, whatever it is

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Hand on when the turn of the order comes."""
        self._journal.waits(turn)

    async def request_sent(self, endpoint: str) -> None:
        """See `Journal`."""
        with self._watching():
            await self._journal.request_sent(endpoint)
        self.has_left = True

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """See `Journal`."""
        with self._watching():
            await self._journal.links_found(links)

    async def attempt_finished(self, attempt: Try) -> None:
        """See `Journal`."""
        with self._watching():
            await self._journal.attempt_finished(attempt)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.raised = error
            raise
