"""HEIC and AVIF (ISO/IEC 14496-12, 4.2): parse the boxes to the end; the index has the size and the decoding cost."""

import struct
from typing import BinaryIO

from bot.domain.errors import NotAPicture
from bot.pictures.kinds.heif_index import measure_index
from bot.pictures.kinds.pieces import read_exactly

_MOST_BOXES = 10_000
_BOX_HEAD_BYTES = 8
_LARGE_BOX_HEAD_BYTES = 16
_MOST_BRANDS_BYTES = 1024
_MOST_INDEX_BYTES = 1 << 20

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def kind_by_brands(file: BinaryIO) -> str:
    """Return the kind of a file whose first box is `ftyp`, by the brands in it. Raises `NotAPicture`."""
    (length,) = struct.unpack(">L4x", read_exactly(file, _BOX_HEAD_BYTES))
    brands = read_exactly(file, min(max(0, length - _BOX_HEAD_BYTES), _MOST_BRANDS_BYTES))
    named = [brands[start : start + 4] for start in (0, *range(8, len(brands), 4))]
    if any(brand in _AVIF for brand in named):
        return "image/avif"
    if any(brand in _HEIC for brand in named):
        return "image/heic"
    raise NotAPicture("a film, or something else in the boxes of one")


def measure_heif(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels, as shown, of a complete HEIC or AVIF.

    Raises `NotAPicture`, and `PictureTooLarge` if its tiles have more pixels than anybody decodes.
    """
    end = file.seek(0, 2)
    position, index, has_data = 0, b"", False
    for _ in range(_MOST_BOXES):
        if end - position < _BOX_HEAD_BYTES:
            break
        file.seek(position)
        length, kind = struct.unpack(">L4s", read_exactly(file, _BOX_HEAD_BYTES))
        if length == 1:
            (length,) = struct.unpack(">Q", read_exactly(file, _LARGE_BOX_HEAD_BYTES - _BOX_HEAD_BYTES))
        position = position + length if length else end
        if 0 < length < _BOX_HEAD_BYTES or position > end:
            raise NotAPicture("a picture in boxes that ends too early")
        if kind == b"meta" and not index:
            index = _read_rest(file, position)
        has_data = has_data or kind == b"mdat"
    else:
        raise NotAPicture("a picture of too many boxes")
    if not (index and has_data):
        raise NotAPicture("boxes without a picture in them")
    return measure_index(index)


def _read_rest(file: BinaryIO, end: int) -> bytes:
    length = end - file.tell()
    if length > _MOST_INDEX_BYTES:
        raise NotAPicture("a picture whose index is larger than any")
    return read_exactly(file, length)
