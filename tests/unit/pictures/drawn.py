"""Odd picture files, made for a test."""

import io
import struct
import zlib

import pillow_heif
from PIL import Image

C2PA = b"jumb\0\0\0\x1ec2pa made by a model, signed by its maker"


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    bands = [Image.effect_noise(size, 90) for _ in range(4)]
    if mode in {"RGB", "RGBA", "CMYK"}:
        return Image.merge(mode, bands[: len(mode)])
    return bands[0].convert(mode) if mode != "I;16" else bands[0].convert("I").point(lambda v: v * 257).convert("I;16")


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def png_header(width: int, height: int, *, bits: int = 8, colours: int = 2) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, bits, colours, 0, 0, 0))


def png_16(width: int, height: int, rgb: tuple[int, int, int]) -> bytes:
    """Make a PNG of sixteen bits a channel in one colour; Pillow writes none in colour."""
    row = b"\0" + struct.pack(">3H", *rgb) * width
    data = png_chunk(b"IDAT", zlib.compress(row * height))
    return png_header(width, height, bits=16) + data + png_chunk(b"IEND", b"")


def with_provenance(data: bytes) -> bytes:
    """Return a PNG or JPEG with a C2PA manifest (C2PA 2.1, A.3: `caBX` in a PNG, APP11 in a JPEG)."""
    if data.startswith(b"\x89PNG"):
        return data[:33] + png_chunk(b"caBX", C2PA) + data[33:]
    body = b"JP\0\x01\0\0\0\x01" + C2PA
    return data[:2] + b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body + data[2:]


def heic(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=60)
    return file.getvalue()


def heic_of_zeros(width: int, height: int) -> bytes:
    """Make a HEIC that is whole, by its boxes; but there is no picture in them."""
    data = bytearray(heic(noise((width, height))))
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    return bytes(data)


def heic_of_tiles(count: int, side: int) -> bytes:
    """Make a HEIC whose picture is put together from the same large part again and again."""
    data = heic(noise((64, 64)))
    meta = data.index(b"meta")
    (length,) = struct.unpack_from(">L", data, meta - 4)
    index, rest = data[meta + 4 : meta - 4 + length], data[meta - 4 + length :]
    at = index.index(b"ispe") + 8
    index = index[:at] + struct.pack(">LL", side, side) + index[at + 8 :]
    item = index.index(b"pitm") + 8
    (primary,) = struct.unpack_from(">H", index, item)
    index = index[:item] + struct.pack(">H", 7) + index[item + 2 :]
    parts = box(b"dimg", struct.pack(f">HH{count}H", 7, count, *[primary] * count))
    every = bytes([4, 1, 2, 3, 4])  # both items have the four properties that there are
    associations = struct.pack(">LH", 2, primary) + every + struct.pack(">H", 7) + every
    index = index.replace(box_at(index, b"ipma"), box(b"ipma", bytes(4) + associations))
    sized = index[: index.index(b"iprp") - 4] + iprp(index) + box(b"iref", bytes(4) + parts)
    return data[: meta - 4] + box(b"meta", sized) + rest


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(body), kind) + body


def iprp(index: bytes) -> bytes:
    """Return the box of properties, of the length that it has come to."""
    start = index.index(b"iprp") + 4
    properties = box_at(index, b"ipco")
    return box(b"iprp", index[start : start + len(properties)] + box_at(index, b"ipma"))


def box_at(index: bytes, kind: bytes) -> bytes:
    start = index.index(kind) - 4
    (length,) = struct.unpack_from(">L", index, start)
    return index[start : start + length]


def gif_header(width: int, height: int) -> bytes:
    """Make a GIF that says a large screen, and has a frame of one pixel in it."""
    frame = b",\0\0\0\0\1\0\1\0\0" + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame + b";"


def webp_header(width: int, height: int) -> bytes:
    """Make a lossless WebP that says a large size, and has next to no data (RFC 9649, 3.4)."""
    chunk = b"VP8L" + struct.pack("<L", 10) + b"\x2f" + struct.pack("<L", width - 1 | height - 1 << 14) + bytes(5)
    return b"RIFF" + struct.pack("<L", 4 + len(chunk)) + b"WEBP" + chunk
