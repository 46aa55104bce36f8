"""Waits until something has happened, within a bound and without asking again and again."""

import asyncio
from collections.abc import Callable

WITHIN_SECONDS = 60.0
"""Long, for a busy machine; what comes about takes milliseconds elsewhere."""


class Bell:
    """Is rung whenever something has changed, also by code that cannot await."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Have every condition that is waited for looked at again."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, condition: Callable[[], object], *, within: float | None = WITHIN_SECONDS) -> None:
        """Wait until the condition holds; `within` None: for as long as it takes.

        Raises:
            TimeoutError: it did not within so many seconds.
        """
        async with asyncio.timeout(within):
            while not condition():
                await self._rung.wait()
