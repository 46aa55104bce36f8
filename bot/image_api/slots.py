"""Slots for requests in flight: so many at each endpoint, and whoever waits longest is next."""

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence


class Slots:
    """Counts the slots that are free, by endpoint."""

    def __init__(self, most_at_once: Mapping[str, int]) -> None:
        self._free = Counter(most_at_once)
        self._waiting: deque[tuple[Collection[str], asyncio.Future[str]]] = deque()

    async def take(self, endpoints: Sequence[str]) -> str:
        """Take a slot at the first of these that has one, or else at whichever has one first; its name."""
        for endpoint in endpoints:
            if self._free[endpoint] > 0:
                self._free[endpoint] -= 1
                return endpoint
        slot: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting = (frozenset(endpoints), slot)
        self._waiting.append(waiting)
        try:
            return await slot
        except asyncio.CancelledError:
            if slot.cancelled():
                self._waiting.remove(waiting)
            else:  # given at the same moment
                self.give_back(slot.result())
            raise

    def give_back(self, endpoint: str) -> None:
        """Give a slot to whoever waits for one here, or leave it free."""
        for waiting in self._waiting:
            endpoints, slot = waiting
            if endpoint in endpoints and not slot.done():
                self._waiting.remove(waiting)
                slot.set_result(endpoint)
                return
        self._free[endpoint] += 1
