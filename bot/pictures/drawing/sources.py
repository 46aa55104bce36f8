"""Opening the pictures that somebody gave, whatever is in them."""

from PIL import Image, ImageOps

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.decoding import BROKEN, opened
from bot.pictures.drawing.encoding import strip_of
from bot.pictures.drawing.palette import PAPER

_EIGHT_BITS = 1 / 257
"""From 0…65535 to 0…255."""


def open_source(file: bytes) -> Image.Image:
    """A picture as a viewer shows it: upright, its first frame, on paper where it is transparent.

    The strip of a demo picture is cut off. Raises `NotAPicture` if its pixels cannot be read.
    """
    try:
        with opened(file) as source:
            strip = strip_of(source)
            picture = ImageOps.exif_transpose(source)
            picture.load()
    except (PictureTooLarge, *BROKEN) as fault:
        raise NotAPicture(f"a source picture that cannot be decoded: {fault}") from fault
    upright = _on_paper(picture)
    return upright.crop((0, 0, upright.width, upright.height - strip)) if strip < upright.height else upright


def _on_paper(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # Pillow would cut 16 bits off instead of scaling them
        return picture.convert("I").point(lambda value: value * _EIGHT_BITS).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, PAPER), seen).convert("RGB")
