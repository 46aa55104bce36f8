"""A picture written anew satisfies its encoding, whatever the picture and whatever the encoding."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageStat

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.domain.presentation import Encoding
from bot.pictures.encoding import encode
from bot.pictures.look import look
from bot.pictures.workshop import Limits, Workshop
from tests.unit.image_api.streaming.spellings import UNHURRIED
from tests.unit.pictures.drawn import noise, png_16, saved

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKSHOP = Workshop()  # one for all, since a process takes a moment to start

MIMES = ["image/jpeg", "image/webp", "image/png"]
KINDS = {"L": ["PNG", "JPEG"], "LA": ["PNG"], "P": ["PNG", "GIF"], "RGB": ["PNG", "JPEG", "WEBP", "AVIF"]} | {
    "RGBA": ["PNG", "WEBP", "AVIF"], "CMYK": ["JPEG"], "I;16": ["PNG"],
}  # fmt: skip


def encoding(mime: str = "image/jpeg", **changes: object) -> Encoding:
    usual = {"transparent_mime": None, "quality": 85, "width": 2000, "height": 2000, "most_bytes": 1_000_000}
    return Encoding(mime=mime, **(usual | changes))  # type: ignore[arg-type]  # the tests' own


async def encoded(data: bytes, wanted: Encoding, workshop: Workshop | None = None) -> tuple[bytes, Image.Image]:
    """Return the new file, and its pixels as another decoder has them."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.write_bytes(data)
        await encode(source, wanted, target, workshop or WORKSHOP)
        made = target.read_bytes()
        picture = Image.open(io.BytesIO(made))
        picture.load()
        assert look(target).mime == f"image/{(picture.format or '').lower()}"
    return made, picture


@UNHURRIED
@given(st.sampled_from(sorted(KINDS)), st.integers(1, 400), st.integers(1, 400), st.integers(1, 8), st.data())
async def test_any_picture_satisfies_any_encoding(
    mode: str, width: int, height: int, orientation: int, data: st.DataObject
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    kind = data.draw(st.sampled_from(KINDS[mode]))
    options = {} if kind == "GIF" else {"exif": exif}
    wanted = encoding(
        data.draw(st.sampled_from(MIMES)),
        transparent_mime=data.draw(st.sampled_from([None, *MIMES[1:]])),
        quality=data.draw(st.integers(1, 100)),
        width=data.draw(st.integers(1, 500)),
        height=data.draw(st.integers(1, 500)),
        most_bytes=data.draw(st.sampled_from([2_000, 20_000, 1_000_000])),
    )
    made, picture = await encoded(saved(noise((width, height), mode), kind, **options), wanted)
    shown = (height, width) if orientation > 4 and kind != "GIF" else (width, height)
    assert len(made) <= wanted.most_bytes
    assert picture.width <= min(wanted.width, shown[0])
    assert picture.height <= min(wanted.height, shown[1])
    scale = max(picture.size) / max(shown)
    assert abs(picture.width - shown[0] * scale) <= 1
    assert abs(picture.height - shown[1] * scale) <= 1
    assert picture.info.keys().isdisjoint({"exif", "icc_profile", "xmp", "comment"})
    assert not picture.getexif()


async def test_what_fits_keeps_its_quality_and_its_pixels() -> None:
    data = saved(noise((300, 200)), "PNG")
    made, picture = await encoded(data, encoding())
    alone, _ = await encoded(data, encoding(most_bytes=len(made)))
    assert (made, picture.size) == (alone, (300, 200))


async def test_quality_gives_way_before_pixels_do() -> None:
    data = saved(noise((600, 400)), "PNG")
    whole, _ = await encoded(data, encoding())
    _, a_little_less = await encoded(data, encoding(most_bytes=len(whole) * 8 // 10))
    _, much_less = await encoded(data, encoding(most_bytes=len(whole) // 5))
    assert a_little_less.size == (600, 400)
    assert 200 < much_less.width < 400


async def test_what_cannot_be_made_to_fit_is_told() -> None:
    with pytest.raises(PictureTooLarge):
        await encoded(saved(noise((100, 100)), "PNG"), encoding(most_bytes=100))


@pytest.mark.parametrize(("mime", "expected"), [(None, "JPEG"), ("image/webp", "WEBP"), ("image/png", "PNG")])
async def test_what_is_seen_through_stays_so_or_is_put_on_white(mime: str | None, expected: str) -> None:
    clear = Image.new("RGBA", (60, 40), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 20, 40))
    _, picture = await encoded(saved(clear, "PNG"), encoding(transparent_mime=mime))
    assert picture.format == expected
    corner = picture.convert("RGBA").getpixel((55, 20))
    assert isinstance(corner, tuple)
    assert min(corner[:3]) > 250 if mime is None else corner[3] == 0


async def test_a_channel_for_transparency_that_is_not_used_is_left_out() -> None:
    opaque = noise((60, 40)).convert("RGBA")
    _, picture = await encoded(saved(opaque, "PNG"), encoding(transparent_mime="image/webp"))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")


async def test_a_wide_gamut_becomes_srgb() -> None:
    """A profile whose red and green are exchanged: a picture that is red by its numbers is shown green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = bytearray(bytes(profile).replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ"))
    for kind in ("PNG", "JPEG", "WEBP"):
        data = saved(Image.new("RGB", (50, 50), (250, 10, 10)), kind, icc_profile=bytes(profile))
        _, picture = await encoded(data, encoding("image/png"))
        red, green, _ = ImageStat.Stat(picture).mean
        assert (red < 60, green > 200) == (True, True)


async def test_a_profile_that_is_broken_or_of_other_colours_is_left_out() -> None:
    for profile in (b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()):
        data = saved(Image.new("RGB", (50, 50), (250, 10, 10)), "PNG", icc_profile=profile)
        _, picture = await encoded(data, encoding("image/png"))
        assert picture.convert("RGB").getpixel((5, 5)) == (250, 10, 10)


async def test_cmyk_is_shown_in_its_colours() -> None:
    for options in ({}, {"icc_profile": b"no profile"}):
        yellow = saved(Image.new("CMYK", (50, 50), (0, 0, 255, 0)), "JPEG", **options)
        _, picture = await encoded(yellow, encoding("image/png"))
        red, green, blue = ImageStat.Stat(picture.convert("RGB")).mean
        assert (red > 200, green > 190, blue < 110) == (True, True, True)


@pytest.mark.parametrize("rgb", [(0xFFFF, 0x8000, 0), (0x1234, 0x5678, 0x9ABC)])
async def test_of_sixteen_bits_the_upper_eight_are_shown(rgb: tuple[int, int, int]) -> None:
    _, picture = await encoded(png_16(40, 30, rgb), encoding("image/png"))
    assert picture.getpixel((5, 5)) == tuple(channel >> 8 for channel in rgb)


async def test_what_is_no_picture_is_told() -> None:
    for data in (b"", b"text", saved(noise((90, 90)), "PNG")[:900], saved(noise((90, 90)), "WEBP")[:900]):
        with pytest.raises(NotAPicture):
            await encoded(data, encoding())


async def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await encode(tmp_path / "none", encoding(), tmp_path / "target", WORKSHOP)


@pytest.mark.parametrize("limits", [Limits(cpu_seconds=0.02), Limits(memory_bytes=20_000_000)], ids=["time", "memory"])
async def test_a_picture_that_takes_more_than_it_is_given_is_too_large(limits: Limits) -> None:
    data = saved(Image.new("RGB", (4000, 3000)), "JPEG", progressive=True)
    with pytest.raises(PictureTooLarge):
        await encoded(data, encoding(), Workshop(limits, at_once=1))
