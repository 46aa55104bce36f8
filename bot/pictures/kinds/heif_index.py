"""The index of a HEIC or AVIF: which item is the picture, its size, and its tiles.

ISO/IEC 14496-12, 8.11 (`meta`, `pitm`, `iref`), and ISO/IEC 23008-12, 6.5 (`ispe`, `irot`, `clap`) and 9.3 (`ipma`).
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.errors import NotAPicture, PictureTooLarge

MOST_TILES = 256
"""The maximum number of tiles of a picture: a phone's 48 million pixels are 192 tiles.

A file of a few kilobytes can name one tile thousands of times, and each would be decoded.
"""

MOST_TILE_PIXELS = 120_000_000
"""The maximum pixels of all tiles together.

Tiles at the edge overlap it, so this is a little more than a picture may have.
"""

_MOST_LAYERS = 2
"""A picture of tiles, with at most one derived item on top. More levels would multiply the work."""

_HEAD = struct.Struct(">L4s")
_FULL_BOX_BYTES = 4
_SMALL_VERSION = 0  # of a box with item numbers of two bytes; later versions have four
_TWO_BYTE_FLAG = 1

Box = tuple[bytes, bytes]
"""The kind and the content of a box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeifIndex:
    """The items of the index: the properties of each, in order, and the tiles that an item is derived from."""

    primary: int
    properties: Mapping[int, Sequence[Box]]
    parts: Mapping[int, Sequence[int]]

    def measure(self) -> tuple[int, int]:
        """Return width and height of the picture in pixels, as shown. Raises `NotAPicture` and `PictureTooLarge`."""
        tiles = sum(map(len, self.parts.values()))
        if tiles > MOST_TILES:
            raise NotAPicture(f"a picture of {tiles} parts")
        size = self._coded_size(self.primary)
        pixels = self._pixels_in_parts(self.primary, _MOST_LAYERS)
        if pixels > MOST_TILE_PIXELS:
            raise PictureTooLarge(f"a picture that is put together from {pixels} pixels")
        for kind, body in self.properties[self.primary]:
            if kind == b"irot" and body[0] & 1:
                size = size[1], size[0]
            elif kind == b"clap":
                size = _clipped(size, body)
        return size

    def _coded_size(self, item: int) -> tuple[int, int]:
        for kind, body in self.properties.get(item, ()):
            if kind == b"ispe":
                width, height = struct.unpack_from(">LL", body, _FULL_BOX_BYTES)
                return width, height
        raise NotAPicture("a picture in boxes that says no size")

    def _pixels_in_parts(self, item: int, layers_left: int) -> int:
        if item not in self.parts:
            width, height = self._coded_size(item)
            return width * height
        if layers_left == 0:
            raise NotAPicture("a picture of parts within parts")
        return sum(self._pixels_in_parts(part, layers_left - 1) for part in self.parts[item])


def measure_index(meta: bytes) -> tuple[int, int]:
    """Return width and height, as shown, of the picture in a `meta` box. Raises `NotAPicture` and `PictureTooLarge`."""
    try:
        return _read(meta).measure()
    except (struct.error, LookupError) as fault:
        raise NotAPicture("a picture in boxes whose index cannot be read") from fault


def _read(meta: bytes) -> HeifIndex:
    found = dict(_boxes(meta[_FULL_BOX_BYTES:]))
    described = dict(_boxes(found[b"iprp"]))
    properties = list(_boxes(described[b"ipco"]))
    primary = found[b"pitm"]
    (item,) = struct.unpack_from(">H" if primary[0] == _SMALL_VERSION else ">L", primary, _FULL_BOX_BYTES)
    return HeifIndex(
        primary=item,
        properties=dict(_associations(described[b"ipma"], properties)),
        parts=dict(_references(found.get(b"iref", bytes(_FULL_BOX_BYTES)))),
    )


def _clipped(size: tuple[int, int], clap: bytes) -> tuple[int, int]:
    width, width_divisor, height, height_divisor = struct.unpack_from(">LLLL", clap)
    if not (width_divisor and height_divisor):
        raise NotAPicture("a picture that is cut to no size")
    return min(size[0], width // width_divisor), min(size[1], height // height_divisor)


def _boxes(data: bytes) -> Iterator[Box]:
    position = 0
    while position + _HEAD.size <= len(data):
        length, kind = _HEAD.unpack_from(data, position)
        end = position + length if length else len(data)
        if end < position + _HEAD.size or end > len(data):
            raise NotAPicture("a box that is larger than what it is in")
        yield kind, data[position + _HEAD.size : end]
        position = end


def _associations(ipma: bytes, properties: Sequence[Box]) -> Iterator[tuple[int, Sequence[Box]]]:
    """Yield each item with its properties. Property numbers start at one."""
    version, is_wide = ipma[0], ipma[3] & _TWO_BYTE_FLAG
    (entries,) = struct.unpack_from(">L", ipma, _FULL_BOX_BYTES)
    head = struct.Struct(">HB" if version == _SMALL_VERSION else ">LB")
    position = _FULL_BOX_BYTES + 4
    for _ in range(min(entries, len(ipma))):
        item, count = head.unpack_from(ipma, position)
        numbers = struct.unpack_from(f">{count}{'H' if is_wide else 'B'}", ipma, position + head.size)
        position += head.size + count * (2 if is_wide else 1)
        mask = 0x7FFF if is_wide else 0x7F
        yield item, [properties[(number & mask) - 1] for number in numbers if number & mask]


def _references(iref: bytes) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield each derived item with its tiles. Other references (thumbnails, transparency) are skipped."""
    number, head = ("H", ">HH") if iref[0] == _SMALL_VERSION else ("L", ">LH")
    for kind, body in _boxes(iref[_FULL_BOX_BYTES:]):
        if kind == b"dimg":
            item, count = struct.unpack_from(head, body)
            yield item, struct.unpack_from(f">{count}{number}", body, struct.calcsize(head))
