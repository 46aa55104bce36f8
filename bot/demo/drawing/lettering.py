"""The strip under every demo picture: the words it was made from, and the label that it is a demo."""

import unicodedata
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from bot.demo.drawing.meanings import Rgb
from bot.demo.drawing.palette import INK, PAPER, mix

LABEL = "DEMO"
LABEL_COLOUR: Rgb = (214, 62, 52)

_SHARE = 0.062
_LEAST_PIXELS = 18
_LETTER_SHARE = 0.44
"""The size of the letters, as a share of the strip."""

_MOST_CAPTION = 300
"""Characters of a prompt that could fit at all."""

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015", "-"))
"""The built-in font has the hyphen only."""


def strip_height(width: int, height: int) -> int:
    """Return the pixels that the strip takes of a picture's height."""
    return max(_LEAST_PIXELS, round(min(width, height) * _SHARE))


def with_strip(picture: Image.Image, strip: int, words: str) -> Image.Image:
    """Put a strip of paper (height in pixels) under the picture: the caption on its left, the label on its right."""
    sheet = Image.new("RGB", (picture.width, picture.height + strip), PAPER)
    sheet.paste(picture)
    pen = ImageDraw.Draw(sheet)
    middle = picture.height + strip / 2
    label_left = _put_label(pen, picture.width - strip * 0.3, middle, strip)
    font = _font(round(strip * _LETTER_SHARE))
    caption = _fitted(drawable(words), font, label_left - strip)
    pen.text((strip * 0.45, middle), caption, fill=mix(INK, PAPER, 0.15), font=font, anchor="lm")
    return sheet


def _put_label(pen: ImageDraw.ImageDraw, right: float, middle: float, strip: int) -> float:
    """Draw the label's pill and give its left edge, in pixels."""
    font = _font(round(strip * _LETTER_SHARE))
    half, padding = strip * 0.31, strip * 0.34
    left = right - font.getlength(LABEL) - 2 * padding
    pen.rounded_rectangle((left, middle - half, right, middle + half), radius=half, fill=LABEL_COLOUR)
    pen.text(((left + right) / 2, middle), LABEL, fill=PAPER, font=font, anchor="mm")
    return left


def drawable(words: str) -> str:
    """Return what the built-in font can show of these words. Accents are dropped; so is text that is mostly foreign."""
    plain = unicodedata.normalize("NFKD", " ".join(words[:_MOST_CAPTION].split())).translate(_DASHES)
    shown = "".join(character for character in plain if character == " " or _can_draw(character))
    letters = sum(character.isalnum() for character in plain)
    return " ".join(shown.split()) if sum(c.isalnum() for c in shown) * 2 > letters else ""


def _fitted(words: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    """Return the words, or as many of their first letters as fit, followed by three dots."""
    if font.getlength(words) <= room:
        return words
    end = len(words)
    while end > 0 and font.getlength(f"{words[:end].rstrip()}...") > room:
        end -= 1
    return f"{words[:end].rstrip()}..." if end else ""


@lru_cache(maxsize=4096)
def _can_draw(character: str) -> bool:
    missing = _font(16).getmask("\uffff")
    mask = _font(16).getmask(character)
    return character.isprintable() and (mask.size, bytes(mask)) != (missing.size, bytes(missing))


@lru_cache(maxsize=32)
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(pixels)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font
