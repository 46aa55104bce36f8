"""What goes along with a request is upright, of a kind every endpoint reads, small enough, and tells nothing else."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from bot.domain.chat import StoredPicture
from bot.domain.image_faults import ReferencesTooLarge, ReferenceUnreadable
from bot.pictures.look import look
from bot.pictures.references import Reference
from bot.pictures.references import to_references as made_in
from bot.pictures.workshop import Workshop
from bot.ports import SourcePicture
from tests.local_files import local_file
from tests.unit.image_api.streaming.spellings import UNHURRIED

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKSHOP = Workshop()  # one for all, since a process takes a moment to start

SECRET = b"52.520008N 13.404954E"
ROOMY = 15_000_000
GOOGLES_LIMIT = 7_000_000
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def corner(size: tuple[int, int] = (90, 60), mode: str = "RGB") -> Image.Image:
    """Draw a blue picture with a red square in the corner at the top left."""
    picture = Image.new("RGB", size, "blue")
    picture.paste((255, 0, 0), (0, 0, size[0] // 3, size[1] // 3))
    return picture.convert(mode)


def telling(orientation: int = 1) -> Image.Exif:
    """Make EXIF data that say where the picture was taken, and how it is turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[0x001D] = SECRET.decode()
    return exif


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def heic(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=90, **options)
    return file.getvalue()


def png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
    return info


def with_thumbnail_after(data: bytes) -> bytes:
    return data + b"\xff\xd8" + SECRET + b"\xff\xd9"


TELLING: Mapping[str, Callable[[], bytes]] = {
    "jpeg": lambda: with_thumbnail_after(
        saved(corner(), "JPEG", exif=telling(), comment=SECRET, xmp=SECRET, icc_profile=PROFILE)
    ),
    "progressive jpeg": lambda: saved(corner(), "JPEG", progressive=True, exif=telling(), icc_profile=PROFILE),
    "png": lambda: saved(corner(), "PNG", exif=telling(), pnginfo=png_text(), icc_profile=PROFILE),
    "webp": lambda: saved(corner(), "WEBP", exif=telling(), xmp=SECRET, icc_profile=PROFILE, lossless=True),
    "avif": lambda: saved(corner(), "AVIF", exif=telling(), xmp=SECRET, icc_profile=PROFILE),
    "heic": lambda: heic(corner(), exif=telling().tobytes(), xmp=SECRET),
    "gif": lambda: saved(corner(), "GIF", comment=SECRET),
}


def source(data: bytes, folder: Path) -> SourcePicture:
    """Make a source as the bot keeps it: looked at, and a file."""
    path = folder / "source"
    path.write_bytes(data)
    seen = look(path)

    picture = StoredPicture(
        sha256=sha256(data).hexdigest(), mime=seen.mime, width=seen.width, height=seen.height, size_bytes=len(data)
    )
    return SourcePicture(picture=picture, open_file=lambda: local_file(data))


async def to_references(
    sources: Sequence[SourcePicture], *, most_bytes: int, most_file_bytes: int | None = None
) -> tuple[Reference, ...]:
    return await made_in(sources, most_bytes=most_bytes, most_file_bytes=most_file_bytes, workshop=WORKSHOP)


async def prepared(
    data: bytes, folder: Path, *, most_bytes: int = ROOMY, most_file_bytes: int | None = None
) -> Reference:
    (reference,) = await to_references([source(data, folder)], most_bytes=most_bytes, most_file_bytes=most_file_bytes)
    assert b"".join([piece async for piece in reference.read()]) == reference.data
    return reference


def opened(reference: Reference) -> Image.Image:
    picture = Image.open(io.BytesIO(reference.data), formats=[reference.mime.removeprefix("image/")])
    picture.load()
    assert not picture.getexif()
    return picture


def is_red(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return bool(pixel[0] > 180 and pixel[2] < 90)


@pytest.mark.parametrize("kind", TELLING)
async def test_nothing_is_told_but_the_picture(kind: str, tmp_path: Path) -> None:
    data = TELLING[kind]()
    if kind != "heic":  # its library packs the text
        assert SECRET in data
    reference = await prepared(data, tmp_path)
    assert SECRET not in reference.data
    assert not any(mark in reference.data for mark in (b"Exif", b"EXIF", b"eXIf", b"GPS", b"xmp", b"XMP", b"Comment"))
    picture = opened(reference)
    assert (picture.size, is_red(picture.convert("RGB").getpixel((5, 5)))) == ((90, 60), True)


@pytest.mark.parametrize("kind", ["jpeg", "progressive jpeg", "png", "webp"])
async def test_the_picture_itself_stays_as_it_was(kind: str, tmp_path: Path) -> None:
    data = TELLING[kind]()
    before = Image.open(io.BytesIO(data))
    after = opened(await prepared(data, tmp_path))
    assert after.tobytes() == before.convert(after.mode).tobytes()
    assert after.info["icc_profile"] == PROFILE
    assert after.format == before.format


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_it_is_upright(kind: str, orientation: int, tmp_path: Path) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what turns upright into this, as Pillow's Transpose has it
    lying = corner().transpose(Image.Transpose(undo[orientation])) if orientation in undo else corner()
    reference = await prepared(saved(lying, kind, exif=telling(orientation)), tmp_path)
    picture = opened(reference).convert("RGB")
    assert picture.size == (90, 60)
    assert [is_red(picture.getpixel(at)) for at in ((5, 5), (85, 5), (5, 55), (85, 55))] == [True, False, False, False]


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]
KINDS_BY_MODE: Mapping[str, tuple[str, ...]] = {
    "1": ("PNG",),
    "L": ("PNG", "JPEG", "GIF"),
    "LA": ("PNG",),
    "P": ("PNG", "GIF"),
    "RGB": ("PNG", "JPEG", "WEBP", "AVIF"),
    "RGBA": ("PNG", "WEBP", "AVIF"),
    "CMYK": ("JPEG",),
    "I;16": ("PNG",),
}


@UNHURRIED
@given(st.sampled_from(MODES), st.integers(1, 900), st.integers(1, 900), st.integers(1, 8), st.data())
async def test_any_picture_comes_out_within_bounds(
    mode: str, width: int, height: int, orientation: int, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(KINDS_BY_MODE[mode]))
    picture = Image.effect_noise((width, height), 90)
    picture = picture.convert("RGB").convert(mode) if mode != "I;16" else picture.convert("I").convert("I;16")
    options = {} if kind == "GIF" else {"exif": telling(orientation)}
    came = saved(picture, kind, **options)
    most_bytes = data.draw(st.sampled_from([ROOMY, 300_000]))
    with TemporaryDirectory() as folder:
        reference = await prepared(came, Path(folder), most_bytes=most_bytes)
    after = opened(reference)
    shown = (height, width) if orientation > 4 and kind != "GIF" else (width, height)
    assert reference.size_bytes <= most_bytes
    assert reference.mime in {"image/png", "image/jpeg", "image/webp"}
    scale = after.width / shown[0]
    assert abs(after.height - shown[1] * scale) <= 1 + scale
    assert SECRET not in reference.data


async def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    clear = corner(mode="RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    reference = await prepared(saved(clear, "AVIF"), tmp_path)
    alpha = opened(reference).convert("RGBA").getchannel("A").histogram()
    assert (reference.mime, sum(alpha[:20]) > 100, sum(alpha[230:]) > 100) == ("image/webp", True, True)


async def test_of_an_animation_the_first_picture_goes_along(tmp_path: Path) -> None:
    frames = [corner(), Image.new("RGB", (90, 60), "green")]
    for kind in ("GIF", "WEBP", "PNG"):
        reference = await prepared(saved(frames[0], kind, save_all=True, append_images=frames[1:]), tmp_path)
        picture = opened(reference)
        assert getattr(picture, "n_frames", 1) == 1
        assert is_red(picture.convert("RGB").getpixel((5, 5)))


def noise(width: int, height: int, kind: str, **options: object) -> bytes:
    red, green, blue = (Image.effect_noise((width, height), 100) for _ in range(3))
    return saved(Image.merge("RGB", (red, green, blue)), kind, **options)


async def test_large_ones_give_way_and_small_ones_stay(tmp_path: Path) -> None:
    large, small = noise(1400, 1200, "PNG", compress_level=1), saved(corner(), "PNG")
    sources = [source(data, tmp_path) for data in (large, small, large)]
    first, second, third = await to_references(sources, most_bytes=2_000_000)
    assert second.data == small
    assert first.size_bytes + second.size_bytes + third.size_bytes <= 2_000_000
    assert min(opened(first).size) >= 512
    assert first.data == third.data


async def test_one_file_is_never_larger_than_the_model_takes(tmp_path: Path) -> None:
    data = noise(2200, 1500, "PNG", compress_level=0)
    assert len(data) > GOOGLES_LIMIT
    reference = await prepared(data, tmp_path, most_bytes=90_000_000, most_file_bytes=GOOGLES_LIMIT)
    assert reference.size_bytes <= GOOGLES_LIMIT
    assert opened(reference).size[0] > 1500


async def test_without_a_limit_for_one_file_a_large_one_goes_as_it_is(tmp_path: Path) -> None:
    data = noise(2200, 1500, "PNG", compress_level=0)
    assert len(data) > GOOGLES_LIMIT
    assert (await prepared(data, tmp_path, most_bytes=90_000_000)).data == data


async def test_what_cannot_be_made_to_fit_is_told(tmp_path: Path) -> None:
    data = noise(700, 600, "JPEG", quality=95)
    with pytest.raises(ReferencesTooLarge):
        await to_references([source(data, tmp_path)] * 14, most_bytes=200_000)


async def test_what_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    data = bytearray(heic(corner((640, 480))))
    start = data.index(b"mdat") + 8
    data[start:-1] = bytes(len(data) - start - 1)  # whole, by its boxes; but there is no picture in them
    with pytest.raises(ReferenceUnreadable):
        await to_references([source(bytes(data), tmp_path)], most_bytes=ROOMY)


def with_segments(jpeg: bytes) -> bytes:
    """Make a JPEG with a thumbnail in its JFIF segment, and something behind what Adobe's says."""
    (length,) = struct.unpack_from(">H", jpeg, 4)
    jfif = jpeg[6:18] + bytes([1, 1]) + b"RGB" + SECRET
    adobe = b"Adobe\0\x64\0\0\0\0\1" + SECRET
    segments = (struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body for kind, body in ((0xE0, jfif), (0xEE, adobe)))
    return jpeg[:2] + b"".join(segments) + jpeg[4 + length :]


def with_palette_name(png: bytes) -> bytes:
    body = SECRET + b"\0\x08" + bytes(6)
    at = png.index(b"IDAT") - 4
    chunk = struct.pack(">L", len(body)) + b"sPLT" + body + struct.pack(">L", zlib.crc32(b"sPLT" + body))
    return png[:at] + chunk + png[at:]


@pytest.mark.parametrize("kind", ["jpeg", "png"])
async def test_nothing_hides_in_what_is_kept(kind: str, tmp_path: Path) -> None:
    data = with_segments(saved(corner(), "JPEG")) if kind == "jpeg" else with_palette_name(saved(corner(), "PNG"))
    assert SECRET in data
    reference = await prepared(data, tmp_path)
    assert SECRET not in reference.data
    assert is_red(opened(reference).convert("RGB").getpixel((5, 5)))


async def test_a_long_one_with_transparency_is_made_shorter(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (17_000, 20), (255, 0, 0, 128))
    reference = await prepared(saved(picture, "PNG", exif=telling(3)), tmp_path)
    assert (reference.mime, opened(reference).size) == ("image/webp", (12_288, 14))


async def test_one_that_takes_too_much_memory_is_told(tmp_path: Path) -> None:
    data = saved(Image.new("RGB", (9000, 7000)), "WEBP", exif=telling(3), quality=1, method=0)
    with pytest.raises(ReferencesTooLarge):
        await to_references([source(data, tmp_path)], most_bytes=ROOMY)


async def test_a_grey_profile_does_not_go_along_with_colours(tmp_path: Path) -> None:
    grey = PROFILE[:16] + b"GRAY" + PROFILE[20:]
    reference = await prepared(saved(corner(), "PNG", icc_profile=grey, exif=telling(3)), tmp_path)
    assert "icc_profile" not in opened(reference).info


async def test_no_source_no_reference() -> None:
    assert await to_references([], most_bytes=ROOMY) == ()
