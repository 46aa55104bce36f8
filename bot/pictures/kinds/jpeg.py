"""JPEG (ITU-T T.81, annex B): parse the segments to the first scan, then search for the end of the picture."""

import struct
from typing import BinaryIO

from bot.domain.errors import NotAPicture
from bot.pictures.kinds.orientation import is_sideways
from bot.pictures.kinds.pieces import BLOCK_BYTES, read_exactly, skip

_MOST_SEGMENTS = 10_000
_PREFIX = 0xFF
_APP1 = 0xE1
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = b"\xff\xd9"
_WITHOUT_BODY = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers of every coding. The three left out are tables and a reserved code."""


def measure_jpeg(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels, as shown, of a complete JPEG. Raises `NotAPicture`."""
    skip(file, 2)
    size: tuple[int, int] | None = None
    sideways = False
    for _ in range(_MOST_SEGMENTS):
        marker, body = _next_segment(file)
        if marker in _FRAMES and size is None:
            size = _size_in(body)
        elif marker == _APP1 and body.startswith(b"Exif\0\0"):
            sideways = is_sideways(body)
        elif marker == _START_OF_SCAN:
            break
    else:
        raise NotAPicture("a JPEG of too many segments")
    if size is None:
        raise NotAPicture("a JPEG without a frame")
    _find_end(file)
    return (size[1], size[0]) if sideways else size


def _next_segment(file: BinaryIO) -> tuple[int, bytes]:
    prefix, marker = read_exactly(file, 2)
    while prefix == marker == _PREFIX:  # any number of fill bytes may precede a marker
        (marker,) = read_exactly(file, 1)
    if prefix != _PREFIX:
        raise NotAPicture("a JPEG whose segments do not follow each other")
    if marker in _WITHOUT_BODY:
        return marker, b""
    (length,) = struct.unpack(">H", read_exactly(file, 2))
    return marker, read_exactly(file, max(0, length - 2))


def _size_in(frame: bytes) -> tuple[int, int]:
    try:
        height, width = struct.unpack_from(">HH", frame, 1)
    except struct.error as fault:
        raise NotAPicture("a JPEG whose frame is too short") from fault
    return width, height


def _find_end(file: BinaryIO) -> None:
    """Check that there is an end marker. Raises `NotAPicture`.

    Within a scan 0xFF is always followed by 0x00, so the first end marker found is the picture's own.
    """
    last = b""
    while block := file.read(BLOCK_BYTES):
        if _END_OF_IMAGE in last + block:
            return
        last = block[-1:]
    raise NotAPicture("a JPEG that ends too early")
