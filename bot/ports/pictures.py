"""The ports of picture files and of links to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.catalogue.models import Room
from bot.domain.chat import (
    StoredPicture,
)
from bot.domain.presentation import Encoding


class PictureWriter(Protocol):
    """A picture file that is being written. If it is left without `finish`, it leaves nothing behind."""

    async def write(self, data: bytes) -> None:
        """Append bytes. Never waits for the disk on the event loop. Raises `PictureTooLarge`."""

    async def finish(self) -> StoredPicture:
        """Check that it is a complete picture, sync it and rename it to its final name. Raises `PictureFault`."""


class PictureSink(Protocol):
    """The destination of new picture files."""

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file."""

    def room(self, room: Room) -> AbstractAsyncContextManager["PictureSink"]:
        """Reserve disk space. Files begun in the returned sink use it; what is left is released on exit.

        Entering raises `NoRoom`. Nobody pays for a picture before there is room for it.
        """


LocalFile = AbstractAsyncContextManager[Path]
"""A picture as a read-only file of this machine. It exists until the context is left.

Entering raises `FileNotFoundError` if there is no such picture, and `OSError`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The result of one sweep of the picture files."""

    taken: int  # files deleted
    taken_bytes: int
    kept_bytes: int
    is_full: bool  # more is kept than the limit allows, because all of it is needed


class PictureFiles(PictureSink, Protocol):
    """The pictures we keep, addressed by the SHA-256 of their bytes. Equal bytes are kept once and never change."""

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Read a picture in chunks, never the whole in memory. Raises `FileNotFoundError`."""

    def local_file(self, sha256: str) -> LocalFile:
        """Provide a picture as a local file, for code that works on files. A remote store downloads it first."""

    async def encoded(self, picture: StoredPicture, encoding: Encoding) -> StoredPicture:
        """Re-encode a picture and keep the copy too. The original is unchanged.

        The copy never exceeds the encoding's bytes or pixels, keeps the shape, is upright, and has no metadata. Raises
        `PictureFault` if the picture cannot be decoded or made to fit, and `FileNotFoundError`.
        """

    async def renew(self, sha256: str) -> bool:
        """Reset the age of a picture, as if it had just arrived. False if it is not kept any more."""

    async def renew_intact(self, sha256: str) -> bool:
        """Check all bytes of a picture, then reset its age.

        A picture that has changed on the disk is deleted (False).
        """

    async def free_bytes(self) -> int:
        """Return the free bytes of the disk, as far as it reports them. Raises `OSError`."""

    async def sweep(self, wanted: Mapping[str, datetime | None], now: datetime) -> Sweep:
        """Delete what nothing needs any more. If the rest exceeds the limit, delete the oldest of it.

        `wanted` says until when each picture is needed. None means as long as it is listed, whatever the disk space. A
        picture that arrived or was renewed within the last hour stays.
        """

    @property
    def is_overfull(self) -> bool:
        """Whether more is kept than the limit allows."""


class PictureLinks(Protocol):
    """Links to originals. They work for a while, for anybody who has them."""

    @property
    def host(self) -> str:
        """The host of the links, in lower case."""

    def link_to(self, picture: StoredPicture, filename: str) -> str:
        """Return a URL of the picture, `/originals/SHA256/FILENAME` with a query. The URL is a secret."""

    def opens(self, sha256: str, filename: str, query: Mapping[str, str]) -> bool:
        """Whether a requested URL is one of ours and has not expired."""
