"""Working twins of the ports, for tests that need no disk. Twin and real thing pass the same contract suites."""

import errno
import hashlib
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.domain.chat import Moment, Piece, Quoted, Sentence, StoredPicture
from bot.domain.errors import NoRoom, NotAPicture, PictureTooLarge
from bot.domain.models import Room
from bot.domain.presentation import Encoding
from bot.domain.storable_text import storable, storable_value
from bot.ports import Change, LocalFile, Said, Sweep
from tests.local_files import local_file


class MemoryTranscript:
    """The `Transcript` port in a dictionary."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Said] = {}
        self._revision = 0

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        key, body = storable(key), storable_value(body)
        if (conversation, key) in self._entries:
            return self._entries[conversation, key]
        position = 1 + sum(1 for name, _ in self._entries if name == conversation)
        return self._keep(conversation, Said(key=key, position=position, revision=0, body=deepcopy(body)))

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        said = self._entries.get((conversation, storable(key)))
        if said is None:
            return None
        return self._keep(conversation, replace(said, body=deepcopy(storable_value(body))))

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        said = self._entries.get((conversation, storable(key)))
        if said is None or said.body is None:
            return None
        body = storable_value(change(said.body))
        return said if body == said.body else await self.replace(conversation, key, body)

    async def find(self, conversation: str, key: str) -> Said | None:
        return self._entries.get((conversation, storable(key)))

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        changed = [
            said for (name, _), said in self._entries.items() if name == conversation and said.revision > revision
        ]
        return sorted(changed, key=lambda said: said.revision)[:limit]

    async def read_before(self, conversation: str, position: int | None, *, limit: int) -> Sequence[Said]:
        before = [
            said
            for (name, _), said in self._entries.items()
            if name == conversation and said.body is not None and (position is None or said.position < position)
        ]
        return sorted(before, key=lambda said: said.position)[-limit:]

    async def newest_revision(self, conversation: str) -> int:
        return max((said.revision for (name, _), said in self._entries.items() if name == conversation), default=0)

    def _keep(self, conversation: str, said: Said) -> Said:
        self._revision += 1
        kept = replace(said, revision=self._revision)
        self._entries[conversation, kept.key] = kept
        return kept


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


class PlainTexts:
    """The `Texts` port that says a key and its arguments; `page-language` is the tongue that answers: en or zh-CN."""

    def __init__(self, words: Mapping[str, str] | None = None) -> None:
        self._words = words or {}

    def say(self, sentence: Sentence, language: str) -> Sequence[Piece]:
        if sentence.key == "page-language":
            return ["zh-CN" if language.casefold().startswith("zh") else "en"]
        parts: list[Piece] = [self._words.get(sentence.key, sentence.key)]
        for name, value in sentence.arguments.items():
            parts.append(f" {name}=")
            parts.append(value if isinstance(value, Quoted | Moment) else str(value))
        return parts


def _look(data: bytes) -> tuple[str, int, int]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return Image.MIME[picture.format or ""], *picture.size
    except (UnidentifiedImageError, OSError, KeyError) as fault:
        raise NotAPicture("no picture") from fault
