"""WebP (RFC 9649): a RIFF file that contains its own length. The first chunk has the size."""

import struct
from typing import BinaryIO

from bot.domain.errors import NotAPicture
from bot.pictures.kinds.orientation import MOST_EXIF_BYTES, is_sideways
from bot.pictures.kinds.pieces import read_exactly, skip

_MOST_CHUNKS = 100_000
_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_HEAD_BYTES = 10


def measure_webp(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels, as shown, of a complete WebP. Raises `NotAPicture`."""
    (riff_length,) = struct.unpack("<4xL4x", read_exactly(file, 12))
    end = riff_length + 8
    _check_length(file, end)
    size: tuple[int, int] | None = None
    has_pixels = sideways = False
    for _ in range(_MOST_CHUNKS):
        start = file.tell()
        if start + 8 > end:
            break
        kind, length = struct.unpack("<4sL", read_exactly(file, 8))
        if start + 8 + length > end:
            raise NotAPicture("a WebP whose last chunk is cut off")
        if size is None:
            size = _size_in(kind, read_exactly(file, min(length, _HEAD_BYTES)))
        elif kind == b"EXIF" and length <= MOST_EXIF_BYTES:
            sideways = is_sideways(read_exactly(file, length))
        has_pixels = has_pixels or kind in _PIXELS
        file.seek(start + 8 + length + length % 2)
    if size is None or not has_pixels:
        raise NotAPicture("a WebP without pixels")
    return (size[1], size[0]) if sideways else size


def _check_length(file: BinaryIO, end: int) -> None:
    here = file.tell()
    if file.seek(0, 2) < end:
        raise NotAPicture("a WebP that ends too early")
    skip(file, here - file.tell())


def _size_in(kind: bytes, head: bytes) -> tuple[int, int]:
    """Return the size in a first chunk: RFC 9649, figures 7 (VP8X) and 4 (VP8L); RFC 6386, section 9.1 (VP8)."""
    if len(head) < _HEAD_BYTES:
        raise NotAPicture("a WebP whose first chunk is too short")
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L" and head.startswith(b"\x2f"):
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise NotAPicture("a WebP that begins with no picture")
