"""Housekeeping: deletes pictures and rows that are no longer needed, and pictures that are over the size limit."""

from collections import Counter
from datetime import timedelta

import structlog

from bot.domain.requests.requests import RequestId
from bot.domain.retention import Retention, RetentionGroup
from bot.ports import Clock, PictureFiles, Store

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 30.0
SWEEP_EVERY = timedelta(hours=1)

ROWS_AT_ONCE = 200
REQUESTS_AT_ONCE = 50
"""The most that one transaction deletes. The limit keeps it short: a request that is being accepted meanwhile waits
some milliseconds at worst."""

PAUSE_SECONDS = 0.25
"""The pause between two such transactions."""


class Housekeeping:
    """Deletes pictures every hour, and as soon as they take more room than they may.

    A request keeps its results and its source pictures for the time `keep`, counted from its acceptance, as long as
    there is room. A request that has not ended, or is not delivered, keeps them even if there is too little room.
    """

    def __init__(self, store: Store, files: PictureFiles, clock: Clock, *, keep: timedelta) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Sweep until cancelled. A sweep that fails is retried an hour later."""
        swept_at, is_full = None, False
        while True:
            now = self._clock.now()
            if swept_at is None or now - swept_at >= SWEEP_EVERY or (self._files.is_overfull and not is_full):
                swept_at, is_full = now, await self._sweep()
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _sweep(self) -> bool:
        """Sweep once. Return True if it failed, or if too little room is left and nothing more may be deleted."""
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
    """Deletes expired rows every hour, in small transactions with pauses between them."""

    def __init__(self, store: Store, clock: Clock, retention: Retention) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention

    async def run(self) -> None:
        """Sweep until cancelled. A sweep that fails is retried an hour later."""
        swept_at = None
        while True:
            await self._clock.sleep(LOOK_EVERY_SECONDS)  # sleep first: no deletion is urgent at a start
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
        """Delete every expired row. Return the number of deleted rows of each kind."""
        now = self._clock.now()
        deleted: Counter[str] = Counter()
        for what in RetentionGroup:  # events first: an event keeps its request from being deleted
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
