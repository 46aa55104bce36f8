"""Whether there is room on the disk for pictures that are to be paid; the owner is told once when there is none."""

import structlog

from bot.domain.errors import NoRoom
from bot.domain.models import Room
from bot.ports import Clock, PictureFiles

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 5.0


class PictureRoom:
    """Remembers when there was no room; then jobs wait until there is.

    Requests are refused only where it is not held for other pictures, which will give it back. Room is taken by
    whoever paints, for each request that costs money: this only looks.
    """

    def __init__(self, files: PictureFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        self._lacking: Room | None = None  # the most that was not there
        self._is_told = False  # to the owner; no second time before there is plenty

    def lacks(self, fault: NoRoom) -> None:
        """Note that room could not be taken."""
        if not (self._is_told or fault.passes):
            self._is_told = True
            log.error(
                "disk-full",
                needed_bytes=fault.room.total_bytes,
                reason=str(fault),
                advice="make room where the pictures are; until then no picture is paid for and requests are refused",
            )
        self._lacking = _larger(self._lacking, fault.room)

    async def is_there(self, room: Room) -> bool:
        """Whether there is room, or will be: for this, and for all that there was none for before."""
        if self._lacking is None and await self._is_plenty(room):
            self._tell_room()
            return True
        fault = await self._look(_larger(self._lacking, room))
        return fault is None or fault.passes

    async def until_there(self) -> None:
        """Wait while there is no room for what there was none for before."""
        while self._lacking is not None and await self._look(self._lacking) is not None:
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _is_plenty(self, room: Room) -> bool:
        """Whether the disk says that there is far more than this; it may not know of every limit."""
        try:
            return await self._files.free_bytes() > 2 * room.total_bytes
        except OSError:
            return False

    async def _look(self, room: Room) -> NoRoom | None:
        """Take room and give it back at once; or the fault that says that there is none."""
        try:
            async with self._files.room(room):
                pass
        except NoRoom as fault:
            self.lacks(fault)
            return fault
        self._lacking = None
        if await self._is_plenty(room):
            self._tell_room()
        return None

    def _tell_room(self) -> None:
        if self._is_told:
            self._is_told = False
            log.info("disk-has-room")


def _larger(lacking: Room | None, room: Room) -> Room:
    return room if lacking is None or room.total_bytes > lacking.total_bytes else lacking
