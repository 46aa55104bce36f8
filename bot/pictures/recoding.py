"""Decodes a picture and writes it anew: upright, in a kind that every endpoint takes, and small enough."""

from dataclasses import dataclass
from io import BytesIO
from math import sqrt

from PIL import Image, ImageOps

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.decoding import BROKEN, opened

QUALITY = 92
"""Of JPEG and WebP: what a model cannot tell from the original."""

SHORTEST_SIDE = 512
"""The longer side is never made shorter than this: less is no picture to work from."""

LONGEST_SIDE = 12_288
"""Of what is written anew: what the models themselves make, and less than the encoders take."""

_MOST_STEPS = 8
_MOST_PROFILE_BYTES = 1 << 18
"""A larger colour profile is for printers, and costs more than it gives."""

_PROFILE_OF = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}
"""The colour space that a profile names (ICC.1, 7.2.6), by the mode it fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """A picture file that was written anew, without metadata but for its colour profile."""

    mime: str
    data: bytes


def recode(data: bytes, *, orientation: int | None, most_bytes: int) -> Recoded:
    """The first frame of a picture, upright, in at most `most_bytes`: fewer pixels where it must be.

    `orientation` is how it is to be turned; None: as the file itself says. Blocking, up to some seconds. Raises
    `NotAPicture` if it cannot be decoded, and `PictureTooLarge` if not even a small one fits.
    """
    try:
        picture = opened(data)
        picture.load()
        profile = picture.info.get("icc_profile")
        plain = _plain(_upright(picture, orientation))
        plain.info = {}  # an encoder writes down what it finds there
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
        return _encoded_within(plain, _fitting(profile, plain.mode), most_bytes)
    except BROKEN as error:
        raise NotAPicture("the file cannot be decoded") from error


def _fitting(profile: object, mode: str) -> bytes | None:
    """The colour profile, if it is about the colours that are written, and no larger than need be."""
    if not isinstance(profile, bytes) or len(profile) > _MOST_PROFILE_BYTES:
        return None
    return profile if profile[16:20] == _PROFILE_OF[mode] else None


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes each EXIF orientation upright (EXIF 2.32, 4.6.4 A)."""


def _upright(picture: Image.Image, orientation: int | None) -> Image.Image:
    if orientation is None:
        return ImageOps.exif_transpose(picture)
    if orientation not in _TURNS:
        return picture
    turned = picture.transpose(_TURNS[orientation])
    turned.info = picture.info
    return turned


def _plain(picture: Image.Image) -> Image.Image:
    """Eight bits a channel, in grey, colour, or colour with transparency."""
    if picture.mode in {"I;16", "I;16B", "I;16L", "I;16N", "I"}:
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in {"L", "RGB"} and "transparency" not in picture.info:
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    is_opaque = seen.getchannel("A").getextrema()[0] == 255  # noqa: PLR2004  # the most a channel of eight bits holds
    return seen.convert("RGB") if is_opaque else seen


def _encoded_within(picture: Image.Image, profile: bytes | None, most_bytes: int) -> Recoded:
    """Encode, and where that is too much, with fewer pixels: as many as should fit, until they do."""
    for _ in range(_MOST_STEPS):
        made = _encode(picture, profile)
        if len(made.data) <= most_bytes:
            return made
        scale = min(0.9, 0.95 * sqrt(most_bytes / len(made.data)))
        if max(picture.size) * scale < SHORTEST_SIDE:
            break
        picture = picture.resize([max(1, round(side * scale)) for side in picture.size], reducing_gap=2.0)
    raise PictureTooLarge(f"a picture that does not fit into {most_bytes} bytes")


def _encode(picture: Image.Image, profile: bytes | None) -> Recoded:
    file = BytesIO()
    if picture.mode == "RGBA":
        picture.save(file, "WEBP", quality=QUALITY, method=2, icc_profile=profile)
        return Recoded(mime="image/webp", data=file.getvalue())
    picture.save(file, "JPEG", quality=QUALITY, subsampling=0, icc_profile=profile)
    return Recoded(mime="image/jpeg", data=file.getvalue())
