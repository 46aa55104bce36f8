"""The first sign of life: it leaves while a request is being made durable, and nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from adapters.telegram.faults import attempt

MOST_AT_ONCE = 100
"""Of more, none is sent: a sign that comes late says nothing."""


class Signs:
    """Sends signs, each for itself. Faults are passed over."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def put(self, sign: Callable[[], Awaitable[None]]) -> None:
        """Have a sign sent now."""
        if len(self._under_way) < MOST_AT_ONCE:
            task = asyncio.create_task(attempt("first-sign", partial(sign)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """Give up what is under way."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
