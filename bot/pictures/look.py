"""Detect the kind and size of a picture file from its bytes, whatever anybody declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.kinds.bmff import kind_by_brands, measure_heif
from bot.pictures.kinds.gif import measure_gif
from bot.pictures.kinds.jpeg import measure_jpeg
from bot.pictures.kinds.png import measure_png
from bot.pictures.kinds.webp import measure_webp

MOST_PIXELS = 89_478_485
"""A quarter of a GiB at 3 bytes a pixel. Above this Pillow treats a picture as a decompression bomb."""

LONGEST_SIDE = 20_000
"""The longest side, in pixels. The image APIs and browsers accept no more."""

_HEAD_BYTES = 12
"""The bytes that identify every kind we read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The kind and size of a picture file. Width and height are in pixels, as shown (EXIF orientation applied)."""

    mime: str
    width: int
    height: int


def look(path: Path) -> Look:
    """Read a file's kind and size, and check that the file is complete. No pixel is decoded.

    Blocking: call it in a thread. It reads the file once, in blocks, holds at most a MiB of it, and passes it to no
    library. Raises `NotAPicture` if the bytes are no PNG, JPEG, WebP, GIF, HEIC or AVIF, or only a part of one, and
    `PictureTooLarge` as `check_size` does. Bytes after the picture's end are no fault: phones put videos there.
    """
    with path.open("rb") as file:
        mime = kind_of(file)
        file.seek(0)
        width, height = _MEASURES[mime](file)
    check_size(width, height)
    return Look(mime=mime, width=width, height=height)


def check_size(width: int, height: int) -> None:
    """Raise `PictureTooLarge` if a picture has more than `MOST_PIXELS` or a side above `LONGEST_SIDE`.

    Raises `NotAPicture` if it has no pixels.
    """
    if width < 1 or height < 1:
        raise NotAPicture(f"a picture of {width}×{height} pixels")
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise PictureTooLarge(f"a picture of {width}×{height} pixels")


_MEASURES: Mapping[str, Callable[[BinaryIO], tuple[int, int]]] = {
    "image/png": measure_png,
    "image/jpeg": measure_jpeg,
    "image/webp": measure_webp,
    "image/gif": measure_gif,
    "image/heic": measure_heif,
    "image/avif": measure_heif,
}


def kind_of(file: BinaryIO) -> str:
    """Return the MIME type of a file by its first bytes. Raises `NotAPicture`."""
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
