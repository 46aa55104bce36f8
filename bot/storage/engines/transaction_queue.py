"""The queue of transactions. Those that wait at the same time are committed together.

A commit takes longer than the statements before it. If a hundred members ask at once, or sixteen pictures are ready at
once, one commit for many transactions saves most of that time. Nobody is told of a result before it is committed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

MOST_TOGETHER = 16
"""The most transactions in one commit."""

Work = Callable[[Connection], Any]
Outcome = tuple[Any, Exception | None]
"""What a transaction returned, or what it raised."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A transaction, and the future that its caller awaits."""

    work: Work
    done: asyncio.Future[Any]


class TransactionQueue:
    """Hands transactions to `run`, which executes them in their order: the urgent ones first.

    A transaction whose caller was cancelled keeps its place.
    """

    def __init__(self, run: Callable[[Sequence[Work]], Coroutine[Any, Any, Sequence[Outcome]]]) -> None:
        self._run = run
        self._urgent: deque[_Waiting] = deque()
        self._others: deque[_Waiting] = deque()
        self._under_way: set[asyncio.Task[Sequence[Outcome]]] = set()

    async def transact(self, work: Callable[[Connection], T], *, is_urgent: bool) -> T:
        """Wait for a transaction. Return what it returned, or raise what it raised."""
        waiting = _Waiting(work, asyncio.get_running_loop().create_future())
        (self._urgent if is_urgent else self._others).append(waiting)
        if not self._under_way:
            self._hand_over()
        result: T = await waiting.done
        return result

    def hand_over_all(self) -> None:
        """Hand over all waiting transactions now, before the connection is closed."""
        while self._urgent or self._others:
            self._hand_over()

    def _hand_over(self) -> None:
        together: list[_Waiting] = []
        while len(together) < MOST_TOGETHER and (line := self._urgent or self._others):
            together.append(line.popleft())
        running = asyncio.ensure_future(self._run([each.work for each in together]))
        self._under_way.add(running)
        running.add_done_callback(partial(self._end, together))

    def _end(self, together: Sequence[_Waiting], running: asyncio.Task[Sequence[Outcome]]) -> None:
        self._under_way.discard(running)
        if not self._under_way and (self._urgent or self._others):
            self._hand_over()
        for waiting, (result, error) in zip(together, _outcomes(running, len(together)), strict=True):
            if waiting.done.done():
                continue  # its caller was cancelled
            if error is None:
                waiting.done.set_result(result)
            else:
                waiting.done.set_exception(error)


def _outcomes(running: asyncio.Task[Sequence[Outcome]], count: int) -> Sequence[Outcome]:
    """Return the outcomes of transactions; if `run` itself failed, that is the outcome of each."""
    if running.cancelled():
        return [(None, RuntimeError("the database is closed"))] * count
    error = running.exception()
    if isinstance(error, Exception):
        return [(None, error)] * count
    return running.result()
