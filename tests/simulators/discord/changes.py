"""Lets a test wait until something is as it should be, without looking again and again."""

import asyncio
from collections.abc import Callable

from tests.simulators.waiting import WITHIN_SECONDS


class Changes:
    """Told of everything that happens in the simulator."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()

    async def tell(self) -> None:
        """Wake everybody who waits, because something has happened."""
        async with self._condition:
            self._condition.notify_all()

    async def until(self, condition: Callable[[], object], *, seconds: float = WITHIN_SECONDS) -> None:
        """Wait until it holds; TimeoutError if it does not in that time."""
        async with asyncio.timeout(seconds), self._condition:
            await self._condition.wait_for(lambda: bool(condition()))
