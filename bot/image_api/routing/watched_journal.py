"""A wrapper that watches the journal during one attempt."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bot.domain.requests.queue import Turn
from bot.domain.requests.requests import PictureLink, Try
from bot.ports import Journal


class WatchedJournal:
    """Wraps another `Journal`, and remembers whether a request was sent and what the journal raised."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.has_left = False  # the request was sent, so it may have been billed
        self.raised: Exception | None = None  # ends the order, whatever it is

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Pass on the function that estimates the order's turn."""
        self._journal.waits(turn)

    async def request_sent(self, endpoint: str) -> None:
        """Record that the request was sent."""
        with self._watching():
            await self._journal.request_sent(endpoint)
        self.has_left = True

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """Record the links in the wrapped journal."""
        with self._watching():
            await self._journal.links_found(links)

    async def attempt_finished(self, attempt: Try) -> None:
        """Record the finished attempt in the wrapped journal."""
        with self._watching():
            await self._journal.attempt_finished(attempt)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.raised = error
            raise
