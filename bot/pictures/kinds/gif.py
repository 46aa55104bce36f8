"""GIF (GIF89a specification): parse the blocks to the trailer."""

import struct
from typing import BinaryIO

from bot.domain.errors import NotAPicture
from bot.pictures.kinds.pieces import read_exactly, skip

_MOST_BLOCKS = 1_000_000
_EXTENSION = 0x21
_IMAGE = 0x2C
_TRAILER = 0x3B


def measure_gif(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels of a complete GIF, large enough for all its frames. Raises `NotAPicture`."""
    width, height, packed = struct.unpack("<6xHHBxx", read_exactly(file, 13))
    skip(file, _table_bytes(packed))
    blocks_left, has_frame = _MOST_BLOCKS, False
    while blocks_left > 0:
        (introducer,) = read_exactly(file, 1)
        if introducer == _TRAILER and has_frame:
            return width, height
        if introducer == _IMAGE:
            left, top, frame_width, frame_height, packed = struct.unpack("<HHHHB", read_exactly(file, 9))
            width, height = max(width, left + frame_width), max(height, top + frame_height)
            skip(file, _table_bytes(packed))
            has_frame = True
        elif introducer != _EXTENSION:
            raise NotAPicture("a GIF whose blocks do not follow each other")
        skip(file, 1)  # an extension's label, or the code size of a frame
        blocks_left -= 1 + _skip_data(file, blocks_left)
    raise NotAPicture("a GIF of too many blocks")


def _table_bytes(packed: int) -> int:
    """Return the bytes of the colour table that a descriptor's packed field announces."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _skip_data(file: BinaryIO, most: int) -> int:
    """Skip a chain of at most `most` data blocks to its end. Returns how many there were."""
    for number in range(most):
        (length,) = read_exactly(file, 1)
        if length == 0:
            return number
        skip(file, length)
    return most
