"""Prepare source pictures for an endpoint: a kind it reads, upright, small enough, and without metadata."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TypeVarTuple

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.domain.image_faults import ReferencesTooLarge, ReferenceUnreadable
from bot.domain.presentation import Encoding
from bot.pictures.kinds.orientation import UPRIGHT
from bot.pictures.look import kind_of
from bot.pictures.metadata import NotStripped, without_metadata
from bot.pictures.workshop import Workshop
from bot.ports import SourcePicture

Arguments = TypeVarTuple("Arguments")

PIECE_BYTES = 48 * 1024
"""The size of a sent piece. It is a multiple of three, so that base64 needs no padding in between."""

QUALITY = 92
"""The quality of JPEG and WebP. A model sees no difference from the original."""

LONGEST_SIDE = 12_288
"""The longest side of re-encoded pictures: the models make as much themselves, and the encoders can do more."""

SHORTEST_SIDE = 512
"""The longer side is never made shorter: with less, a model cannot work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source picture as it is sent with a request."""

    mime: str
    data: bytes = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    async def read(self) -> AsyncIterator[bytes]:
        """Read the bytes in pieces."""
        for start in range(0, len(self.data), PIECE_BYTES):
            yield self.data[start : start + PIECE_BYTES]


async def to_references(
    sources: Sequence[SourcePicture], *, most_bytes: int, most_file_bytes: int | None, workshop: Workshop
) -> tuple[Reference, ...]:
    """Prepare pictures in their order, together at most `most_bytes`. The largest are made smaller first.

    None of them is larger than `most_file_bytes`, if there is such a limit.

    They are read and decoded in the workshop, one after another. Raises `ReferencesTooLarge` if they cannot be made to
    fit or exceed the workshop's limits, and `ReferenceUnreadable` if one must be decoded and cannot be.
    """
    most_each = most_bytes if most_file_bytes is None else min(most_bytes, most_file_bytes)
    references = [await _made(workshop, source, _prepare, source.picture.mime, most_each) for source in sources]
    share = _fair_share([reference.size_bytes for reference in references], most_bytes)
    return tuple(
        [
            reference if reference.size_bytes <= share else await _made(workshop, source, _rewrite, share)
            for source, reference in zip(sources, references, strict=True)
        ]
    )


async def _made(
    workshop: Workshop,
    source: SourcePicture,
    work: Callable[[Path, *Arguments], bytes],
    *arguments: *Arguments,
) -> Reference:
    try:
        async with source.open_file() as path:
            data = await workshop.run(work, path, *arguments)
        return Reference(mime=kind_of(BytesIO(data)), data=data)
    except NotAPicture as fault:
        raise ReferenceUnreadable(f"a picture to send along: {fault}") from fault
    except PictureTooLarge as fault:
        raise ReferencesTooLarge(f"the pictures to send along cannot be made small enough: {fault}") from fault


def _prepare(path: Path, mime: str, most_bytes: int) -> bytes:
    """Strip the metadata if that is enough; if not, re-encode. Runs in the workshop."""
    try:
        stripped = without_metadata(mime, path.read_bytes(), most_bytes)
    except NotStripped:
        pass
    else:
        if stripped.orientation == UPRIGHT:
            return stripped.data
    return _rewrite(path, most_bytes)


def _rewrite(path: Path, most_bytes: int) -> bytes:
    """Re-encode, with fewer pixels if necessary, but never at a lower quality. Runs in the workshop."""
    from bot.pictures.recoding import Floor, recode

    encoding = Encoding(
        mime="image/jpeg",
        transparent_mime="image/webp",
        quality=QUALITY,
        width=LONGEST_SIDE,
        height=LONGEST_SIDE,
        most_bytes=most_bytes,
    )
    return recode(path, encoding, Floor(quality=QUALITY, longest_side=SHORTEST_SIDE)).data


def _fair_share(sizes: Sequence[int], most_bytes: int) -> int:
    """Return the maximum size of each so that all together fit.

    What the small ones do not need is shared by the large ones.
    """
    left = most_bytes
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return most_bytes
