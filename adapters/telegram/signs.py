"""The first sign of life: it leaves before a request is worked on. Where many ask at once, all signs leave first."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from adapters.telegram.faults import attempt

FEW = 3
"""So many signs at once leave beside the work; of more, the work would delay the last by its whole length."""

MOST_AT_ONCE = 100
"""Of more, none is sent: a sign that comes late says nothing."""


class Signs:
    """Sends signs, each for itself. Faults are passed over."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def put(self, sign: Callable[[], Awaitable[object]]) -> None:
        """Have a sign sent now."""
        if len(self._under_way) < MOST_AT_ONCE:
            task = asyncio.create_task(attempt("first-sign", partial(sign)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def let_leave(self, *, seconds: float) -> None:
        """Let signs leave before anything else is done; where many do, wait for them, but not longer than told."""
        await asyncio.sleep(0)
        if len(self._under_way) > FEW:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def finish(self) -> None:
        """Give up what is under way."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
