"""Time for tasks that wait for one another, as seconds."""

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import count
from typing import Any


class Time:
    """Time that passes only while everybody waits: then the one who waits for the earliest moment goes on."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> float:
        self.seconds += 0.000_001  # it passes while one looks at it, too
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.seconds + seconds, next(self._numbers), ending))
        await ending

    async def run(self, *work: Coroutine[Any, Any, None]) -> None:
        """Do all of it, letting time pass."""
        tasks = [asyncio.create_task(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(20):  # so that whoever can go on does
                await asyncio.sleep(0)
            if self._waiting and not all(task.done() for task in tasks):
                at, _, ending = heapq.heappop(self._waiting)
                self.seconds = max(self.seconds, at)
                if not ending.done():
                    ending.set_result(None)
        for task in tasks:
            task.result()
