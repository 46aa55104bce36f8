"""What the demo painter paints on. Lengths are in short sides, so a picture is the same at every size."""

import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw

from bot.demo.drawing.meanings import Rgb
from bot.demo.drawing.palette import mix

Point = tuple[float, float]
"""x to the right and y down, in short sides of the picture."""

_CURVE_STEPS = 10


class Canvas:
    """An RGB picture and the few strokes that the painter needs. Alpha is 0 to 1."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.unit = min(image.size)
        self.right = image.width / self.unit
        self.bottom = image.height / self.unit
        self._solid = ImageDraw.Draw(image)
        self._glaze = ImageDraw.Draw(image, "RGBA")

    def polygon(self, points: Iterable[Point], colour: Rgb, alpha: float = 1.0) -> None:
        """Fill a shape with straight sides."""
        pen, fill = self._pen(colour, alpha)
        pen.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=fill)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: Rgb, alpha: float = 1.0) -> None:
        """Fill an ellipse, given by its middle and its two radii. It is at least a pixel wide."""
        across, down = max(across * self.unit, 0.7), max(down * self.unit, 0.7)
        x, y = x * self.unit, y * self.unit
        pen, fill = self._pen(colour, alpha)
        pen.ellipse((x - across, y - down, x + across, y + down), fill=fill)

    def line(self, start: Point, end: Point, width: float, colour: Rgb, alpha: float = 1.0) -> None:
        """Draw a straight stroke, at least a pixel wide."""
        ends = [(x * self.unit, y * self.unit) for x, y in (start, end)]
        pen, fill = self._pen(colour, alpha)
        pen.line(ends, fill=fill, width=max(1, round(width * self.unit)))

    def sky(self, colours: Sequence[Rgb], horizon: float) -> None:
        """Cover everything with colours from top to horizon; below it the last goes on."""
        column = Image.new("RGB", (1, self.image.height))
        for row in range(column.height):
            place = min(1.0, row / self.unit / horizon) ** 1.25 * (len(colours) - 1)
            index = min(int(place), len(colours) - 2)
            column.putpixel((0, row), mix(colours[index], colours[index + 1], place - index))
        self.image.paste(column.resize(self.image.size, Image.Resampling.NEAREST))

    def glow(self, x: float, y: float, radius: float, colour: Rgb, strength: float) -> None:
        """Draw a soft light around a point, strongest in its middle."""
        side = max(2, round(2 * radius * self.unit))
        mask = Image.radial_gradient("L").crop((1, 1, 255, 255))
        mask = mask.point([round(255 * strength * max(0.0, 1 - value / 127) ** 2) for value in range(256)])
        mask = mask.resize((side, side), Image.Resampling.BILINEAR)
        self.image.paste(colour, (round(x * self.unit) - side // 2, round(y * self.unit) - side // 2), mask)

    def veil(self, top: float, bottom: float, colour: Rgb, alphas: tuple[float, float]) -> None:
        """Draw a veil over the full width. Its alpha changes evenly from the first (top) to the second (bottom)."""
        start, end = round(top * self.unit), round(bottom * self.unit)
        if end <= start:
            return
        first, last = alphas
        column = Image.linear_gradient("L").crop((0, 0, 1, 256)).resize((1, end - start), Image.Resampling.BICUBIC)
        column = column.point([round(255 * (first + (last - first) * value / 255)) for value in range(256)])
        mask = column.resize((self.image.width, end - start), Image.Resampling.NEAREST)
        self.image.paste(colour, (0, start), mask)

    def _pen(self, colour: Rgb, alpha: float) -> tuple[ImageDraw.ImageDraw, tuple[int, ...]]:
        """Return what to draw with. Blending is many times slower, and holds up the process while it lasts."""
        return (self._solid, colour) if alpha >= 1 else (self._glaze, (*colour, round(255 * alpha)))


def smooth(corners: Sequence[Point]) -> list[Point]:
    """Return a closed curve through every corner (Catmull–Rom)."""
    curve: list[Point] = []
    count = len(corners)
    for number in range(count):
        near = [corners[(number + shift) % count] for shift in (-1, 0, 1, 2)]
        curve += [_between(near, step / _CURVE_STEPS) for step in range(_CURVE_STEPS)]
    return curve


def _between(near: Sequence[Point], share: float) -> Point:
    weights = (
        (-share + 2 * share**2 - share**3) / 2,
        (2 - 5 * share**2 + 3 * share**3) / 2,
        (share + 4 * share**2 - 3 * share**3) / 2,
        (-(share**2) + share**3) / 2,
    )
    pairs = list(zip(weights, near, strict=True))
    return math.fsum(w * p[0] for w, p in pairs), math.fsum(w * p[1] for w, p in pairs)
