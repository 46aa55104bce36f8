"""Source pictures as an endpoint can take them: of a kind it reads, upright, small enough, and telling nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial

from bot.domain.chat import StoredPicture
from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.domain.image_faults import ReferencesTooLarge, ReferenceUnreadable
from bot.pictures.kinds.orientation import UPRIGHT
from bot.pictures.metadata import NotStripped, without_metadata
from bot.pictures.recoding import recode
from bot.ports import SourcePicture

MOST_FILE_BYTES = 7_000_000
"""What Google takes of one picture sent inline (Vertex AI, image understanding, limits)."""

PIECE_BYTES = 48 * 1024
"""How much of a picture leaves at a time; a multiple of three, so that it is base64 without a rest."""

MOST_AT_ONCE = 1
"""Pictures converted at the same time in the whole process: the largest takes several hundred MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture as it goes along with a request."""

    mime: str
    data: bytes = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    async def read(self) -> AsyncIterator[bytes]:
        """The bytes in pieces."""
        for start in range(0, len(self.data), PIECE_BYTES):
            yield self.data[start : start + PIECE_BYTES]


async def to_references(sources: Sequence[SourcePicture], *, most_bytes: int) -> tuple[Reference, ...]:
    """The pictures in their order, together no more than `most_bytes`; the largest are made smaller first.

    One after another, so that no more than one of them is in memory as it came. Raises `ReferencesTooLarge` if they
    cannot be made to fit, and `ReferenceUnreadable` if one has to be converted and cannot be decoded.
    """
    references = [await _prepared(source) for source in sources]
    share = _fair_share([reference.size_bytes for reference in references], most_bytes)
    return tuple(
        [
            reference if reference.size_bytes <= share else await _in_thread(partial(_shrunk, reference, share))
            for reference in references
        ]
    )


async def _prepared(source: SourcePicture) -> Reference:
    data = bytearray()
    async for piece in source.read():
        data += piece
    return await _in_thread(partial(_prepare, source.picture, data))


async def _in_thread(work: partial[Reference]) -> Reference:
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads(), work)
    except NotAPicture as fault:
        raise ReferenceUnreadable(f"a picture to send along: {fault}") from fault
    except PictureTooLarge as fault:
        raise ReferencesTooLarge(f"the pictures to send along cannot be made small enough: {fault}") from fault


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="references")


def _prepare(picture: StoredPicture, came: bytearray) -> Reference:
    """Without metadata as it is, where that will do; else written anew."""
    data, orientation = bytes(came), None
    try:
        stripped = without_metadata(picture.mime, data)
    except NotStripped:
        pass
    else:
        data, orientation = stripped.data, stripped.orientation
        if orientation == UPRIGHT and len(data) <= MOST_FILE_BYTES:
            return Reference(mime=picture.mime, data=data)
    made = recode(data, orientation=orientation, most_bytes=MOST_FILE_BYTES)
    return Reference(mime=made.mime, data=made.data)


def _shrunk(reference: Reference, most_bytes: int) -> Reference:
    made = recode(reference.data, orientation=UPRIGHT, most_bytes=most_bytes)
    return Reference(mime=made.mime, data=made.data)


def _fair_share(sizes: Sequence[int], most_bytes: int) -> int:
    """What each may have so that all together fit: what the small ones leave is shared by the large ones."""
    left = most_bytes
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return most_bytes
