"""Takes out of a picture file what tells more than the picture: where it was taken, with what, by whom.

Nothing is decoded: the segments and chunks that a viewer needs, and the colour profile, stay byte for byte.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.pictures.kinds.orientation import UPRIGHT, orientation


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """A file without its metadata; `orientation` is what they said of how it is to be turned."""

    data: bytes
    orientation: int


class NotStripped(ValueError):
    """The file has to be decoded and written anew: of another kind, animated, or not as everybody reads it."""


def without_metadata(mime: str, data: bytes) -> Stripped:
    """The same picture without metadata. Raises `NotStripped`. Blocking, some milliseconds for megabytes."""
    strip = _STRIPPERS.get(mime)
    if strip is None:
        raise NotStripped(mime)
    try:
        return strip(data)
    except (struct.error, IndexError) as error:
        raise NotStripped(mime) from error


# JPEG: ITU-T T.81, annex B

_PREFIX = 0xFF
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_COMMENT = 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_EIGHT_BITS = 8
_CHANNELS = frozenset({1, 3})  # grey, and colour
_KEPT_APPS: Mapping[int, tuple[bytes, int | None]] = {
    _APP0: (b"JFIF\0", 14),
    _APP2: (b"ICC_PROFILE\0", None),
    _APP14: (b"Adobe", 12),
}
"""What says how the colours are meant, and how long it is; others hold what a camera or a program noted."""


def _strip_jpeg(data: bytes) -> Stripped:
    kept = [data[:2]]
    turned = UPRIGHT
    position = 2
    while True:
        while data[position + 1] == _PREFIX:  # any number of fill bytes may stand before a marker
            position += 1
        marker = data[position + 1]
        if data[position] != _PREFIX:
            raise NotStripped("a JPEG whose segments do not follow each other")
        if marker == _END_OF_IMAGE:  # whatever stands after it, films and second pictures, is not the picture
            return Stripped(data=b"".join((*kept, data[position : position + 2])), orientation=turned)
        (length,) = struct.unpack_from(">H", data, position + 2)
        body = data[position + 4 : position + 2 + length]
        end = position + 2 + length
        if marker == _APP1 and body.startswith(b"Exif\0\0"):
            turned = orientation(body)
        _check_frame(marker, body)
        if marker == _START_OF_SCAN:
            end = _end_of_scan(data, end)
        if marker in _KEPT_APPS:
            kept.append(_app(marker, body))
        elif _stays(marker):
            kept.append(data[position:end])
        position = end


def _check_frame(marker: int, body: bytes) -> None:
    if marker in _FRAMES and (body[0] != _EIGHT_BITS or body[5] not in _CHANNELS):
        raise NotStripped("a JPEG in CMYK, or of more than eight bits")


def _stays(marker: int) -> bool:
    return marker != _COMMENT and not _APP0 <= marker <= _APP15


def _app(marker: int, body: bytes) -> bytes:
    """What is needed of an application segment: no thumbnail in it, and nothing behind it."""
    name, length = _KEPT_APPS[marker]
    if not body.startswith(name):
        return b""
    if length and len(body) < length:
        raise NotStripped("an application segment that is too short")
    needed = body if length is None else body[:length]
    if marker == _APP0:
        needed = needed[:-2] + b"\0\0"  # the thumbnail's width and height
    return struct.pack(">BBH", _PREFIX, marker, len(needed) + 2) + needed


def _end_of_scan(data: bytes, start: int) -> int:
    found = _MARKER_AFTER_SCAN.search(data, start)
    if found is None:
        raise NotStripped("a JPEG that ends too early")
    return found.start()


# PNG: W3C PNG, third edition, section 11

_PNG_HEAD = 8
_DEFLATED = 0
_MOST_CHECKED_BYTES = 128  # a profile's name has at most 79
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs".split(),
)
"""Without the chunks of an animation too: what is left is its still picture."""


def _strip_png(data: bytes) -> Stripped:
    kept = [data[:_PNG_HEAD]]
    turned = UPRIGHT
    for kind, start, end in _png_chunks(data):
        if kind == b"eXIf":
            turned = orientation(data[start + 8 : end - 4])
        elif kind in _PNG_KEPT:
            kept.append(data[start:end])
        _check_chunk(kind, data[start + 8 : min(end, start + 8 + _MOST_CHECKED_BYTES)])
    return Stripped(data=b"".join(kept), orientation=turned)


def _check_chunk(kind: bytes, body: bytes) -> None:
    if kind == b"IHDR" and body[8] > _EIGHT_BITS:
        raise NotStripped("a PNG of sixteen bits")
    if kind == b"iCCP" and body[body.find(b"\0") + 1] != _DEFLATED:
        raise NotStripped("a PNG whose colour profile is packed in no known way")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's kind, start and end, up to the last."""
    position, kind = _PNG_HEAD, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">L4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise NotStripped("a PNG that ends too early")
        yield kind, position, end
        position = end


# WebP: RFC 9649

_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
_FLAGS_WITHOUT_METADATA = 0xFF & ~(0x08 | 0x04)  # of VP8X: EXIF and XMP


def _strip_webp(data: bytes) -> Stripped:
    kept: list[bytes] = []
    turned = UPRIGHT
    position, end = 12, 8 + struct.unpack_from("<L", data, 4)[0]
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sL", data, position)
        chunk = data[position : position + 8 + length + length % 2]
        if kind in {b"ANIM", b"ANMF"}:
            raise NotStripped("an animation")
        if kind == b"EXIF":
            turned = orientation(chunk[8:])
        elif kind == b"VP8X":
            kept.append(chunk[:8] + bytes([chunk[8] & _FLAGS_WITHOUT_METADATA]) + chunk[9:])
        elif kind in _WEBP_KEPT:
            kept.append(chunk)
        position += len(chunk)
    body = b"WEBP" + b"".join(kept)
    return Stripped(data=struct.pack("<4sL", b"RIFF", len(body)) + body, orientation=turned)


_STRIPPERS: Mapping[str, Callable[[bytes], Stripped]] = {
    "image/jpeg": _strip_jpeg,
    "image/png": _strip_png,
    "image/webp": _strip_webp,
}
