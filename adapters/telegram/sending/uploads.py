"""Uploads our picture files to Telegram. They are read from the disk in chunks while they are sent."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from telegram import InputFile

from bot.domain.chat import OutgoingPicture, StoredPicture
from bot.ports import PictureFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPiece:
    """What one message sends of a picture: the version to show as a photo, or the original as a file."""

    picture: OutgoingPicture
    is_file: bool

    @property
    def stored(self) -> StoredPicture:
        """The stored picture whose bytes are sent."""
        return self.picture.original if self.is_file or self.picture.shown is None else self.picture.shown

    @property
    def filename(self) -> str:
        """The file name that is sent."""
        return self.picture.filename if self.is_file else self.picture.shown_filename


class Uploads:
    """Opens files for one request, and closes them at the end of the block. A retry opens them again."""

    def __init__(self, pictures: PictureFiles) -> None:
        self._pictures = pictures
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def open(self, piece: UploadPiece, *, is_attached: bool) -> InputFile:
        """Open a file for the library. `is_attached`: a media object refers to it. Raises `FileNotFoundError`."""
        path = await self._stack.enter_async_context(self._pictures.local_file(piece.stored.sha256))
        handle = await asyncio.to_thread(path.open, "rb")
        self._stack.callback(handle.close)
        # The file is not read here: the HTTP client reads chunks of 64 KiB while it sends them.
        return InputFile(handle, filename=piece.filename, attach=is_attached, read_file_handle=False)
