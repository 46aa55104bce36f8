"""The queue of waiting orders. It is checked in the order of the places, whenever something has or may have changed."""

import asyncio
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bot.ports import Clock

SHORTEST_SLEEP_SECONDS = 0.001
"""The shortest timer. Two clocks never agree: a timer that ends early must not be followed by one of zero length."""

Option = TypeVar("Option")
Admission = TypeVar("Admission")


@dataclass(slots=True, kw_only=True, eq=False)
class LinePosition:
    """An order's place in the queue. The order keeps it for all its attempts."""

    number: int
    expected_seconds: int  # from sending it until it is done
    ends_at: datetime | None = None  # when waiting ends without a turn; None: it has not waited yet
    refusals: int = 0  # by rate limits


@dataclass(slots=True, kw_only=True, eq=False)
class Waiter(Generic[Option, Admission]):
    """A waiting order, and the endpoints it waits for."""

    place: LinePosition
    options: Sequence[Option]
    outcome: asyncio.Future[Admission | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Generic[Admission]):
    """The result of checking a waiter: admit it now, give up, or check again later."""

    admission: Admission | None = None
    is_over: bool = False
    again_at: datetime | None = None  # None: when something changes


class WaitingLine(Generic[Option, Admission]):
    """Wakes each waiter once: with its admission, or with None. One timer serves all.

    `look` checks a waiter and may admit it. If the waiter was cancelled meanwhile, its admission goes to `give_back`.
    """

    def __init__(
        self,
        clock: Clock,
        look: Callable[[Waiter[Option, Admission], datetime], Look[Admission]],
        give_back: Callable[[Admission], None],
    ) -> None:
        self._clock = clock
        self._look = look
        self._give_back = give_back
        self._waiters: list[Waiter[Option, Admission]] = []
        self._timer: asyncio.Task[None] | None = None
        self._timer_ends_at: datetime | None = None

    async def wait(self, options: Sequence[Option], place: LinePosition) -> Admission | None:
        """Wait until a place is admitted. Return None if that cannot happen in time."""
        outcome: asyncio.Future[Admission | None] = asyncio.get_running_loop().create_future()
        insort(
            self._waiters,
            Waiter(place=place, options=options, outcome=outcome),
            key=lambda waiter: waiter.place.number,
        )
        self.serve()
        try:
            return await outcome
        except asyncio.CancelledError:
            if not outcome.cancelled() and (admission := outcome.result()) is not None:
                self._give_back(admission)  # the admission came at the same moment as the cancellation
            self.serve()
            raise

    def up_to(self, place: LinePosition) -> Sequence[Waiter[Option, Admission]]:
        """Return the waiters up to and including a place, in order. Return all of them if that place does not wait."""
        waiting = [waiter for waiter in self._waiters if not waiter.outcome.done()]
        own = next((index for index, waiter in enumerate(waiting) if waiter.place is place), len(waiting))
        return waiting[: own + 1]

    def serve(self) -> None:
        """Check every waiter, because something has changed."""
        now, soonest = self._clock.now(), None
        for waiter in self._waiters:
            if waiter.outcome.done():
                continue
            look = self._look(waiter, now)
            if look.admission is not None or look.is_over:
                waiter.outcome.set_result(look.admission)
            elif look.again_at is not None:
                soonest = look.again_at if soonest is None else min(soonest, look.again_at)
        self._waiters = [waiter for waiter in self._waiters if not waiter.outcome.done()]
        self._set_timer(soonest)

    def close(self) -> None:
        """Stop the timer."""
        self._set_timer(None)

    def _set_timer(self, ends_at: datetime | None) -> None:
        if ends_at == self._timer_ends_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_ends_at = ends_at
        self._timer = None if ends_at is None else asyncio.create_task(self._sleep_until(ends_at), name="line-timer")

    async def _sleep_until(self, ends_at: datetime) -> None:
        seconds = (ends_at - self._clock.now()).total_seconds()
        await self._clock.sleep(max(seconds, SHORTEST_SLEEP_SECONDS))
        self._timer = self._timer_ends_at = None
        self.serve()
