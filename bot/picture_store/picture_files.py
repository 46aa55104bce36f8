"""The picture files we keep, named by the SHA-256 of their bytes."""

import asyncio
import hashlib
import os
import re
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import structlog

from bot.domain.catalogue.models import MOST_PICTURE_BYTES, Room
from bot.domain.chat import StoredPicture
from bot.domain.presentation import Encoding
from bot.picture_store.arrivals import Arrivals
from bot.picture_store.arriving_picture import PART, sync_folder
from bot.picture_store.private_files import make_private_folder
from bot.picture_store.sweeping import sweep
from bot.pictures.encoding import encode
from bot.pictures.look import look
from bot.pictures.workshop import Workshop
from bot.ports import PictureSink, PictureWriter, Sweep

MOST_KEPT_BYTES = 20_000_000_000
"""The default limit of all pictures together, in bytes."""

Found = TypeVar("Found")

log = structlog.get_logger()

_PIECE_BYTES = 256 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FolderPictures:
    """Picture files in a folder: `ab/ab34….png`. The same bytes are one file, however often they arrive.

    If a file arrives again, it is not rewritten. Its modification time says when it last arrived or was renewed.
    """

    def __init__(self, folder: Path, workshop: Workshop, *, most_bytes: int, most_kept_bytes: int) -> None:
        self._folder = folder
        self._workshop = workshop
        self._most_kept_bytes = most_kept_bytes
        self._kept_bytes = 0  # known after the first sweep
        self._placing = threading.Lock()  # so that no file is swept at the moment it arrives again
        # Few, because each further thread takes the interpreter from the event loop more often. Two, because one may be
        # waiting for the disk to sync. They start with the first file.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")
        self._arrivals = Arrivals(
            new_part=self._new_part, place=self._place, most_bytes=most_bytes, threads=self._threads
        )

    @classmethod
    async def open(
        cls,
        folder: Path,
        workshop: Workshop,
        *,
        most_bytes: int = MOST_PICTURE_BYTES,
        most_kept_bytes: int = MOST_KEPT_BYTES,
    ) -> "FolderPictures":
        """Create the folder if needed, and delete the incomplete files of a killed process.

        Pictures are re-encoded in the workshop. A file has at most `most_bytes`. If all files have more than
        `most_kept_bytes`, some are swept.
        """
        await asyncio.to_thread(_prepare, folder)
        return cls(folder, workshop, most_bytes=most_bytes, most_kept_bytes=most_kept_bytes)

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file without reserved room."""
        return self._arrivals.new_file()

    def room(self, room: Room) -> AbstractAsyncContextManager[PictureSink]:
        """Reserve disk space."""
        return self._arrivals.room(room)

    async def free_bytes(self) -> int:
        """Return the free bytes of the disk. Raises `OSError`."""
        return (await asyncio.to_thread(shutil.disk_usage, self._folder)).free

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Read a picture in chunks. The file is looked up when the first chunk is requested."""
        path = await asyncio.to_thread(self._find, sha256)
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece

    @asynccontextmanager
    async def local_file(self, sha256: str) -> AsyncIterator[Path]:
        """Return the file itself: it is local already."""
        yield await self._in_thread(partial(self._find, sha256))

    async def encoded(self, picture: StoredPicture, encoding: Encoding) -> StoredPicture:
        """Re-encode a picture in the workshop, and keep the copy."""
        part = self._new_part()
        try:
            async with self.local_file(picture.sha256) as path:
                await encode(path, encoding, part, self._workshop)
            return await self._in_thread(partial(self._keep, part))
        finally:
            await asyncio.shield(self._in_thread(partial(part.unlink, missing_ok=True)))

    async def _in_thread(self, work: Callable[[], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _new_part(self) -> Path:
        return self._folder / f"{uuid4().hex}{PART}"

    def _keep(self, part: Path) -> StoredPicture:
        """Check a file that we wrote, sync it and place it."""
        seen = look(part)
        sha256 = _sha256_of(part, is_synced=True)
        size_bytes = part.stat().st_size
        picture = StoredPicture(
            sha256=sha256, mime=seen.mime, width=seen.width, height=seen.height, size_bytes=size_bytes
        )
        self._place(part, picture)
        return picture

    async def renew(self, sha256: str) -> bool:
        """Set the modification time of a picture to now."""
        return await asyncio.to_thread(self._renew, sha256)

    async def renew_intact(self, sha256: str) -> bool:
        """Check all bytes, then renew. A file whose bytes have changed is deleted and logged."""
        return await asyncio.to_thread(self._renew_intact, sha256)

    async def sweep(self, wanted: Mapping[str, datetime | None], now: datetime) -> Sweep:
        """Delete files. The modification time says when a file last arrived or was renewed."""
        return await asyncio.to_thread(self._sweep, wanted, now)

    @property
    def is_overfull(self) -> bool:
        """Whether the kept files exceed the limit, as far as known since the last sweep."""
        return self._kept_bytes > self._most_kept_bytes

    def _renew(self, sha256: str) -> bool:
        with self._placing:
            try:
                os.utime(self._find(sha256))
            except FileNotFoundError:
                return False
            return True

    def _renew_intact(self, sha256: str) -> bool:
        try:
            path = self._find(sha256)
            if _sha256_of(path) != sha256:
                self._delete_altered(path)
            return self._renew(sha256)
        except FileNotFoundError:
            return False

    def _delete_altered(self, path: Path) -> None:
        """Delete a file whose bytes do not match its name, unless it was replaced in the meantime."""
        with self._placing:
            if _sha256_of(path) != path.stem:
                path.unlink()
                log.error("picture-altered", file=path.name, advice="look at the disk: a file there has changed")

    def _sweep(self, wanted: Mapping[str, datetime | None], now: datetime) -> Sweep:
        swept = sweep(self._folder, wanted, now, most_bytes=self._most_kept_bytes, placing=self._placing)
        self._kept_bytes = swept.kept_bytes
        return swept

    def _find(self, sha256: str) -> Path:
        if _SHA256.fullmatch(sha256):
            for path in (self._folder / sha256[:2]).glob(f"{sha256}.*"):
                return path
        raise FileNotFoundError(f"no picture {sha256!r}")

    def _place(self, part: Path, picture: StoredPicture) -> None:
        shelf = self._folder / picture.sha256[:2]
        shelf.mkdir(mode=0o700, exist_ok=True)
        target = shelf / f"{picture.sha256}{picture.ending}"
        with self._placing:
            if _is_there(target, picture.size_bytes):
                os.utime(target)
                part.unlink()
            else:
                part.replace(target)
                self._kept_bytes += picture.size_bytes
        sync_folder(shelf)
        sync_folder(self._folder)


def _sha256_of(path: Path, *, is_synced: bool = False) -> str:
    with path.open("rb") as file:
        if is_synced:
            os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_there(path: Path, size_bytes: int) -> bool:
    """Whether a file exists with all its bytes. A file that was truncated on the disk is to be replaced."""
    return path.exists() and path.stat().st_size == size_bytes


def _prepare(folder: Path) -> None:
    make_private_folder(folder)
    for part in folder.glob(f"*{PART}"):
        part.unlink()
