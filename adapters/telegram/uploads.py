"""Our picture files on their way to Telegram: read piece by piece from the disk while they are sent."""

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
    """What leaves of a picture in one message: what is shown of it, or its original as a file."""

    picture: OutgoingPicture
    is_file: bool

    @property
    def stored(self) -> StoredPicture:
        """The bytes that leave."""
        return self.picture.original if self.is_file or self.picture.shown is None else self.picture.shown

    @property
    def filename(self) -> str:
        """The name they leave under."""
        return self.picture.filename if self.is_file else self.picture.shown_filename


class Uploads:
    """Opens files for one request, and closes them when it is left; a request that is repeated opens them anew."""

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
        """A file as the library takes it; attached where a media object names it. Raises `FileNotFoundError`."""
        path = await self._stack.enter_async_context(self._pictures.local_file(piece.stored.sha256))
        handle = await asyncio.to_thread(path.open, "rb")
        self._stack.callback(handle.close)
        # Not read here: the HTTP client reads pieces of 64 KiB as they leave.
        return InputFile(handle, filename=piece.filename, attach=is_attached, read_file_handle=False)
