"""What words do to a whole picture: its colours in one step, then blur and mirror."""

import math
from collections.abc import Iterable, Mapping

from PIL import Image, ImageFilter, ImageOps

from bot.demo.drawing.meanings import Effect, Hour, Rgb

Matrix = tuple[float, ...]
"""Three rows of four: red, green and blue out of red, green, blue in, and a constant."""

LUMINANCE = (0.299, 0.587, 0.114)

EFFECT_COLOURS: Mapping[Effect, Matrix] = {
    Effect.GREY: (*LUMINANCE, 0, *LUMINANCE, 0, *LUMINANCE, 0),
    Effect.SEPIA: (0.39, 0.75, 0.17, 0, 0.35, 0.67, 0.15, 0, 0.27, 0.52, 0.12, 0),
    Effect.INVERT: (-1, 0, 0, 255, 0, -1, 0, 255, 0, 0, -1, 255),
    Effect.BRIGHT: (1.2, 0, 0, 14, 0, 1.2, 0, 14, 0, 0, 1.2, 14),
}

HOUR_COLOURS: Mapping[Hour, Matrix] = {
    Hour.NIGHT: (0.20, 0.12, 0.04, 0, 0.05, 0.30, 0.06, 2, 0.06, 0.20, 0.38, 16),
    Hour.SUNSET: (0.92, 0.14, 0.02, 14, 0.16, 0.56, 0.02, 0, 0.12, 0.12, 0.36, 12),
    Hour.DAWN: (0.90, 0.10, 0.02, 26, 0.06, 0.82, 0.04, 16, 0.06, 0.10, 0.84, 26),
    Hour.DAY: (1.16, 0.02, 0.0, 8, 0.0, 1.16, 0.02, 12, 0.0, 0.06, 1.16, 16),
}


def tint_colours(colour: Rgb) -> Matrix:
    """Print a picture in one colour, with a quarter of its own colours left."""
    rows = []
    for row, part in enumerate(colour):
        for column, weight in enumerate(LUMINANCE):
            rows.append(0.75 * weight * (0.35 + 1.3 * part / 255) + (0.25 if row == column else 0.0))
        rows.append(0.0)
    return tuple(rows)


def turn_colours(turn: float) -> Matrix:
    """Turn every hue by a part of the circle (1.0 is once around) and leave lightness as it is.

    The rotation of the two colour-difference axes that the SVG filter `hueRotate` describes (Filter Effects, 9.6).
    """
    cosine, sine = math.cos(math.tau * turn), math.sin(math.tau * turn)
    red, green, blue = 0.213, 0.715, 0.072
    return (
        red + cosine * (1 - red) - sine * red, green - cosine * green - sine * green,
        blue - cosine * blue + sine * (1 - blue), 0,
        red - cosine * red + sine * 0.143, green + cosine * (1 - green) + sine * 0.140,
        blue - cosine * blue - sine * 0.283, 0,
        red - cosine * red - sine * (1 - red), green - cosine * green + sine * green,
        blue + cosine * (1 - blue) + sine * blue, 0,
    )  # fmt: skip


def apply_colours(picture: Image.Image, matrices: Iterable[Matrix]) -> Image.Image:
    """Apply each change of colours after the other."""
    for matrix in matrices:
        picture = picture.convert("RGB", matrix)
    return picture


def apply_shapes(picture: Image.Image, effects: Iterable[Effect]) -> Image.Image:
    """Blur and mirror."""
    for effect in effects:
        if effect is Effect.BLUR:
            picture = picture.filter(ImageFilter.GaussianBlur(min(picture.size) / 110))
        elif effect is Effect.MIRROR:
            picture = ImageOps.mirror(picture)
    return picture
