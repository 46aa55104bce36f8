"""A working twin of the clock, in the test's hand."""

import asyncio
from datetime import UTC, datetime, timedelta

A_DAY = 24 * 60 * 60


class FakeClock:
    """A clock whose hands the test can set forward. Waiting takes no more than a moment, but for a day it does."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.01) if seconds < A_DAY else seconds)
