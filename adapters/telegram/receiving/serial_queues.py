"""Queues by key: work of one queue runs in order, and different queues run in parallel."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable


class SerialQueues:
    """Runs work as tasks. In each queue (`lane`), the next task begins when the one before it has ended."""

    def __init__(self) -> None:
        self._last: dict[Hashable, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, lane: Hashable, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Add work to a queue. Return its task, which raises what the work raises."""
        task = asyncio.create_task(_after(self._last.get(lane), work))
        self._last[lane] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._leave(lane, done))
        return task

    async def finish(self, *, seconds: float) -> None:
        """Wait until all work is done, at most `seconds`. Then cancel the rest."""
        if self._tasks:
            _, left = await asyncio.wait(list(self._tasks), timeout=seconds)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _leave(self, lane: Hashable, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # so that asyncio does not warn about an exception that nobody reads
        if self._last.get(lane) is task:
            del self._last[lane]


async def _after(before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    await work()
