"""Housekeeping: pictures are kept as long as something wants them, and no more than there is room for."""

from datetime import timedelta

import structlog

from bot.ports import Clock, PictureFiles, Store

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 30.0
SWEEP_EVERY = timedelta(hours=1)


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
