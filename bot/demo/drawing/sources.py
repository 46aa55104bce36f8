"""The pictures that somebody gave, made ready to be drawn on."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.demo.drawing.encoding import STRIP_KEY, read_strip
from bot.demo.drawing.palette import PAPER
from bot.pictures.look import LONGEST_SIDE
from bot.pictures.workshop import Workshop

_LONGEST_DRAWABLE_SIDE = 4096
_QUALITY = 95


async def to_drawable(path: Path, workshop: Workshop) -> bytes:
    """Convert a picture file to a JPEG for `edit`: upright, its first frame, on paper where it is transparent.

    The strip of a demo picture is cut off. Raises `NotAPicture` if its pixels cannot be read, and `PictureTooLarge`.
    """
    return await workshop.run(_to_drawable, path)


def open_drawable(file: bytes) -> Image.Image:
    """Open the picture that `to_drawable` made."""
    return Image.open(BytesIO(file), formats=["JPEG"]).convert("RGB")


def _to_drawable(path: Path) -> bytes:
    import pyvips

    from bot.pictures.decoding import decode, fault_of, shrink

    try:
        picture = decode(path, (LONGEST_SIDE, LONGEST_SIDE))  # as it is: the strip is told in its pixels
        told = [name for name in picture.get_fields() if name.endswith(f"-{STRIP_KEY}")]
        strip = read_strip(str(picture.get(told[0]))) if told else 0
        if picture.hasalpha():
            picture = picture.colourspace("srgb").flatten(background=list(PAPER))
        if strip < picture.height:
            picture = picture.crop(0, 0, picture.width, picture.height - strip)
        small = shrink(picture, (_LONGEST_DRAWABLE_SIDE, _LONGEST_DRAWABLE_SIDE))
        return bytes(small.jpegsave_buffer(Q=_QUALITY, keep="none"))
    except pyvips.Error as error:
        raise fault_of(error) from error
