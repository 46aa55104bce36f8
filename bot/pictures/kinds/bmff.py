"""HEIC and AVIF (ISO/IEC 14496-12, 4.2): walk the boxes to the end; the decoder's own library reads the size.

Its meaning (tiles, turns, mirrors) fills a standard of its own, and both libraries read it without decoding a pixel.
"""

import struct
from typing import BinaryIO

from bot.domain.errors import NotAPicture
from bot.pictures.decoding import BROKEN
from bot.pictures.kinds.orientation import SIDEWAYS
from bot.pictures.kinds.pieces import read_exactly

_MOST_BOXES = 10_000
_BOX_HEAD_BYTES = 8
_LARGE_BOX_HEAD_BYTES = 16
_MOST_BRANDS_BYTES = 1024
_MOST_INDEX_BYTES = 1 << 20

MOST_TILES = 256
"""Parts that a picture may be put together from: a telephone's 48 million pixels are 192. A file of a few kilobytes can
name one large part thousands of times, and each would be decoded."""

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def kind_by_brands(file: BinaryIO) -> str:
    """The kind of a file whose first box is `ftyp`, by the brands in it. Raises `NotAPicture`."""
    (length,) = struct.unpack(">L4x", read_exactly(file, _BOX_HEAD_BYTES))
    brands = read_exactly(file, min(max(0, length - _BOX_HEAD_BYTES), _MOST_BRANDS_BYTES))
    named = [brands[start : start + 4] for start in (0, *range(8, len(brands), 4))]
    if any(brand in _AVIF for brand in named):
        return "image/avif"
    if any(brand in _HEIC for brand in named):
        return "image/heic"
    raise NotAPicture("a film, or something else in the boxes of one")


def measure_heic(file: BinaryIO) -> tuple[int, int]:
    """Width and height in pixels, as shown, of a whole HEIC. Raises `NotAPicture`."""
    import pillow_heif

    _walk(file)
    try:
        width, height = pillow_heif.open_heif(file).size
    except BROKEN as error:
        raise NotAPicture("a HEIC that holds no picture we can find") from error
    return width, height


def measure_avif(file: BinaryIO) -> tuple[int, int]:
    """Width and height in pixels, as shown, of a whole AVIF. Raises `NotAPicture`."""
    from PIL import ExifTags, Image

    _walk(file)
    try:
        with Image.open(file, formats=["AVIF"]) as picture:
            (width, height), turned = picture.size, picture.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS
    except BROKEN as error:
        raise NotAPicture("an AVIF that holds no picture we can find") from error
    return (height, width) if turned else (width, height)


def _walk(file: BinaryIO) -> None:
    """Check that the file goes to the end of its last box, and go back to its beginning."""
    end = file.seek(0, 2)
    position, kinds = 0, set()
    for _ in range(_MOST_BOXES):
        file.seek(position)
        if end - position < _BOX_HEAD_BYTES:
            break
        length, kind = struct.unpack(">L4s", read_exactly(file, _BOX_HEAD_BYTES))
        if length == 1:
            (length,) = struct.unpack(">Q", read_exactly(file, _LARGE_BOX_HEAD_BYTES - _BOX_HEAD_BYTES))
        if kind == b"meta":
            _check_tiles(file, length or end - position)
        position = position + length if length else end
        kinds.add(kind)
        if 0 < length < _BOX_HEAD_BYTES or position > end:
            raise NotAPicture("a picture in boxes that ends too early")
    else:
        raise NotAPicture("a picture of too many boxes")
    if not {b"meta", b"mdat"} <= kinds:
        raise NotAPicture("boxes without a picture in them")
    file.seek(0)


def _check_tiles(file: BinaryIO, length: int) -> None:
    """Add up the parts that are named in the index, wherever it names some (ISO/IEC 23008-12, 6.6.2.3: `dimg`)."""
    if length > _MOST_INDEX_BYTES:
        raise NotAPicture("a picture whose index is larger than any")
    index = file.read(length)
    tiles, at = 0, index.find(b"dimg")
    while at >= 4:  # noqa: PLR2004  # its length stands before the name
        (size,) = struct.unpack_from(">L", index, at - 4)
        tiles += max(0, min(size, length) - 12) // 2
        at = index.find(b"dimg", at + 4)
    if tiles > MOST_TILES:
        raise NotAPicture(f"a picture of {tiles} parts")
