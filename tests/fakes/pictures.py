"""Working twins of the picture files, for tests that need no disk."""

import errno
import hashlib
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.domain.catalogue.models import Room
from bot.domain.chat import StoredPicture
from bot.domain.errors import NoRoom, NotAPicture, PictureTooLarge
from bot.domain.presentation import Encoding
from bot.ports import LocalFile, Sweep
from tests.local_files import local_file


class MemoryPictureWriter:
    """The `PictureWriter` port in memory."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        self._kept = kept
        self._bytes = bytearray()

    async def write(self, data: bytes) -> None:
        self._bytes += data

    async def finish(self) -> StoredPicture:
        data = bytes(self._bytes)
        mime, width, height = _look(data)
        sha256 = hashlib.sha256(data).hexdigest()
        self._kept[sha256] = data
        return StoredPicture(sha256=sha256, mime=mime, width=width, height=height, size_bytes=len(data))


class MemoryPictures:
    """The `PictureFiles` port in a dictionary."""

    def __init__(self, *, piece_bytes: int = 65_536) -> None:
        self.kept: dict[str, bytes] = {}
        self.most_bytes = 1 << 40
        self.is_full = False  # the disk
        self._piece_bytes = piece_bytes

    @asynccontextmanager
    async def new_file(self) -> AsyncIterator[MemoryPictureWriter]:
        if self.is_full:
            raise OSError(errno.ENOSPC, "no space left on the device")
        yield MemoryPictureWriter(self.kept)

    @asynccontextmanager
    async def room(self, room: Room) -> AsyncIterator["MemoryPictures"]:
        if room.total_bytes > await self.free_bytes():
            raise NoRoom("the memory is full", room)
        yield self

    async def free_bytes(self) -> int:
        return self.most_bytes - sum(map(len, self.kept.values()))

    async def renew(self, sha256: str) -> bool:
        return sha256 in self.kept

    async def renew_intact(self, sha256: str) -> bool:
        if hashlib.sha256(self.kept.get(sha256, b"")).hexdigest() != sha256:
            self.kept.pop(sha256, None)
        return sha256 in self.kept

    async def sweep(self, wanted: Mapping[str, datetime | None], now: datetime) -> Sweep:
        over = [sha256 for sha256 in self.kept if sha256 in wanted and (wanted[sha256] or now) < now]
        sizes = [len(self.kept.pop(sha256)) for sha256 in over]
        kept_bytes = sum(map(len, self.kept.values()))
        return Sweep(taken=len(over), taken_bytes=sum(sizes), kept_bytes=kept_bytes, is_full=False)

    @property
    def is_overfull(self) -> bool:
        return False

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        data = self._find(sha256)
        for start in range(0, len(data), self._piece_bytes):
            yield data[start : start + self._piece_bytes]

    def local_file(self, sha256: str) -> LocalFile:
        return local_file(self._find(sha256))

    async def encoded(self, picture: StoredPicture, encoding: Encoding) -> StoredPicture:
        with Image.open(io.BytesIO(self._find(picture.sha256))) as kept:
            shown = ImageOps.exif_transpose(kept).convert("RGBA")
        mime = encoding.mime
        is_transparent = shown.getchannel("A").histogram()[255] < shown.width * shown.height
        if is_transparent and encoding.transparent_mime:
            mime = encoding.transparent_mime
        else:
            shown = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
        for scale in (1, 0.7, 0.5, 0.3, 0.1, 0.03):
            shown.thumbnail((max(1, round(encoding.width * scale)), max(1, round(encoding.height * scale))))
            file = io.BytesIO()
            shown.save(file, mime.removeprefix("image/"), quality=encoding.quality)
            if len(file.getvalue()) <= encoding.most_bytes:
                writer = MemoryPictureWriter(self.kept)
                await writer.write(file.getvalue())
                return await writer.finish()
        raise PictureTooLarge("a picture that cannot be made to fit")

    def _find(self, sha256: str) -> bytes:
        if sha256 not in self.kept:
            raise FileNotFoundError(sha256)
        return self.kept[sha256]


def _look(data: bytes) -> tuple[str, int, int]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return Image.MIME[picture.format or ""], *picture.size
    except (UnidentifiedImageError, OSError, KeyError) as fault:
        raise NotAPicture("no picture") from fault
