"""Source pictures as an endpoint can take them: of a kind it reads, upright, small enough, and telling nothing else."""

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

MOST_FILE_BYTES = 7_000_000
"""What Google takes of one picture sent inline (Vertex AI, image understanding, limits)."""

PIECE_BYTES = 48 * 1024
"""How much of a picture leaves at a time; a multiple of three, so that it is base64 without a rest."""

QUALITY = 92
"""Of JPEG and WebP: what a model cannot tell from the original."""

LONGEST_SIDE = 12_288
"""Of what is written anew: what the models themselves make, and less than the encoders take."""

SHORTEST_SIDE = 512
"""The longer side is never made shorter than this: less is no picture to work from."""


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


async def to_references(
    sources: Sequence[SourcePicture], *, most_bytes: int, workshop: Workshop
) -> tuple[Reference, ...]:
    """The pictures in their order, together no more than `most_bytes`; the largest are made smaller first.

    They are read and decoded in the workshop, one after another. Raises `ReferencesTooLarge` if they cannot be made
    to fit or take more than the workshop gives, and `ReferenceUnreadable` if one has to be decoded and cannot be.
    """
    references = [await _made(workshop, source, _prepare, source.picture.mime) for source in sources]
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


def _prepare(path: Path, mime: str) -> bytes:
    """Without metadata as it is, where that will do; else written anew. Runs in the workshop."""
    try:
        stripped = without_metadata(mime, path.read_bytes(), MOST_FILE_BYTES)
    except NotStripped:
        pass
    else:
        if stripped.orientation == UPRIGHT:
            return stripped.data
    return _rewrite(path, MOST_FILE_BYTES)


def _rewrite(path: Path, most_bytes: int) -> bytes:
    """Decoded and written anew, with fewer pixels where it must be; never at a lower quality."""
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
    """What each may have so that all together fit: what the small ones leave is shared by the large ones."""
    left = most_bytes
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return most_bytes
