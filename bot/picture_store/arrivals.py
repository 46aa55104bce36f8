"""Picture files that are being written in a folder, and disk space that is reserved for them in advance."""

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

from bot.domain.catalogue.models import Room
from bot.domain.errors import NoRoom
from bot.picture_store.arriving_picture import Place, arriving_picture
from bot.picture_store.private_files import FILE_MODE, create_file
from bot.ports import PictureSink, PictureWriter

SPARE_BYTES = 8_000_000
"""The bytes that must stay free besides the reserved room: the database records meanwhile what is paid."""

_CANNOT_ALLOCATE = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""The errors of file systems that cannot allocate a file before it is written."""

Found = TypeVar("Found")


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """Begins picture files. `new_part` names a temporary file, and `place` moves it to its final place."""

    new_part: Callable[[], Path]
    place: Place
    most_bytes: int
    threads: Executor | None = None
    mode: int = FILE_MODE
    taking: threading.Lock = field(default_factory=threading.Lock)  # one thread at a time checks the free space
    rooms_held: int = 0

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file without reserved room."""
        return arriving_picture(self.new_part(), self.place, self.most_bytes, self.threads, mode=self.mode)

    @asynccontextmanager
    async def room(self, room: Room) -> AsyncIterator[PictureSink]:
        """Reserve room by allocating files before anything is written to them."""
        taken = _TakenRoom(self, room)
        try:
            try:
                await self.in_thread(taken.take)
            except OSError as fault:
                raise NoRoom(fault.strerror or str(fault), room, passes=self.rooms_held > 0) from fault
            with self._held():
                yield taken
        finally:
            if not taken.is_used_up:
                await asyncio.shield(self.in_thread(taken.give_back))

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.rooms_held += 1
        try:
            yield
        finally:
            self.rooms_held -= 1

    async def in_thread(self, work: Callable[[], Found]) -> Found:
        """Run blocking disk work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)


class _TakenRoom:
    """A sink of allocated files that wait for pictures. A picture more than reserved gets a new file.

    A file that was not finished is free again, for the next attempt for instance.
    """

    def __init__(self, arrivals: Arrivals, room: Room) -> None:
        self._arrivals = arrivals
        self._room = room
        self._parts: list[Path] = []  # all allocated files
        self._free: list[Path] = []
        # A thread continues if its caller is cancelled, and may then run at the same time as `give_back`.
        self._one_thread_at_a_time = threading.Lock()
        self._is_taken = False
        self._is_over = False

    @property
    def is_used_up(self) -> bool:
        """Whether every allocated file has become a picture, so that there is nothing to give back."""
        return self._is_taken and not self._parts

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file in the reserved room, or a new one if none of it is free."""
        return self._in_room(self._free.pop()) if self._free else self._arrivals.new_file()

    def room(self, room: Room) -> AbstractAsyncContextManager[PictureSink]:
        """Reserve more room, besides this."""
        return self._arrivals.room(room)

    @asynccontextmanager
    async def _in_room(self, part: Path) -> AsyncIterator[PictureWriter]:
        try:
            async with arriving_picture(
                part, self._arrivals.place, self._arrivals.most_bytes, self._arrivals.threads, is_allocated=True
            ) as file:
                yield file
        finally:
            if file.is_placed:
                self._parts.remove(part)
            elif await asyncio.shield(self._arrivals.in_thread(lambda: self._is_free_again(part))):
                self._free.append(part)

    def take(self) -> None:
        """Allocate all files. Blocking. Raises `OSError`."""
        with self._arrivals.taking, self._one_thread_at_a_time:
            if self._is_over:
                return
            folder = self._arrivals.new_part().parent
            _check_free(folder, self._room.total_bytes + SPARE_BYTES)  # just trying would fill up the disk
            for _ in range(self._room.files):
                part = self._arrivals.new_part()
                create_file(part, self._arrivals.mode).close()
                self._parts.append(part)
                _allocate(part, self._room.file_bytes)
            self._free = list(self._parts)
            self._is_taken = True

    def give_back(self) -> None:
        """Delete the files that no picture has used. Blocking."""
        with self._one_thread_at_a_time:
            self._is_over = True
            for part in self._parts:
                part.unlink(missing_ok=True)

    def _is_free_again(self, part: Path) -> bool:
        """Allocate a file again. False if it became a picture, or if the disk is full."""
        try:
            _allocate(part, self._room.file_bytes)
        except OSError:
            part.unlink(missing_ok=True)
            return False
        return True


def _check_free(folder: Path, size_bytes: int) -> None:
    """Raise `OSError` if the disk reports less free space than this."""
    if shutil.disk_usage(folder).free < size_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _allocate(part: Path, size_bytes: int) -> None:
    """Reserve disk space for an existing file. Raises `OSError`."""
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
