"""Sends the first sign (chat action) before the work on a request begins. If many ask at once, all signs go first."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from adapters.telegram.faults import attempt

FEW = 3
"""Up to so many signs are sent while the work goes on. With more, the work would delay the last sign until its end."""

MOST_AT_ONCE = 100
"""Further signs are not sent: a late sign is useless."""


class Signs:
    """Sends signs in the background, each in its own task. Faults are logged and ignored."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def put(self, sign: Callable[[], Awaitable[object]]) -> None:
        """Start sending a sign now."""
        if len(self._under_way) < MOST_AT_ONCE:
            task = asyncio.create_task(attempt("first-sign", partial(sign)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def let_leave(self, *, seconds: float) -> None:
        """Let signs start before other work. If there are more than `FEW`, wait for them, at most `seconds`."""
        await asyncio.sleep(0)
        if len(self._under_way) > FEW:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def finish(self) -> None:
        """Cancel signs that are being sent."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
