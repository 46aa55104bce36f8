"""WebP (RFC 9649): keep the one picture, its transparency and its colour profile, in the order of section 2.7."""

import struct
from collections.abc import Iterator, Mapping, Sequence

from bot.pictures.kinds.orientation import UPRIGHT, orientation
from bot.pictures.stripping.stripped import NotStripped, Stripped, checked_profile, joined

_PICTURES = frozenset({b"VP8 ", b"VP8L"})
_READ = frozenset({b"VP8X", b"ICCP", b"ALPH", b"EXIF", *_PICTURES})
_ANIMATED = frozenset({b"ANIM", b"ANMF"})
_HAS_PROFILE, _HAS_TRANSPARENCY = 0x20, 0x10
_EXTENDED_BYTES = 10


def strip_webp(data: bytes, most_bytes: int) -> Stripped:
    """Keep the picture alone. Raises `NotStripped` and `struct.error` if it does not follow the standard."""
    found: dict[bytes, memoryview] = {}
    picture = b""
    for kind, body in _chunks(memoryview(data)):
        if kind in _ANIMATED:
            raise NotStripped("an animation")
        if kind in found or (picture and kind in _PICTURES):
            raise NotStripped("a WebP that has something twice")
        if kind in _PICTURES:
            picture = kind
        if kind in _READ:
            found[kind] = body
    if not picture:
        raise NotStripped("a WebP without pixels")
    kept = [*_extended(found, picture), (picture, found[picture])]
    parts = [b"WEBP", *[part for kind, body in kept for part in _chunk(kind, body)]]
    riff = struct.pack("<4sL", b"RIFF", sum(map(len, parts)))
    turned = orientation(bytes(found[b"EXIF"])) if b"EXIF" in found else UPRIGHT
    return Stripped(data=joined((riff, *parts), most_bytes), orientation=turned)


def _extended(found: Mapping[bytes, memoryview], picture: bytes) -> Iterator[tuple[bytes, bytes | memoryview]]:
    """Yield the chunks before the pixels of an extended WebP."""
    extended = found.get(b"VP8X")
    if extended is None:
        return
    if len(extended) != _EXTENDED_BYTES:
        raise NotStripped("a WebP whose first chunk is of no right size")
    flags = extended[0] & (_HAS_PROFILE | _HAS_TRANSPARENCY)
    if b"ICCP" not in found:
        flags &= ~_HAS_PROFILE
    yield b"VP8X", bytes([flags, 0, 0, 0]) + bytes(extended[4:])
    if flags & _HAS_PROFILE:
        yield b"ICCP", checked_profile(bytes(found[b"ICCP"]))
    if flags & _HAS_TRANSPARENCY and picture == b"VP8 " and b"ALPH" in found:
        yield b"ALPH", found[b"ALPH"]


def _chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the kind and body of each chunk, up to the end that the file declares."""
    position, end = 12, 8 + struct.unpack_from("<L", data, 4)[0]
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sL", data, position)
        if position + 8 + length > min(end, len(data)):
            raise NotStripped("a WebP that ends too early")
        yield kind, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def _chunk(kind: bytes, body: bytes | memoryview) -> Sequence[bytes | memoryview]:
    return struct.pack("<4sL", kind, len(body)), body, bytes(len(body) % 2)
