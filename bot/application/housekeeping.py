"""Housekeeping: pictures and rows are kept as long as something wants them, pictures no more than there is room for."""

from collections import Counter
from datetime import timedelta

import structlog

from bot.domain.requests import RequestId
from bot.domain.retention import Retention, RetentionGroup
from bot.ports import Clock, PictureFiles, Store

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 30.0
SWEEP_EVERY = timedelta(hours=1)

ROWS_AT_ONCE = 200
REQUESTS_AT_ONCE = 50
"""What one transaction deletes at most, so that who accepts a request waits some milliseconds at worst."""

PAUSE_SECONDS = 0.25
"""Between two such transactions."""


class Housekeeping:
    """Sweeps the pictures every hour, and as soon as they are more than may be kept.

    A picture is wanted by each request that it came of or went along with, for `keep` from its acceptance; by one that
    is not ended and delivered it is needed, whatever the room.
    """

    def __init__(self, store: Store, files: PictureFiles, clock: Clock, *, keep: timedelta) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Sweep until cancelled. What goes wrong is tried again an hour later."""
        swept_at, is_full = None, False
        while True:
            now = self._clock.now()
            if swept_at is None or now - swept_at >= SWEEP_EVERY or (self._files.is_overfull and not is_full):
                swept_at, is_full = now, await self._sweep()
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _sweep(self) -> bool:
        """Sweep once; say whether there is no room although nothing more can be taken away."""
        try:
            swept = await self._files.sweep(await self._store.wanted_pictures(self._keep), self._clock.now())
        except Exception:
            log.exception("pictures-not-swept")
            return True
        if swept.taken:
            log.info("pictures-swept", files=swept.taken, freed_bytes=swept.taken_bytes, kept_bytes=swept.kept_bytes)
        if swept.is_full:
            log.warning("pictures-need-more-room", kept_bytes=swept.kept_bytes, why="all of them are needed or new")
        return swept.is_full


class RowSweep:
    """Deletes the rows that are kept no longer, every hour, in small pieces with pauses in between."""

    def __init__(self, store: Store, clock: Clock, retention: Retention) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention

    async def run(self) -> None:
        """Sweep until cancelled. What goes wrong is tried again an hour later."""
        swept_at = None
        while True:
            await self._clock.sleep(LOOK_EVERY_SECONDS)  # first: nothing of it is urgent at a start
            now = self._clock.now()
            if swept_at is None or now - swept_at >= SWEEP_EVERY:
                swept_at = now
                await self._sweep_and_tell()

    async def _sweep_and_tell(self) -> None:
        try:
            deleted = await self.sweep()
        except Exception:
            log.exception("rows-not-swept")
            return
        if deleted.total():
            log.info("rows-swept", **deleted)

    async def sweep(self) -> Counter[str]:
        """Delete everything that is over now; says how much of each kind."""
        now = self._clock.now()
        deleted: Counter[str] = Counter()
        for what in RetentionGroup:  # events first: they keep their requests
            is_more = True
            while is_more:
                gone = await self._store.forget(what, now - self._retention.of(what), most=ROWS_AT_ONCE)
                deleted[what.value] += gone
                is_more = gone == ROWS_AT_ONCE
                await self._clock.sleep(PAUSE_SECONDS)
        before = now - self._retention.pictures
        after: RequestId | None = RequestId(0)
        while after is not None:
            gone, after = await self._store.forget_requests(before, after=after, most=REQUESTS_AT_ONCE)
            deleted["requests"] += gone
            await self._clock.sleep(PAUSE_SECONDS)
        return deleted
