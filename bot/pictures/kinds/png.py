"""PNG (W3C PNG, third edition, section 5): parse the chunks to IEND, and check the checksums of critical chunks."""

import struct
import zlib
from typing import BinaryIO

from bot.domain.errors import NotAPicture
from bot.pictures.kinds.orientation import MOST_EXIF_BYTES, is_sideways
from bot.pictures.kinds.pieces import read_blocks, read_exactly, skip

_MOST_CHUNKS = 200_000
_HEADER_BYTES = 13
_UPPER_CASE = 0x20
"""This bit of a chunk type's first letter is clear for critical chunks, which every viewer needs."""


def measure_png(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels of a complete PNG. Raises `NotAPicture`."""
    skip(file, 8)
    length, kind = _next_chunk(file)
    if kind != b"IHDR" or length != _HEADER_BYTES:
        raise NotAPicture("a PNG without a header")
    header = read_exactly(file, length)
    _check(file, zlib.crc32(header, zlib.crc32(kind)))
    width, height = struct.unpack_from(">LL", header)
    return (height, width) if _walk(file) else (width, height)


def _walk(file: BinaryIO) -> bool:
    """Parse all chunks to the end. Returns whether the picture is shown sideways."""
    has_pixels = sideways = False
    for _ in range(_MOST_CHUNKS):
        length, kind = _next_chunk(file)
        if kind == b"eXIf" and length <= MOST_EXIF_BYTES:
            sideways = is_sideways(read_exactly(file, length))
            skip(file, 4)
        elif kind[0] & _UPPER_CASE:
            skip(file, length + 4)
        else:
            _check_body(file, kind, length)
        has_pixels = has_pixels or kind == b"IDAT"
        if kind == b"IEND":
            break
    else:
        raise NotAPicture("a PNG of too many chunks")
    if not has_pixels:
        raise NotAPicture("a PNG without pixels")
    return sideways


def _next_chunk(file: BinaryIO) -> tuple[int, bytes]:
    length, kind = struct.unpack(">L4s", read_exactly(file, 8))
    return length, kind


def _check_body(file: BinaryIO, kind: bytes, length: int) -> None:
    found = zlib.crc32(kind)
    for block in read_blocks(file, length):
        found = zlib.crc32(block, found)
    _check(file, found)


def _check(file: BinaryIO, found: int) -> None:
    if read_exactly(file, 4) != struct.pack(">L", found):
        raise NotAPicture("a PNG whose checksum is wrong")
