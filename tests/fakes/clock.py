"""Working twins of the clock, in the test's hand. They differ in what becomes of those who sleep."""

import asyncio
from datetime import UTC, datetime, timedelta

A_DAY = 24 * 60 * 60
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FakeClock:
    """A clock whose hands the test can set forward. Waiting takes no more than a moment, but for a day it does."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.01) if seconds < A_DAY else seconds)


class PassingClock(FakeClock):
    """Nobody waits: time passes by as much as somebody sleeps. Held, it stands, and who sleeps goes on sleeping."""

    def __init__(self, now: datetime = NOON) -> None:
        super().__init__(now)
        self.is_held = False
        self.somebody_sleeps = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.somebody_sleeps.set()
        if self.is_held:
            await asyncio.Event().wait()
        self.advance(seconds=seconds)


class WaitingClock(FakeClock):
    """Time stands, and whoever sleeps waits until the test lets time pass."""

    def __init__(self, now: datetime = NOON) -> None:
        super().__init__(now)
        self.time_passes = asyncio.Event()
        self.somebody_sleeps = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.somebody_sleeps.set()
        await self.time_passes.wait()
