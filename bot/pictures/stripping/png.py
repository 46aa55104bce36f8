"""PNG (W3C PNG, third edition): keep header, palette, transparency, pixels, and what defines the colours.

Of an animation only the still picture is kept.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence

from bot.pictures.kinds.orientation import UPRIGHT, orientation
from bot.pictures.stripping.stripped import NotStripped, Stripped, checked_profile, joined

_SIGNATURE_BYTES = 8
_EIGHT_BITS = 8
_HEADER_BYTES = 13
_GREY, _COLOUR, _PALETTE = 0, 2, 3
_SAMPLES: Mapping[int, int] = {_GREY: 1, _COLOUR: 3, _PALETTE: 1, 4: 2, 6: 4}
"""Samples of a pixel, by colour type."""

_PIECE_BYTES = 1 << 20
_MOST_PROFILE_BYTES = 1 << 22
_COSMETIC: Mapping[bytes, int] = {
    b"cHRM": 32, b"gAMA": 4, b"sRGB": 1, b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"pHYs": 9,
}  # fmt: skip
"""Chunks that define colours and pixels, with their sizes in bytes. Readers ignore other sizes, and so do we."""

_BEFORE_PALETTE = frozenset(_COSMETIC) - {b"pHYs"} | {b"iCCP"}
_READ = frozenset({b"IHDR", b"PLTE", b"tRNS", b"iCCP", *_COSMETIC})

_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced picture: first column and row, and the steps to the next (section 8)."""


def strip_png(data: bytes, most_bytes: int) -> Stripped:
    """Keep the picture alone. Raises `NotStripped` and `struct.error` if it does not follow the standard."""
    turned = UPRIGHT
    found: dict[bytes, bytes] = {}
    pixels: list[memoryview] = []
    for kind, body, is_right in _chunks(memoryview(data)):
        if kind == b"IDAT":
            pixels.append(body)
        elif kind == b"eXIf":
            turned = orientation(bytes(body))
        elif is_right and kind in _READ and _is_in_place(kind, found, pixels):
            found.setdefault(kind, bytes(body))
    if sum(map(len, pixels)) > most_bytes:
        raise NotStripped("a PNG of more bytes than wanted")
    header = found.get(b"IHDR", b"")
    if len(header) != _HEADER_BYTES:
        raise NotStripped("a PNG without a header")
    chunks: list[tuple[bytes, bytes | memoryview]]
    chunks = [(b"IHDR", header), *_colours(header, found), *_pixels(header, pixels), (b"IEND", b"")]
    parts = [part for kind, body in chunks for part in _chunk(kind, body)]
    return Stripped(data=joined((data[:_SIGNATURE_BYTES], *parts), most_bytes), orientation=turned)


def _is_in_place(kind: bytes, found: Mapping[bytes, bytes], pixels: Sequence[memoryview]) -> bool:
    """Whether readers use a chunk at this position (section 5.6)."""
    if pixels:
        return False
    if kind == b"tRNS":
        return found.get(b"IHDR", bytes(_HEADER_BYTES))[9] != _PALETTE or b"PLTE" in found
    return kind not in _BEFORE_PALETTE or b"PLTE" not in found


def _chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Yield the kind and body of each chunk up to the last, and whether its checksum is right."""
    position, kind = _SIGNATURE_BYTES, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">L4s", data, position)
        body = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">L", data, position + 8 + length)
        yield kind, body, checksum == zlib.crc32(body, zlib.crc32(kind))
        position += 12 + length


def _chunk(kind: bytes, body: bytes | memoryview) -> Sequence[bytes | memoryview]:
    return struct.pack(">L4s", len(body), kind), body, struct.pack(">L", zlib.crc32(body, zlib.crc32(kind)))


def _colours(header: bytes, found: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the colour chunks in the order of the standard: before the palette, and after it."""
    depth, colour = header[8], header[9]
    if depth > _EIGHT_BITS:
        raise NotStripped("a PNG of sixteen bits")
    for kind, size in _COSMETIC.items():
        if len(found.get(kind, b"")) == size:
            yield kind, found[kind]
    if b"iCCP" in found:
        yield b"iCCP", _profile(found[b"iCCP"])
    palette = found.get(b"PLTE", b"")
    if colour == _PALETTE:
        if not palette or len(palette) % 3 or len(palette) > 3 << depth:
            raise NotStripped("a PNG whose palette is of no right size")
        yield b"PLTE", palette
    if b"tRNS" in found and colour in {_GREY, _COLOUR, _PALETTE}:
        transparency = found[b"tRNS"]
        size = {_GREY: 2, _COLOUR: 6}.get(colour, min(len(transparency), len(palette) // 3))
        if len(transparency) != size:
            raise NotStripped("a PNG whose transparency is of no right size")
        yield b"tRNS", transparency


def _profile(body: bytes) -> bytes:
    """Repack the colour profile under a name of ours, since its own may be anything. Drops bytes after its end."""
    _, separator, packed = body.partition(b"\0")
    if not separator or packed[:1] != b"\0":
        raise NotStripped("a PNG whose colour profile is packed in no known way")
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed[1:], _MOST_PROFILE_BYTES)
    except zlib.error as error:
        raise NotStripped("a PNG whose colour profile cannot be unpacked") from error
    return b"ICC profile\0\0" + zlib.compress(checked_profile(profile))


def _pixels(header: bytes, bodies: Sequence[memoryview]) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the compressed pixels up to their end. Only decompressing finds that end; the result is thrown away."""
    unpacking, left = zlib.decompressobj(), _unpacked_bytes(header)
    try:
        for body in bodies:
            left -= _unpacked_from(body, unpacking, left)
            rest = len(unpacking.unused_data)
            if rest < len(body):
                yield b"IDAT", body[: len(body) - rest]
            if unpacking.eof:
                break
    except zlib.error as error:
        raise NotStripped("a PNG whose pixels cannot be unpacked") from error
    if left or not unpacking.eof:
        raise NotStripped("a PNG with more or fewer pixels than it says")


def _unpacked_from(body: memoryview, unpacking: "zlib._Decompress", most: int) -> int:
    """Return the decompressed bytes of a piece. Raises `NotStripped` if they are more than `most`."""
    came, piece = 0, bytes(body)
    while piece and not unpacking.eof:
        came += len(unpacking.decompress(piece, _PIECE_BYTES))
        if came > most:
            raise NotStripped("a PNG with more pixels than it says")
        piece = unpacking.unconsumed_tail
    return came


def _unpacked_bytes(header: bytes) -> int:
    """Return the bytes of the decompressed pixels: each row has one byte more than its pixels."""
    width, height, depth, colour, _, _, is_interlaced = struct.unpack(">LLBBBBB", header)
    bits = depth * _SAMPLES.get(colour, 1)
    sizes = [(width, height)]
    if is_interlaced:
        sizes = [(-(-(width - left) // across), -(-(height - top) // down)) for left, top, across, down in _PASSES]
    return sum(rows * (1 + (columns * bits + 7) // 8) for columns, rows in sizes if columns > 0 and rows > 0)
