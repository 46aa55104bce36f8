"""Nothing leaves with a picture but what shows it: whatever else is put into a file, wherever, stays here."""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bot.pictures.metadata import NotStripped, without_metadata
from tests.unit.image_api.streaming.spellings import UNHURRIED

SECRET = b"52.520008N 13.404954E"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

JPEG_NEEDED = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, *range(0xD0, 0xDA)}
"""Tables and scans of one's own may say anything, as the pixels may; restarts, start and end are no segments."""

PNG_KINDS = ["bKGD", "hIST", "sBIT", "sPLT", "tEXt", "zTXt", "iTXt", "eXIf", "tIME", "acTL", "fcTL", "fdAT", "caBX"]
PNG_KINDS += ["gAMA", "cHRM", "sRGB", "cICP", "mDCV", "cLLI", "pHYs"]


def drawn(mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((70, 50), 60).convert("RGB").convert(mode)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def clear(picture: Image.Image) -> Image.Image:
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


def pixels(data: bytes) -> tuple[str, bytes]:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.mode, picture.tobytes()


JPEGS = [
    saved(drawn(), "JPEG", quality=80),
    saved(drawn(), "JPEG", quality=80, progressive=True, icc_profile=PROFILE),
    saved(drawn("L"), "JPEG", restart_marker_blocks=2),
    saved(drawn(), "JPEG", icc_profile=PROFILE[:128] + bytes(150_000)),
]
PNGS = [
    saved(drawn(), "PNG"),
    saved(drawn("RGBA"), "PNG", icc_profile=PROFILE),
    saved(drawn("P"), "PNG", transparency=3, dpi=(300, 300)),
    saved(drawn("1"), "PNG"),
    saved(drawn("LA"), "PNG"),
    saved(drawn("L"), "PNG", transparency=7),
]
WEBPS = [
    saved(drawn(), "WEBP"),
    saved(drawn(), "WEBP", lossless=True, icc_profile=PROFILE),
    saved(clear(drawn()), "WEBP", icc_profile=PROFILE),
]


def jpeg_places(data: bytes) -> Iterator[int]:
    """Yield where a segment can begin, also between scans, up to the end."""
    position = 2
    while data[position + 1] != 0xD9:
        yield position
        (length,) = struct.unpack_from(">H", data, position + 2)
        is_scan, position = data[position + 1] == 0xDA, position + 2 + length
        while is_scan and not (data[position] == 0xFF and data[position + 1] not in {0, *range(0xD0, 0xD8)}):
            position += 1
    yield position


def png_places(data: bytes) -> Iterator[int]:
    position = 33
    while position < len(data):
        yield position
        position += 12 + struct.unpack_from(">L", data, position)[0]
    yield position


def webp_places(data: bytes) -> Iterator[int]:
    position = 12
    while position < len(data):
        yield position
        length = struct.unpack_from("<L", data, position + 4)[0]
        position += 8 + length + length % 2
    yield position


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L4s", len(body), kind) + body + struct.pack(">L", zlib.crc32(kind + body))


def riff(data: bytes) -> bytes:
    return data[:4] + struct.pack("<L", len(data) - 8) + data[8:]


def leaves_nothing_but_pixels(mime: str, original: bytes, told: bytes) -> None:
    """Check that the very pixels leave and nothing else, or that the file is decoded and written anew."""
    assert SECRET in told
    try:
        stripped = without_metadata(mime, told)
    except NotStripped:
        return
    assert SECRET not in stripped.data
    assert pixels(stripped.data) == pixels(original)


BODIES = st.sampled_from(
    [SECRET, b"ICC_PROFILE\0\1\1" + SECRET, b"Exif\0\0" + SECRET, b"Adobe" + SECRET, b"JFIF\0" + SECRET]
)


@UNHURRIED
@given(st.sampled_from(JPEGS), st.integers(0xC0, 0xFE).filter(lambda each: each not in JPEG_NEEDED), BODIES, st.data())
def test_no_segment_of_a_jpeg_leaves(data: bytes, marker: int, body: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.sampled_from(list(jpeg_places(data))))
    leaves_nothing_but_pixels("image/jpeg", data, data[:at] + segment(marker, body) + data[at:])


@pytest.mark.parametrize("marker", [*range(0xF0, 0xFE), 0xDE, 0xDF, 0xDC, 0xC8, *range(0x02, 0xC0), 0xFE], ids=hex)
def test_reserved_segments_of_a_jpeg_are_left_out_and_its_pixels_stay(marker: int) -> None:
    data = JPEGS[0]
    (at, *_) = jpeg_places(data)
    stripped = without_metadata("image/jpeg", data[:at] + segment(marker, SECRET) + data[at:])
    assert SECRET not in stripped.data
    assert pixels(stripped.data) == pixels(data)


@pytest.mark.parametrize("marker", [0xC0, 0xC4, 0xDA, 0xDB, 0xDD], ids=hex)
def test_what_is_needed_of_a_jpeg_has_nothing_behind_it(marker: int) -> None:
    data = JPEGS[2]
    at = data.index(bytes([0xFF, marker]))
    (length,) = struct.unpack_from(">H", data, at + 2)
    longer = segment(marker, data[at + 4 : at + 2 + length] + SECRET)
    with pytest.raises(NotStripped):
        without_metadata("image/jpeg", data[:at] + longer + data[at + 2 + length :])


KINDS = st.one_of(st.sampled_from(PNG_KINDS), st.text(alphabet="abcdefghABCDEFGH", min_size=4, max_size=4)).map(
    str.encode
)


@UNHURRIED
@given(st.sampled_from(PNGS), KINDS, st.integers(0, 2), st.data())
def test_no_chunk_of_a_png_leaves(data: bytes, kind: bytes, copies: int, draw: st.DataObject) -> None:
    at = draw.draw(st.sampled_from(list(png_places(data))))
    body = SECRET * copies + draw.draw(st.sampled_from([SECRET, SECRET + b"\0\0" + zlib.compress(PROFILE)]))
    leaves_nothing_but_pixels("image/png", data, data[:at] + chunk(kind, body) + data[at:])


@pytest.mark.parametrize("kind", [*PNG_KINDS, "PLTE", "tRNS", "iCCP"])
def test_chunks_of_odd_sizes_do_not_leave(kind: str) -> None:
    data = PNGS[0]
    leaves_nothing_but_pixels("image/png", data, data[:33] + chunk(kind.encode(), SECRET) + data[33:])
    leaves_nothing_but_pixels("image/png", data, data[:33] + chunk(kind.encode(), SECRET * 9) + data[33:])


def idat(data: bytes) -> tuple[int, bytes]:
    at = data.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">L", data, at)
    return at, data[at + 8 : at + 8 + length]


@pytest.mark.parametrize("data", PNGS)
def test_nothing_leaves_behind_the_pixels_of_a_png(data: bytes) -> None:
    at, packed = idat(data)
    end = at + 12 + len(packed)
    for told in (
        data[:at] + chunk(b"IDAT", packed + SECRET) + data[end:],
        data[:end] + chunk(b"IDAT", SECRET) + data[end:],
        data[:at] + b"".join(chunk(b"IDAT", part) for part in (packed[:9], b"", packed[9:], SECRET)) + data[end:],
    ):
        stripped = without_metadata("image/png", told)
        assert SECRET not in stripped.data
        assert pixels(stripped.data) == pixels(data)


@pytest.mark.parametrize("change", [SECRET, -1], ids=["more", "fewer"])
def test_a_png_of_more_or_fewer_pixels_than_it_says_is_written_anew(change: bytes | int) -> None:
    at, packed = idat(PNGS[0])
    raw = zlib.decompress(packed)
    changed = raw + change if isinstance(change, bytes) else raw[:change]
    with pytest.raises(NotStripped):
        without_metadata("image/png", PNGS[0][:at] + chunk(b"IDAT", zlib.compress(changed)) + PNGS[0][-12:])


def test_a_bomb_of_a_png_is_not_unpacked_to_its_end() -> None:
    at, _ = idat(PNGS[0])
    packing = zlib.compressobj()
    bomb = b"".join(packing.compress(bytes(1 << 20)) for _ in range(300)) + packing.flush()
    with pytest.raises(NotStripped, match="more pixels"):
        without_metadata("image/png", PNGS[0][:at] + chunk(b"IDAT", bomb) + PNGS[0][-12:])


def test_an_interlaced_png_stays_as_it_is() -> None:
    """Seven small pictures, of which some have no pixel: 5 × 3 pixels."""
    passes = ((1, 1), (1, 1), (2, 0), (1, 1), (3, 1), (2, 2), (5, 1))
    raw = b"".join((b"\0" + bytes(range(3 * columns))) * rows for columns, rows in passes)
    header = struct.pack(">LLBBBBB", 5, 3, 8, 2, 0, 0, 1)
    data = PNGS[0][:8] + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    assert without_metadata("image/png", data).data == data


@UNHURRIED
@given(st.sampled_from(WEBPS), st.sampled_from(b"EXIF XMP  ICCP ALPH VP8  VP8L VP8X ANIM abcd".split(b" ")), st.data())
def test_no_chunk_of_a_webp_leaves(data: bytes, kind: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.sampled_from([place for place in webp_places(data) if place > 12]))
    told = struct.pack("<4sL", kind.ljust(4), len(SECRET)) + SECRET + b"!"
    leaves_nothing_but_pixels("image/webp", data, riff(data[:at] + told + data[at:]))


@pytest.mark.parametrize(("mime", "files"), [("image/jpeg", JPEGS), ("image/png", PNGS), ("image/webp", WEBPS)])
def test_what_stands_after_the_end_does_not_leave(mime: str, files: Sequence[bytes]) -> None:
    for data in files[:3]:
        stripped = without_metadata(mime, data + SECRET)
        assert SECRET not in stripped.data
        assert pixels(stripped.data) == pixels(data)


@pytest.mark.parametrize(("mime", "files"), [("image/jpeg", JPEGS[:3]), ("image/png", PNGS), ("image/webp", WEBPS)])
def test_what_tells_nothing_stays_to_the_byte_and_twice_is_as_once(mime: str, files: Sequence[bytes]) -> None:
    for data in files:
        once = without_metadata(mime, data).data
        assert pixels(once) == pixels(data)
        assert without_metadata(mime, once).data == once


def test_a_profile_ends_where_it_says() -> None:
    longer = saved(drawn(), "JPEG", icc_profile=PROFILE + SECRET)
    assert SECRET in longer
    stripped = without_metadata("image/jpeg", longer)
    assert SECRET not in stripped.data
    with Image.open(io.BytesIO(stripped.data)) as picture:
        assert picture.info["icc_profile"] == PROFILE


@pytest.mark.parametrize(("mime", "files"), [("image/jpeg", JPEGS), ("image/png", PNGS), ("image/webp", WEBPS)])
def test_no_more_bytes_leave_than_wanted(mime: str, files: Sequence[bytes]) -> None:
    size = len(without_metadata(mime, files[0]).data)
    assert len(without_metadata(mime, files[0], size).data) == size
    with pytest.raises(NotStripped, match="more bytes"):
        without_metadata(mime, files[0], size - 1)


@pytest.mark.parametrize("mime", ["image/gif", "image/heic", "image/avif"])
def test_other_kinds_are_always_written_anew(mime: str) -> None:
    with pytest.raises(NotStripped):
        without_metadata(mime, b"whatever")
