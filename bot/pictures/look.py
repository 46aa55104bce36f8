"""What the bytes of a picture file really are, whatever anybody declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.kinds.bmff import kind_by_brands, measure_avif, measure_heic
from bot.pictures.kinds.gif import measure_gif
from bot.pictures.kinds.jpeg import measure_jpeg
from bot.pictures.kinds.png import measure_png
from bot.pictures.kinds.webp import measure_webp

MOST_PIXELS = 89_478_485
"""Above this many pixels Pillow itself begins to warn of a decompression bomb (a quarter of a GiB at 3 bytes each)."""

LONGEST_SIDE = 20_000
"""Pixels; what the image APIs and browsers still take."""

_HEAD_BYTES = 12
"""Enough to tell every kind we read from every other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a picture file is. Width and height are in pixels, as a viewer shows it (EXIF orientation applied)."""

    mime: str
    width: int
    height: int


def look(path: Path) -> Look:
    """Read a file's kind and pixels, and check that the file is whole; no pixel is decoded.

    Blocking: call it in a thread. It reads the file once, in blocks, and holds at most a MiB of it; of a HEIC or
    AVIF the decoder's library reads the whole. Raises `NotAPicture` if the bytes are no PNG, JPEG, WebP, GIF, HEIC or
    AVIF, or only a part of one, and `PictureTooLarge` if the
    picture has more than `MOST_PIXELS` or a side above `LONGEST_SIDE`. Bytes after the picture's end are no fault:
    phones put videos there.
    """
    with path.open("rb") as file:
        mime = _kind_of(file)
        file.seek(0)
        width, height = _MEASURES[mime](file)
    if width < 1 or height < 1:
        raise NotAPicture(f"a picture of {width}×{height} pixels")
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise PictureTooLarge(f"a picture of {width}×{height} pixels")
    return Look(mime=mime, width=width, height=height)


_MEASURES: Mapping[str, Callable[[BinaryIO], tuple[int, int]]] = {
    "image/png": measure_png,
    "image/jpeg": measure_jpeg,
    "image/webp": measure_webp,
    "image/gif": measure_gif,
    "image/heic": measure_heic,
    "image/avif": measure_avif,
}


def _kind_of(file: BinaryIO) -> str:
    head = file.read(_HEAD_BYTES)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[4:8] == b"ftyp":
        file.seek(0)
        return kind_by_brands(file)
    raise NotAPicture("the first bytes are of no kind of picture we read")
