"""Re-encodes a picture: upright, in sRGB, without metadata, and small enough. Runs in the workshop."""

from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import pyvips

from bot.domain.errors import PictureTooLarge
from bot.domain.presentation import Encoding
from bot.pictures.decoding import Box, decode, fault_of, fitted, in_memory, is_read_once, shrink

LEAST_QUALITY = 60
"""Below this, blocks become visible, and soon the same bytes look better with fewer pixels: see
docs/decisions/0016-picture-libraries.md."""

_MOST_STEPS = 16
_LONGEST_WEBP_SIDE = 16_383
"""The maximum side of a WebP, in pixels (RFC 9649, 2.4)."""

_MOST_WEBP_PIXELS = 17_000_000
"""The WebP encoder takes eight bytes a pixel, and a fifth of a picture's time limit at this size, which is 4K."""

_MOST_PNG_RATIO = 6
"""If the pixels have more than this many times the allowed bytes, the picture is scaled down at once, because an
attempt takes seconds.
"""

_HELD_BYTES = 150_000_000
"""The maximum bytes of pixels kept in memory, if they may be needed twice."""

_QUICK_PNG_PIXELS = 20_000_000
"""A PNG up to this size (4K too) is decoded while it is encoded, and in most cases only once."""

_OPAQUE = _WHITE = 255
_MARGIN = 0.97
_PNG_POWER = 0.75
"""The bytes of a PNG fall slower than its pixels: a smaller picture has more detail per pixel."""

_PIXELS_PER_MM = 72 / 25.4
"""The print resolution of a picture that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """A re-encoded picture file."""

    mime: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The lowest quality and size that are acceptable to make a picture fit."""

    quality: int = LEAST_QUALITY
    longest_side: int = 1  # pixels


def recode(path: Path, encoding: Encoding, floor: Floor) -> Recoded:
    """Re-encode the first picture of a file, in one pass if its bytes are not too many.

    If they are, the quality is reduced down to the floor, and then the number of pixels. Blocking. Raises `NotAPicture`
    if it cannot be decoded, and `PictureTooLarge` if even the floor does not fit.
    """
    try:
        image, mime = _opened(path, (encoding.width, encoding.height), encoding)
        attempt = _Attempt(size=(image.width, image.height), quality=encoding.quality)
        data = _write(image, mime, attempt.quality)
        if len(data) <= encoding.most_bytes:
            return Recoded(mime=mime, data=data)
        attempt = attempt.next(len(data), mime, encoding.most_bytes, floor)
        if is_read_once(image):
            del image  # otherwise its decoder's memory would be used twice
            image, mime = _opened(path, attempt.size, encoding)
            image = in_memory(image)
        return _fit(image, attempt, mime, encoding, floor)
    except pyvips.Error as error:
        raise fault_of(error) from error


def _opened(path: Path, within: Box, encoding: Encoding) -> tuple[pyvips.Image, str]:
    """Decode the picture to encode.

    Returns it with its MIME type: the transparent one only if a pixel is transparent.
    """
    within = _with_room(within, encoding.mime)
    image = _held(decode(path, within))
    if not image.hasalpha():
        return _compressible(image, encoding.mime, encoding.most_bytes), encoding.mime
    is_opaque = image[image.bands - 1].min() == _OPAQUE
    mime = encoding.mime if is_opaque else encoding.transparent_mime or encoding.mime
    if is_read_once(image):
        image = decode(path, _with_room(within, mime))
    if is_opaque:
        image = image[0 : image.bands - 1]
    elif encoding.transparent_mime is None:
        image = image.flatten(background=_WHITE)
    return _compressible(image, mime, encoding.most_bytes), mime


def _with_room(within: Box, mime: str) -> Box:
    if mime != "image/webp":
        return within
    return min(within[0], _LONGEST_WEBP_SIDE), min(within[1], _LONGEST_WEBP_SIDE)


def _held(image: pyvips.Image) -> pyvips.Image:
    """Load it into memory if it is likely to be read twice: for its transparency, or because it decodes slowly."""
    is_large_png = image.width * image.height > _QUICK_PNG_PIXELS and _loader_of(image).startswith("png")
    is_wanted = is_read_once(image) and (image.hasalpha() or is_large_png)
    return in_memory(image) if is_wanted and image.width * image.height * image.bands <= _HELD_BYTES else image


def _loader_of(image: pyvips.Image) -> str:
    return str(image.get("vips-loader")) if image.get_typeof("vips-loader") else ""


def _compressible(image: pyvips.Image, mime: str, most_bytes: int) -> pyvips.Image:
    """Scale down to the pixels that the encoder of this kind can process within the limits."""
    pixels = image.width * image.height
    most = {"image/webp": _MOST_WEBP_PIXELS, "image/png": most_bytes * _MOST_PNG_RATIO // image.bands}.get(mime, pixels)
    scale = min(1.0, sqrt(most / pixels))
    room = _with_room((max(1, int(image.width * scale)), max(1, int(image.height * scale))), mime)
    return shrink(image, room)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """The size and quality of one encoding attempt."""

    size: Box
    quality: int

    def next(self, came_bytes: int, mime: str, most_bytes: int, floor: Floor) -> "_Attempt":
        """Return an attempt that should fit after this one was too large. Raises `PictureTooLarge` at the floor."""
        share = most_bytes / came_bytes * _MARGIN
        if mime != "image/png" and self.quality > floor.quality:
            return replace(self, quality=max(floor.quality, min(self.quality - 2, _quality(self.quality, share))))
        scale = min(0.95, share ** (_PNG_POWER if mime == "image/png" else 0.5))
        width, height = self.size
        smaller = max(1, int(width * scale)), max(1, int(height * scale))
        if smaller == self.size or max(smaller) < floor.longest_side:
            raise PictureTooLarge(f"a picture that does not fit into {most_bytes} bytes")
        return replace(self, size=smaller)


def _quality(quality: int, share: float) -> int:
    """Estimate the quality that gives this share of the bytes.

    The bytes fall about as JPEG's quantisation steps grow. JPEG computes these steps from the quality like this
    (libjpeg, jpeg_quality_scaling). WebP's bytes fall faster.
    """
    half = 50
    steps = (200 - 2 * quality if quality >= half else 5000 / max(1, quality)) + 1
    wanted = steps / share - 1
    return int((200 - wanted) / 2 if wanted <= 2 * half else 5000 / wanted)


def _fit(image: pyvips.Image, attempt: _Attempt, mime: str, encoding: Encoding, floor: Floor) -> Recoded:
    for _ in range(_MOST_STEPS):
        size = fitted(image.width, image.height, attempt.size)
        data = _write(shrink(image, size), mime, attempt.quality)
        if len(data) <= encoding.most_bytes:
            return Recoded(mime=mime, data=data)
        attempt = attempt.next(len(data), mime, encoding.most_bytes, floor)
    raise PictureTooLarge(f"a picture that does not fit into {encoding.most_bytes} bytes")


def _write(image: pyvips.Image, mime: str, quality: int) -> bytes:
    image = image.copy(xres=_PIXELS_PER_MM, yres=_PIXELS_PER_MM)
    if mime == "image/jpeg":  # below a quality of 90 the colours have half the resolution
        return bytes(image.jpegsave_buffer(Q=quality, keep="none"))
    if mime == "image/webp":
        return bytes(image.webpsave_buffer(Q=quality, effort=_webp_effort(image), keep="none"))
    return bytes(image.pngsave_buffer(compression=6, filter="sub", keep="none"))


_EASY_PIXELS = 4_000_000


def _webp_effort(image: pyvips.Image) -> int:
    """Return the effort of the encoder. A higher one saves bytes, and takes four times as long."""
    return 4 if image.width * image.height <= _EASY_PIXELS else 0
