"""Where pictures arrive in a folder, and room that is taken for them before they come."""

import asyncio
import errno
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.domain.errors import NoRoom
from bot.domain.models import Room
from bot.picture_store.arriving_picture import Place, arriving_picture
from bot.picture_store.private_files import FILE_MODE, create_file
from bot.ports import PictureSink, PictureWriter

SPARE_BYTES = 8_000_000
"""What has to be free beside the room that is taken: the database writes down what is paid meanwhile."""

_CANNOT_ALLOCATE = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""What file systems say that do not know how to allocate a file before it is written."""

Found = TypeVar("Found")


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """Begins picture files. `new_part` names each while it arrives, and `place` moves it to where it stays."""

    new_part: Callable[[], Path]
    place: Place
    most_bytes: int
    threads: Executor | None = None
    mode: int = FILE_MODE
    taking: threading.Lock = field(default_factory=threading.Lock)  # one at a time looks how much there is
    rooms_held: int = 0

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file for which no room was taken."""
        return arriving_picture(self.new_part(), self.place, self.most_bytes, self.threads, mode=self.mode)

    @asynccontextmanager
    async def room(self, room: Room) -> AsyncIterator[PictureSink]:
        """Take room, by files that are allocated before anything is written to them. See `PictureSink`."""
        taken = _TakenRoom(self, room)
        try:
            try:
                await self.in_thread(taken.take)
            except OSError as fault:
                raise NoRoom(fault.strerror or str(fault), room, passes=self.rooms_held > 0) from fault
            with self._held():
                yield taken
        finally:
            await asyncio.shield(self.in_thread(taken.give_back))

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.rooms_held += 1
        try:
            yield
        finally:
            self.rooms_held -= 1

    async def in_thread(self, work: Callable[[], Found]) -> Found:
        """Do what waits for the disk in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)


class _TakenRoom:
    """Implements `PictureSink`: allocated files that wait for pictures. A picture beyond them begins a file of its own.

    A file that was not finished goes back, for instance to the next try.
    """

    def __init__(self, arrivals: Arrivals, room: Room) -> None:
        self._arrivals = arrivals
        self._room = room
        self._parts: list[Path] = []  # all that were allocated
        self._free: list[Path] = []
        # A thread goes on when its caller is cancelled, and may then meet `give_back`.
        self._one_thread_at_a_time = threading.Lock()
        self._is_over = False

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file, in the room that was taken as long as some is free."""
        return self._in_room(self._free.pop()) if self._free else self._arrivals.new_file()

    def room(self, room: Room) -> AbstractAsyncContextManager[PictureSink]:
        """Take room beside this."""
        return self._arrivals.room(room)

    @asynccontextmanager
    async def _in_room(self, part: Path) -> AsyncIterator[PictureWriter]:
        try:
            async with arriving_picture(
                part, self._arrivals.place, self._arrivals.most_bytes, self._arrivals.threads, is_allocated=True
            ) as file:
                yield file
        finally:
            if await asyncio.shield(self._arrivals.in_thread(lambda: self._is_free_again(part))):
                self._free.append(part)

    def take(self) -> None:
        """Allocate all files. Blocking. Raises `OSError`."""
        with self._arrivals.taking, self._one_thread_at_a_time:
            if self._is_over:
                return
            folder = self._arrivals.new_part().parent
            _check_free(folder, self._room.total_bytes + SPARE_BYTES)  # to try it out would use all there is up
            for _ in range(self._room.files):
                part = self._arrivals.new_part()
                create_file(part, self._arrivals.mode).close()
                self._parts.append(part)
                _allocate(part, self._room.file_bytes)
            self._free = list(self._parts)

    def give_back(self) -> None:
        """Take away what no picture has used. Blocking."""
        with self._one_thread_at_a_time:
            self._is_over = True
            for part in self._parts:
                part.unlink(missing_ok=True)

    def _is_free_again(self, part: Path) -> bool:
        """Allocate a file anew; False where it became a picture, or the room is gone."""
        try:
            _allocate(part, self._room.file_bytes)
        except OSError:
            part.unlink(missing_ok=True)
            return False
        return True


def _check_free(folder: Path, size_bytes: int) -> None:
    """Raise `OSError` where the disk says that it has less room than this."""
    if shutil.disk_usage(folder).free < size_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _allocate(part: Path, size_bytes: int) -> None:
    """Have the disk keep so many bytes for a file that is there. Raises `OSError`."""
    with part.open("r+b") as file:
        try:
            _keep_free_for(file.fileno(), size_bytes)
        except OSError as fault:
            if fault.errno not in _CANNOT_ALLOCATE:
                raise
            _check_free(part.parent, size_bytes)


def _keep_free_for(descriptor: int, size_bytes: int) -> None:
    if not hasattr(os, "posix_fallocate"):  # macOS
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    os.posix_fallocate(descriptor, 0, size_bytes)
