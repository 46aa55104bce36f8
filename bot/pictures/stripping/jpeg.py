"""JPEG (ITU-T T.81, annex B): keep the frame, its tables and scans, and what defines the colours.

The colours are defined in the segments of JFIF, Adobe and ICC. Only frames with the common codings are kept.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping

from bot.pictures.kinds.orientation import UPRIGHT, orientation
from bot.pictures.stripping.stripped import NotStripped, Stripped, checked_profile, joined

_PREFIX = 0xFF
_START_OF_SCAN, _END = 0xDA, 0xD9
_HUFFMAN, _QUANTISATION, _RESTARTS = 0xC4, 0xDB, 0xDD
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_WITHOUT_BODY = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive, all Huffman coded."""

_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {_HUFFMAN, 0xC8}
"""Lossless, hierarchical and arithmetic coding, and the tables of the last: re-encoded, if they can be decoded."""

_EIGHT_BITS = 8
_CHANNELS = frozenset({1, 3})  # grey and colour
_MOST_CODES = 256
_PROFILE_HEAD = b"ICC_PROFILE\0"
_MOST_PROFILE_BYTES = 65_519
"""The maximum bytes of a profile in one segment."""


def strip_jpeg(data: bytes, most_bytes: int) -> Stripped:
    """Keep the picture alone.

    Raises `NotStripped`, `struct.error` and `IndexError` if it does not follow the standard.
    """
    kept = [data[:2]]
    profile: dict[int, bytes] = {}
    turned, profile_place, has_pixels = UPRIGHT, 1, False
    for marker, body, scan in _segments(data):
        if marker in _OTHER_FRAMES:
            raise NotStripped("a JPEG that is coded in a way that few read")
        if marker == _APP1 and body.startswith(b"Exif\0\0"):
            turned = orientation(body)
        elif marker == _APP2 and body.startswith(_PROFILE_HEAD):
            profile_place = profile_place if profile else len(kept)
            profile.setdefault(body[len(_PROFILE_HEAD)], body[len(_PROFILE_HEAD) + 2 :])
        elif marker in _NEEDED:
            needed = _NEEDED[marker](body)
            has_pixels = has_pixels or bool(scan)
            kept += [_segment(marker, needed), scan] if needed else []
    if not has_pixels:
        raise NotStripped("a JPEG without a scan")
    kept[profile_place:profile_place] = _profile_segments(profile)
    return Stripped(data=joined((*kept, bytes([_PREFIX, _END])), most_bytes), orientation=turned)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the marker and body of each segment, and the coded data of the scan that it begins.

    It stops at the end of the image: videos and second pictures after it are not the picture.
    """
    position = 2
    while True:
        if data[position] != _PREFIX:
            raise NotStripped("a JPEG whose segments do not follow each other")
        while data[position + 1] == _PREFIX:  # any number of fill bytes may precede a marker
            position += 1
        marker = data[position + 1]
        if marker == _END:
            return
        if marker in _WITHOUT_BODY:
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        body = data[position + 4 : position + 2 + length]
        position += 2 + length
        scan = b""
        if marker == _START_OF_SCAN:
            found = _MARKER_AFTER_SCAN.search(data, position)
            if found is None:
                raise NotStripped("a JPEG that ends too early")
            scan, position = data[position : found.start()], found.start()
        yield marker, body, scan.rstrip(b"\xff")  # without fill bytes before the next marker


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", _PREFIX, marker, len(body) + 2) + body


def _profile_segments(parts: Mapping[int, bytes]) -> list[bytes]:
    """Join the colour profile in the order of its part numbers, and split it again (ICC.1, B.4)."""
    if not parts:
        return []
    profile = checked_profile(b"".join(parts[number] for number in sorted(parts)))
    pieces = [profile[start : start + _MOST_PROFILE_BYTES] for start in range(0, len(profile), _MOST_PROFILE_BYTES)]
    heads = [_PROFILE_HEAD + bytes([number, len(pieces)]) for number in range(1, len(pieces) + 1)]
    return [_segment(_APP2, head + piece) for head, piece in zip(heads, pieces, strict=True)]


# What to keep of each segment. Nothing, if it is not what its marker says and no viewer needs it.


def _frame(body: bytes) -> bytes:
    if body[0] != _EIGHT_BITS or body[5] not in _CHANNELS:
        raise NotStripped("a JPEG in CMYK, or of more than eight bits")
    return _exactly(body, 6 + 3 * body[5])


def _huffman(body: bytes) -> bytes:
    return _tables(body, lambda rest: 17 + min(_MOST_CODES, sum(rest[1:17])))


def _quantisation(body: bytes) -> bytes:
    return _tables(body, lambda rest: 129 if rest[0] >> 4 else 65)


def _tables(body: bytes, size_of: Callable[[bytes], int]) -> bytes:
    """Check that a body is a sequence of tables, with nothing after the last."""
    position = 0
    while position < len(body):
        position += size_of(body[position:])
    return _exactly(body, position)


def _scan_head(body: bytes) -> bytes:
    return _exactly(body, 4 + 2 * body[0])


def _exactly(body: bytes, size: int) -> bytes:
    if len(body) != size:
        raise NotStripped("a JPEG with a segment that is longer or shorter than what is in it")
    return body


def _jfif(body: bytes) -> bytes:
    """Keep the segment without its thumbnail, whose width and height are the last bytes."""
    if not body.startswith(b"JFIF\0"):
        return b""
    if len(body) < 14:  # noqa: PLR2004  # what JFIF has before the thumbnail (ITU-T T.871, 10.1)
        raise NotStripped("a JFIF segment that is too short")
    return body[:12] + b"\0\0"


def _adobe(body: bytes) -> bytes:
    """Keep the twelve bytes; the last one says how the colours were transformed."""
    if not body.startswith(b"Adobe"):
        return b""
    if len(body) < 12:  # noqa: PLR2004 - the twelve bytes of the segment
        raise NotStripped("an Adobe segment that is too short")
    return body[:12]


_NEEDED: Mapping[int, Callable[[bytes], bytes]] = {
    **dict.fromkeys(_FRAMES, _frame),
    _HUFFMAN: _huffman,
    _QUANTISATION: _quantisation,
    _RESTARTS: lambda body: _exactly(body, 2),
    _START_OF_SCAN: _scan_head,
    _APP0: _jfif,
    _APP14: _adobe,
}
