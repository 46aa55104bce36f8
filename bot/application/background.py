"""Tasks that live as long as the bot does, each in its own right."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()


class Background:
    """Starts tasks and ends those that are left when the bot stops.

    A fault of one task is logged and ends that task alone: what it worked on is in the store and is taken up again
    at the next start.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Start a task."""
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _logged(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("background-task-failed")
