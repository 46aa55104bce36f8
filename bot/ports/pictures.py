"""What the core asks of picture files, and of links to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.chat import (
    StoredPicture,
)
from bot.domain.models import Room
from bot.domain.presentation import Encoding


class PictureWriter(Protocol):
    """A picture file while it arrives. Left without `finish`, it leaves nothing behind."""

    async def write(self, data: bytes) -> None:
        """Add bytes; never waits for the disk on the event loop. Raises `PictureTooLarge`."""

    async def finish(self) -> StoredPicture:
        """Check that it is a whole picture, sync it, give it its name. Raises `PictureFault`."""


class PictureSink(Protocol):
    """Where pictures go as they arrive."""

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file."""

    def room(self, room: Room) -> AbstractAsyncContextManager["PictureSink"]:
        """Take room on the disk; files that are begun in the sink given use it. What is left of it is given back.

        Entering raises `NoRoom`. Nobody pays for a picture before there is room for it.
        """


LocalFile = AbstractAsyncContextManager[Path]
"""A picture as a file of this machine, to be read and not changed; it is there until left.

Entering raises `FileNotFoundError` if there is no such picture, and `OSError`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a sweep of the pictures came to."""

    taken: int  # files
    taken_bytes: int
    kept_bytes: int
    is_full: bool  # more is kept than may be, for all of it is wanted


class PictureFiles(PictureSink, Protocol):
    """The pictures we keep, by the SHA-256 of their bytes. The same bytes are kept once, and never change."""

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes of a picture in pieces, never the whole in memory. Raises `FileNotFoundError`."""

    def local_file(self, sha256: str) -> LocalFile:
        """A picture as a file of this machine, for what works on files; a store elsewhere fetches it first."""

    async def encoded(self, picture: StoredPicture, encoding: Encoding) -> StoredPicture:
        """Write a picture anew as the encoding has it, and keep that too; the original stays as it is.

        It never has more bytes or pixels than the encoding says, has the same shape, is upright, and carries no
        metadata. Raises `PictureFault` if the picture cannot be decoded or made to fit, and `FileNotFoundError`.
        """

    async def renew(self, sha256: str) -> bool:
        """Keep a picture as if it had come just now; False if it is not kept any more."""

    async def renew_intact(self, sha256: str) -> bool:
        """Do the same, after all its bytes were looked at; one that has changed on the disk is kept no more."""

    async def free_bytes(self) -> int:
        """Say how much room the disk has, as far as it tells. Raises `OSError`."""

    async def sweep(self, wanted: Mapping[str, datetime | None], now: datetime) -> Sweep:
        """Take away what nothing wants any more, and of the rest the oldest while there is more than may be kept.

        `wanted` says until when each picture is wanted; None: as long as it is named, and whatever the room.
        A picture that came or was renewed within the last hour stays.
        """

    @property
    def is_overfull(self) -> bool:
        """Whether more is kept than may be."""


class PictureLinks(Protocol):
    """Links to originals, for whoever has them, for a while."""

    @property
    def host(self) -> str:
        """The host that the links lead to, in lower case."""

    def link_to(self, picture: StoredPicture, filename: str) -> str:
        """An address that the picture can be had at, `/originals/SHA256/FILENAME` with a query; it is a secret."""

    def opens(self, sha256: str, filename: str, query: Mapping[str, str]) -> bool:
        """Whether an address that was asked for is one of ours, and not over yet."""
