"""The pictures we keep, as files named by the SHA-256 of their bytes."""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import uuid4

from bot.domain.chat import StoredPicture
from bot.ports import PictureWriter
from bot.storage.arriving_picture import MOST_BYTES, PART, arriving_picture, sync_folder

_PIECE_BYTES = 256 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FolderPictures:
    """PictureFiles in a folder: `ab/ab34….png`. The same bytes are one file, however often they come."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        # Few, because each one more takes the interpreter from the event loop oftener; two, because one may be
        # waiting for the disk to sync. They begin with the first file.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")

    @classmethod
    async def open(cls, folder: Path, *, most_bytes: int = MOST_BYTES) -> "FolderPictures":
        """Make the folder if it is not there, and take away what a killed process left half written."""
        await asyncio.to_thread(_prepare, folder)
        return cls(folder, most_bytes=most_bytes)

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """See `PictureSink`."""
        return arriving_picture(self._folder / f"{uuid4().hex}{PART}", self._place, self._most_bytes, self._threads)

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """See `PictureFiles`; the file is found when the first piece is asked for."""
        path = await asyncio.to_thread(self._find, sha256)
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece

    def _find(self, sha256: str) -> Path:
        if _SHA256.fullmatch(sha256):
            for path in (self._folder / sha256[:2]).glob(f"{sha256}.*"):
                return path
        raise FileNotFoundError(f"no picture {sha256!r}")

    def _place(self, part: Path, picture: StoredPicture) -> None:
        shelf = self._folder / picture.sha256[:2]
        shelf.mkdir(exist_ok=True)
        part.replace(shelf / f"{picture.sha256}{picture.ending}")
        sync_folder(shelf)
        sync_folder(self._folder)


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in folder.glob(f"*{PART}"):
        part.unlink()
