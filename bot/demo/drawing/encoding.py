"""The demo's PNG files, and how to know one again.

Pillow's own writer tries five filters on every row, which takes longer than drawing the picture; flat drawings need
only one of them, and no more than a band of rows in memory.
"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageChops

MADE_BY = "Plantain's demo painter"
STRIP_KEY = "Plantain-Demo-Strip"
"""The text that says how many pixels the strip takes at the picture's foot."""

_COMMENT = "A drawing made by Plantain's demo painter from the words of a prompt; no model painted it."
_BAND_ROWS = 128
_EIGHT_BIT_RGB = (8, 2, 0, 0, 0)
_FILTER_UP = b"\2"
_MOST_DIGITS = 4


def to_png(picture: Image.Image, strip: int) -> bytes:
    """Write an RGB picture as a PNG file (W3C PNG, third edition) whose text says what made it."""
    header = struct.pack(">LLBBBBB", *picture.size, *_EIGHT_BIT_RGB)
    text = {"Software": MADE_BY, "Comment": _COMMENT, STRIP_KEY: str(strip)}
    chunks = [_chunk(b"IHDR", header)]
    chunks += [_chunk(b"tEXt", f"{key}\0{words}".encode("latin-1")) for key, words in text.items()]
    chunks += [_chunk(b"IDAT", data) for data in _compressed(picture)]
    return b"".join((b"\x89PNG\r\n\x1a\n", *chunks, _chunk(b"IEND", b"")))


def _compressed(picture: Image.Image) -> Iterator[bytes]:
    """Yield the deflated rows, each stored as its difference to the row above (filter type 2)."""
    width, height = picture.size
    deflate = zlib.compressobj(1)
    for top in range(0, height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, height)
        above = picture.crop((0, top - 1, width, bottom - 1))  # above the first row Pillow finds zeros, as PNG does
        rows = ImageChops.subtract_modulo(picture.crop((0, top, width, bottom)), above).tobytes()
        filtered = b"".join(_FILTER_UP + rows[start : start + 3 * width] for start in range(0, len(rows), 3 * width))
        if data := deflate.compress(filtered):
            yield data
    yield deflate.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def read_strip(told: str) -> int:
    """Return the pixels that the strip takes at the foot of a picture, as its text says; 0 if we did not write that."""
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS else 0
