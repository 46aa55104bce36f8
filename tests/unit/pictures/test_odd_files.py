"""Odd files are normalised, or refused with a sentence: nothing else comes of any."""

import io
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.chat import StoredPicture
from bot.domain.errors import NotAPicture, PictureFault, PictureTooLarge
from bot.domain.presentation import Encoding
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from tests.unit.pictures.drawn import (
    gif_header,
    heic,
    heic_of_tiles,
    heic_of_zeros,
    noise,
    png_16,
    png_chunk,
    png_header,
    saved,
    webp_header,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKSHOP = Workshop()  # one for all, since a process takes a moment to start

PREVIEW = Encoding(
    mime="image/jpeg", transparent_mime="image/webp", quality=85, width=1000, height=1000, most_bytes=500_000
)
OTHER = Image.new("RGB", (90, 60), "green")


def without_adobe(jpeg: bytes) -> bytes:
    """Make a CMYK JPEG that says nothing of how its inks are counted."""
    start = jpeg.index(b"\xff\xee")
    return jpeg[:start] + jpeg[start + 16 :]


NORMALISED: Mapping[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "CMYK": (lambda: saved(noise((90, 60), "CMYK"), "JPEG"), (90, 60)),
    "CMYK without Adobe": (lambda: without_adobe(saved(noise((90, 60), "CMYK"), "JPEG")), (90, 60)),
    "grey of 16 bits": (lambda: saved(noise((90, 60), "I;16"), "PNG"), (90, 60)),
    "colour of 16 bits": (lambda: png_16(90, 60, (1, 2, 3)), (90, 60)),
    "animated GIF": (lambda: saved(noise((90, 60)), "GIF", save_all=True, append_images=[OTHER]), (90, 60)),
    "animated WebP": (lambda: saved(noise((90, 60)), "WEBP", save_all=True, append_images=[OTHER]), (90, 60)),
    "animated PNG": (lambda: saved(noise((90, 60)), "PNG", save_all=True, append_images=[OTHER]), (90, 60)),
    "HEIC": (lambda: heic(noise((90, 60))), (90, 60)),
    "AVIF": (lambda: saved(noise((90, 60)), "AVIF"), (90, 60)),
    "one pixel": (lambda: saved(Image.new("RGBA", (1, 1)), "PNG"), (1, 1)),
    "20,000 pixels wide": (lambda: saved(noise((20_000, 100)), "JPEG"), (1000, 5)),
    "20,000 pixels high": (lambda: saved(noise((100, 20_000)), "PNG"), (5, 1000)),
}


def bomb_png() -> bytes:
    """Make a few kilobytes that say four billion pixels."""
    return png_header(65_000, 65_000) + png_chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + png_chunk(b"IEND", b"")


REFUSED: Mapping[str, tuple[Callable[[], bytes], type[PictureFault]]] = {
    "no bytes": (lambda: b"", NotAPicture),
    "words": (lambda: b"not a picture", NotAPicture),
    "half a JPEG": (lambda: saved(noise((90, 60)), "JPEG")[:2000], NotAPicture),
    "half a HEIC": (lambda: heic(noise((90, 60)))[:2000], NotAPicture),
    "HEIC of zeros": (lambda: heic_of_zeros(90, 60), NotAPicture),
    "GIF of bombs": (lambda: gif_header(65_000, 65_000), PictureTooLarge),
    "PNG of bombs": (bomb_png, PictureTooLarge),
    "WebP of bombs": (lambda: webp_header(16_384, 16_384), PictureTooLarge),
    "HEIC of bombs": (lambda: heic_of_tiles(200, 4096), PictureTooLarge),
    "HEIC of thousands of tiles": (lambda: heic_of_tiles(3000, 64), NotAPicture),
    "WebP that is large and empty": (lambda: webp_header(9000, 9000), PictureFault),
}


async def come_in(data: bytes, files: FolderPictures) -> StoredPicture:
    async with files.new_file() as file:
        await file.write(data)
        return await file.finish()


@pytest.mark.parametrize("name", NORMALISED)
async def test_what_is_odd_and_a_picture_is_normalised(name: str, tmp_path: Path) -> None:
    made, size = NORMALISED[name]
    files = await FolderPictures.open(tmp_path, WORKSHOP)
    preview = await files.encoded(await come_in(made(), files), PREVIEW)
    assert (preview.width, preview.height) == size
    data = b"".join([piece async for piece in files.read(preview.sha256)])
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.mode in {"L", "RGB", "RGBA"}
        assert getattr(picture, "n_frames", 1) == 1


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_picture_or_too_large_is_refused(name: str, tmp_path: Path) -> None:
    made, fault = REFUSED[name]
    files = await FolderPictures.open(tmp_path, WORKSHOP)
    with pytest.raises(fault):
        await files.encoded(await come_in(made(), files), PREVIEW)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_is_what_its_bytes_are_whatever_its_name_says(kind: str, tmp_path: Path) -> None:
    files = await FolderPictures.open(tmp_path, WORKSHOP)
    original = await come_in(saved(noise((90, 60)), kind), files)
    async with files.local_file(original.sha256) as path:
        assert path.suffix == {"JPEG": ".jpg"}.get(kind, f".{kind.lower()}")
    assert (await files.encoded(original, PREVIEW)).mime == "image/jpeg"
