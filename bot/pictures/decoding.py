"""Decodes a picture file as a viewer shows it.

It passes a stranger's bytes to C libraries, so it runs in the workshop.
"""

import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyvips

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.kinds.orientation import SIDEWAYS, UPRIGHT
from bot.pictures.look import check_size, kind_of

SHRINKS = (8, 4, 2)
"""The factors by which a JPEG shrinks at no cost (its blocks have eight pixels a side), and a WebP at less cost."""

_WHOLE_WEBP_PIXELS = 22_000_000
"""A larger WebP is decoded at half its size: it takes twelve bytes a pixel."""

_WHOLE_CMYK_PIXELS = 24_000_000
"""A larger CMYK JPEG is decoded at half its size: its colours take 60 ns a pixel."""

_FAIL_ON: Mapping[str, Any] = {"fail_on": "truncated"}
"""Only a truncated file fails. Other faults in a file are shown as viewers show them."""

Box = tuple[int, int]
"""The maximum width and height of a picture, in pixels."""


def decode(path: Path, within: Box) -> pyvips.Image:
    """Decode the first picture of a file: upright, sRGB or grey, eight bits a channel, without metadata.

    It is scaled down to fit `within`. Most of it is decoded when its pixels are read, and they can be read only once.
    An alpha channel is kept, even if every pixel is opaque. Raises `NotAPicture` and `PictureTooLarge`. Reading the
    pixels can fail too: translate that fault with `fault_of`.
    """
    with path.open("rb") as file:
        kind = kind_of(file)
    try:
        image = _OPENERS[kind](path, within)
        turned = _orientation(image)
        small = shrink(_in_eight_bits(image), within[::-1] if turned in SIDEWAYS else within)
        shown = _in_srgb(small)
        if turned != UPRIGHT:
            shown = in_memory(shown).autorot()
    except pyvips.Error as error:
        raise fault_of(error) from error
    return shown


def fault_of(error: Exception) -> NotAPicture | PictureTooLarge:
    """Translate a fault of a library. Only its text shows that memory was too short."""
    told = str(error).lower()
    if "memory" in told or "unable to encode" in told:
        return PictureTooLarge("a picture that takes more memory than we give")
    return NotAPicture("a file that cannot be decoded")


def is_read_once(image: pyvips.Image) -> bool:
    """Whether its pixels are read from the file as they are needed, and only once."""
    return bool(image.get_typeof("vips-sequential"))


def in_memory(image: pyvips.Image) -> pyvips.Image:
    """Decode all pixels into memory, so that they can be read again and again."""
    held = image.copy_memory()
    if is_read_once(held):
        held.remove("vips-sequential")
    return held


def fitted(width: int, height: int, within: Box) -> Box:
    """Return the size of a picture in its own shape, no larger than it is and no larger than `within`."""
    scale = min(1.0, within[0] / width, within[1] / height)
    return min(within[0], max(1, round(width * scale))), min(within[1], max(1, round(height * scale)))


def shrink(image: pyvips.Image, within: Box) -> pyvips.Image:
    """Scale an image of eight bits down to fit `within`. A smaller image is returned unchanged."""
    width, height = fitted(image.width, image.height, within)
    if (width, height) == (image.width, image.height):
        return image
    scales = {"vscale": height / image.height}
    if not image.hasalpha():
        return image.resize(width / image.width, **scales)
    smaller = image.premultiply().cast("uchar").resize(width / image.width, **scales).unpremultiply()
    return smaller.cast("uchar").copy(interpretation=image.interpretation)


def _orientation(image: pyvips.Image) -> int:
    return int(image.get("orientation")) if image.get_typeof("orientation") else UPRIGHT


def _in_eight_bits(image: pyvips.Image) -> pyvips.Image:
    """Convert to eight bits a channel, in grey, RGB or CMYK."""
    if image.interpretation == "cmyk":
        return image
    return image.colourspace("b-w" if image.interpretation in {"grey16", "b-w"} else "srgb")


def _in_srgb(image: pyvips.Image) -> pyvips.Image:
    """Convert to colours that need no profile."""
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", embedded=True, input_profile="cmyk", black_point_compensation=True)
    if not image.get_typeof("icc-profile-data"):
        return image
    try:
        return image.icc_transform("srgb", embedded=True)
    except pyvips.Error:  # the profile is for other colours than the picture's, or broken
        return image


# One opener for each kind. It opens the first page without decoding a pixel, at a smaller scale if that costs less.


def _open_jpeg(path: Path, within: Box) -> pyvips.Image:
    image = pyvips.Image.jpegload(str(path), access="sequential", **_FAIL_ON)
    check_size(image.width, image.height)
    factor = _needed_shrink(image, within)
    if image.interpretation == "cmyk" and image.width * image.height > _WHOLE_CMYK_PIXELS:
        factor = max(2, factor)
    if factor == 1:
        return image
    return pyvips.Image.jpegload(str(path), access="sequential", shrink=factor, **_FAIL_ON)


def _open_webp(path: Path, within: Box) -> pyvips.Image:
    image = pyvips.Image.webpload(str(path), access="sequential", **_FAIL_ON)
    check_size(image.width, image.height)
    factor = _needed_shrink(image, within)
    if image.width * image.height > _WHOLE_WEBP_PIXELS:
        factor = max(2, factor)
    if factor == 1:
        return image
    return pyvips.Image.webpload(str(path), access="sequential", scale=1 / factor, **_FAIL_ON)


def _needed_shrink(image: pyvips.Image, within: Box) -> int:
    """Return the factor by which decoding can shrink a picture without making it smaller than requested."""
    if _orientation(image) in SIDEWAYS:
        within = within[::-1]
    width, height = fitted(image.width, image.height, within)
    return next((n for n in SHRINKS if image.width // n >= width and image.height // n >= height), 1)


def _open_png(path: Path, within: Box) -> pyvips.Image:
    del within
    image = pyvips.Image.pngload(str(path), access="sequential", **_FAIL_ON)
    check_size(image.width, image.height)
    return image


def _open_gif(path: Path, within: Box) -> pyvips.Image:
    del within
    image = pyvips.Image.gifload(str(path), access="sequential", **_FAIL_ON)
    check_size(image.width, image.height)
    return image


def _open_avif(path: Path, within: Box) -> pyvips.Image:
    del within
    image = pyvips.Image.heifload(str(path), access="sequential", **_FAIL_ON)
    check_size(image.width, image.height)
    return image


def _open_heic(path: Path, within: Box) -> pyvips.Image:
    """Open with pi-heif, which has a decoder for HEVC; libvips has none. It turns the picture upright."""
    del within
    import pi_heif

    pi_heif.options.DECODE_THREADS = 1
    try:
        file = pi_heif.open_heif(path, convert_hdr_to_8bit=True)
        check_size(*file.size)
        pixels = memoryview(file.data)
        weakref.finalize(pixels, _drop, file)  # pi-heif 1.4 frees the pixels with the file, even if they are in use
    except (OSError, ValueError, RuntimeError, EOFError, LookupError, SyntaxError) as error:
        raise fault_of(error) from error
    if not file.info.get("primary"):
        raise NotAPicture("a HEIC without the picture that it names as its own")
    return _from_memory(pixels, *file.size, mode=file.mode, stride=file.stride, profile=file.info.get("icc_profile"))


def _drop(file: object) -> None:
    """Keep a file alive until this is called."""


def _from_memory(
    pixels: memoryview, width: int, height: int, *, mode: str, stride: int, profile: bytes | None
) -> pyvips.Image:
    bands = len(mode)
    if stride != width * bands or bands not in {1, 2, 3, 4}:
        raise NotAPicture(f"a HEIC of {mode}")
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    image = image.copy(interpretation="b-w" if bands <= 2 else "srgb")  # noqa: PLR2004  # grey, and grey with alpha
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image


_OPENERS: Mapping[str, Callable[[Path, Box], pyvips.Image]] = {
    "image/png": _open_png,
    "image/jpeg": _open_jpeg,
    "image/webp": _open_webp,
    "image/gif": _open_gif,
    "image/heic": _open_heic,
    "image/avif": _open_avif,
}
