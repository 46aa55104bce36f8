"""A `PictureSink` in a folder, written without regard to ours: what is left in it is what was not cleaned up."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from PIL import Image, UnidentifiedImageError

from bot.domain.catalogue.models import Room
from bot.domain.chat import StoredPicture
from bot.domain.errors import NotAPicture, PictureTooLarge


class FolderSinkWriter:
    """A file that is being written."""

    def __init__(self, path: Path, most_bytes: int, bytes_came: asyncio.Event) -> None:
        self.path = path
        self._left = most_bytes
        self._bytes_came = bytes_came

    async def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise PictureTooLarge("more bytes than this folder takes")
        await asyncio.to_thread(self._append, data)
        self._bytes_came.set()

    async def finish(self) -> StoredPicture:
        return await asyncio.to_thread(self._finish)

    def _append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def _finish(self) -> StoredPicture:
        mime, width, height = _look(self.path)
        data = self.path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        self.path.rename(self.path.with_name(sha256))
        return StoredPicture(sha256=sha256, mime=mime, width=width, height=height, size_bytes=len(data))


def _look(path: Path) -> tuple[str, int, int]:
    try:
        with Image.open(path) as picture:
            picture.load()
            return Image.MIME[picture.format or ""], *picture.size
    except (UnidentifiedImageError, OSError) as error:
        raise NotAPicture("no picture") from error


class FolderSink:
    """Finished pictures are named by their SHA-256; what is not finished is taken away."""

    def __init__(self, folder: Path, *, most_bytes: int = 100_000_000) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self.bytes_came = asyncio.Event()

    @asynccontextmanager
    async def room(self, room: Room) -> AsyncIterator["FolderSink"]:
        yield self

    @asynccontextmanager
    async def new_file(self) -> AsyncIterator[FolderSinkWriter]:
        path = self._folder / f"{uuid4().hex}.part"
        try:
            yield FolderSinkWriter(path, self._most_bytes, self.bytes_came)
        finally:
            path.unlink(missing_ok=True)

    @property
    def names(self) -> list[str]:
        """Every file in the folder."""
        return sorted(path.name for path in self._folder.iterdir())

    def content(self, picture: StoredPicture) -> bytes:
        return (self._folder / picture.sha256).read_bytes()
