"""Checks that the disk has room for pictures before they are paid for. If not, the owner is told once, in the log."""

import structlog

from bot.domain.catalogue.models import Room
from bot.domain.errors import NoRoom
from bot.ports import Clock, PictureFiles

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 5.0


class PictureRoom:
    """Remembers that there was too little room. Jobs then wait until there is enough.

    Room may be missing only because it is reserved for other pictures, which will release it. Requests are not refused
    for that. The painter reserves room for each HTTP request that costs money; this class only checks.
    """

    def __init__(self, files: PictureFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        self._lacking: Room | None = None  # the largest room that could not be reserved
        self._is_told = False  # the owner was told; not told again before there was plenty of room

    def lacks(self, fault: NoRoom) -> None:
        """Note that room could not be reserved. Tell the owner, once, if it will not become free by itself."""
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
        """Whether there is or will be room for this picture, and for the largest one that found none before."""
        if self._lacking is None and await self._is_plenty(room):
            self._tell_room()
            return True
        fault = await self._look(_larger(self._lacking, room))
        return fault is None or fault.passes

    async def until_there(self) -> None:
        """Wait until there is room for the largest picture that found none. Return at once if all found room."""
        while self._lacking is not None and await self._look(self._lacking) is not None:
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _is_plenty(self, room: Room) -> bool:
        """Whether the disk reports more than twice this room. It may not know of every limit, such as a quota."""
        try:
            return await self._files.free_bytes() > 2 * room.total_bytes
        except OSError:
            return False

    async def _look(self, room: Room) -> NoRoom | None:
        """Reserve room and release it at once. Return None, or the fault if there is not enough."""
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
