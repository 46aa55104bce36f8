"""A picture file while it is written: under a temporary name, in the folder of its final name."""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureTooLarge
from bot.picture_store.private_files import FILE_MODE, create_file
from bot.pictures.look import look

PART = ".part"
"""The extension of an incomplete file."""

_BATCH_BYTES = 1024 * 1024
"""The size of a batch for a thread. Each hand-over costs as much as writing half a megabyte."""

Place = Callable[[Path, StoredPicture], None]
"""Moves the complete, synced file to its final place. Called in a thread."""


@asynccontextmanager
async def arriving_picture(
    part: Path,
    place: Place,
    most_bytes: int,
    threads: Executor | None = None,
    *,
    mode: int = FILE_MODE,
    is_allocated: bool = False,
) -> AsyncIterator["ArrivingPicture"]:
    """Begin a file at `part`, which must not exist. Afterwards it does not exist in any case.

    Blocking disk work runs in `threads`, or in the event loop's own threads. `mode` is the file's maximum mode. With
    `is_allocated`, the file exists and is larger than the picture will be; it stays unless it was placed.
    """
    arriving = ArrivingPicture(part, place, most_bytes, threads, None if is_allocated else mode)
    try:
        yield arriving
    finally:
        if not arriving.is_placed:
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(threads, arriving.discard))


class ArrivingPicture:
    """A `PictureWriter` that buffers bytes and writes them in threads, batch by batch."""

    def __init__(self, part: Path, place: Place, most_bytes: int, threads: Executor | None, mode: int | None) -> None:
        self._mode = mode  # mode of a new file; None: the file is allocated already
        self._threads = threads
        self._part = part
        self._place = place
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._buffer = bytearray()
        self._filled = 0
        self._sha256 = hashlib.sha256()
        self._file: BinaryIO | None = None
        # A thread continues if its caller is cancelled, and may then run at the same time as `discard`.
        self._one_thread_at_a_time = threading.Lock()
        self._is_over = False
        self.is_placed = False  # the file is closed and has its final name

    async def write(self, data: bytes) -> None:
        """Append bytes. Raises `PictureTooLarge` as soon as there are too many, and `OSError`."""
        self._size_bytes += len(data)
        if self._size_bytes > self._most_bytes:
            raise PictureTooLarge(f"a picture file of more than {self._most_bytes} bytes")
        if not self._buffer:
            self._buffer = bytearray(_BATCH_BYTES)  # once: growing a new one for each batch costs more than the disk
        rest = memoryview(data)
        while rest:
            part = rest[: _BATCH_BYTES - self._filled]
            self._buffer[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]
            if self._filled == _BATCH_BYTES:
                await asyncio.get_running_loop().run_in_executor(self._threads, self._write_out)

    async def finish(self) -> StoredPicture:
        """Check that the file is a complete picture, sync it and place it. Raises `PictureFault` and `OSError`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._finish)

    def discard(self) -> None:
        """Delete the file unless it was placed or allocated. Blocking."""
        self._is_over = True
        with self._one_thread_at_a_time:
            if self._file is not None:
                # On a full disk, closing tries once more to write the rest. The file is given up anyway.
                with suppress(OSError):
                    self._file.close()
                if self._mode is not None:
                    self._part.unlink(missing_ok=True)

    def _write_out(self) -> None:
        with self._one_thread_at_a_time:
            self._append()

    def _append(self) -> BinaryIO:
        self._check_it_is_wanted()
        if self._file is None:
            self._file = self._part.open("r+b") if self._mode is None else create_file(self._part, self._mode)
        with memoryview(self._buffer) as buffer:
            self._file.write(buffer[: self._filled])
            self._sha256.update(buffer[: self._filled])
        self._filled = 0
        return self._file

    def _finish(self) -> StoredPicture:
        with self._one_thread_at_a_time:
            file = self._append()
            file.flush()
            file.truncate(self._size_bytes)  # releases the unused part of an allocated file
            seen = look(self._part)
            os.fsync(file.fileno())
            picture = StoredPicture(
                sha256=self._sha256.hexdigest(),
                mime=seen.mime,
                width=seen.width,
                height=seen.height,
                size_bytes=self._size_bytes,
            )
            self._check_it_is_wanted()
            self._place(self._part, picture)
            file.close()
            self.is_placed = True
            return picture

    def _check_it_is_wanted(self) -> None:
        if self._is_over:
            raise RuntimeError("the picture file was given up")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Blocking."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
