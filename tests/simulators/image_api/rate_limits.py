"""Rate limits as servers have them. Each takes a request that comes at a second, or says when it may come again."""

import asyncio
import math
from collections import deque
from typing import Protocol


class Limit(Protocol):
    """Judges requests in the order in which they come."""

    def refuses(self, at: float) -> float | None:
        """Return None where a request that comes at this second is taken, or the seconds after which it would be."""


class FixedWindow:
    """So many in each window; windows begin one after another, whoever comes."""

    def __init__(self, most: int, seconds: float = 60.0, begins_at: float = 0.0) -> None:
        self._most, self._seconds, self._begins_at = most, seconds, begins_at
        self._window, self._taken = -1, 0

    def refuses(self, at: float) -> float | None:
        window = math.floor((at - self._begins_at) / self._seconds)
        if window != self._window:
            self._window, self._taken = window, 0
        if self._taken >= self._most:
            return (window + 1) * self._seconds + self._begins_at - at
        self._taken += 1
        return None


class SlidingWindow:
    """So many in any so many seconds."""

    def __init__(self, most: int, seconds: float = 60.0) -> None:
        self._most, self._seconds = most, seconds
        self._taken: deque[float] = deque()

    def refuses(self, at: float) -> float | None:
        while self._taken and self._taken[0] <= at - self._seconds:
            self._taken.popleft()
        if len(self._taken) >= self._most:
            return self._taken[0] + self._seconds - at
        self._taken.append(at)
        return None


class TokenBucket:
    """So many at once, and so many a second."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._rate = burst, per_second
        self._tokens, self._at = float(burst), 0.0

    def refuses(self, at: float) -> float | None:
        self._tokens = min(self._burst, self._tokens + (at - self._at) * self._rate)
        self._at = at
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._rate
        self._tokens -= 1.0
        return None


class AtOnce:
    """So many in flight, each for so many seconds; it cannot say when to come again."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._until: deque[float] = deque()

    def refuses(self, at: float) -> float | None:
        while self._until and self._until[0] <= at:
            self._until.popleft()
        if len(self._until) >= self._most:
            return 0.0
        self._until.append(at + self._seconds)
        return None


class Everybody:
    """Refuses everybody for a while, and asks to come again after a time that it names."""

    def __init__(self, seconds: float, asks_seconds: float) -> None:
        self._seconds, self._asks_seconds = seconds, asks_seconds

    def refuses(self, at: float) -> float | None:
        return self._asks_seconds if at < self._seconds else None


class LimitFromFirstRequest:
    """A limit whose second 0 is when the first request comes."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._began: float | None = None
        self.first_refusal_at: float | None = None  # by the loop's clock

    def refuses(self) -> float | None:
        """Return the seconds after which a request that comes now may come again; None if it is accepted."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        seconds = self._limit.refuses(now - self._began)
        if seconds is not None and self.first_refusal_at is None:
            self.first_refusal_at = now
        return seconds
