"""What a motif is made of: flat shapes on a sheet of 100 by 100, x to the right, y down, feet at y = 100."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from bot.demo.drawing.canvas import Canvas, Point, smooth
from bot.demo.drawing.meanings import Rgb
from bot.demo.drawing.palette import INK, PAPER, mix

SHEET = 100.0


class Fill(Enum):
    """The part a shape's colour plays."""

    MAIN = "main"
    SHADE = "shade"  # the main colour, darker
    PALE = "pale"
    INK = "ink"
    LAMP = "lamp"  # what shines


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled outline, or an ellipse when it has a middle and radii only."""

    fill: Fill
    points: tuple[Point, ...]
    is_curved: bool = False
    is_ellipse: bool = False


def flat(fill: Fill, points: str) -> Shape:
    """Make a polygon. The points are written as in "10,20 30,40"."""
    return Shape(fill, _read(points))


def curve(fill: Fill, points: str) -> Shape:
    """Make a closed curve through the points."""
    return Shape(fill, _read(points), is_curved=True)


def dot(fill: Fill, middle: str, radii: str) -> Shape:
    """Make an ellipse from its middle and radii, as in "50,50" and "10,8"."""
    return Shape(fill, _read(f"{middle} {radii}"), is_ellipse=True)


def pair(*shapes: Shape) -> tuple[Shape, ...]:
    """Return shapes of the left side, and their mirror images on the right."""
    return shapes + tuple(_mirrored(shape) for shape in shapes)


def _mirrored(shape: Shape) -> Shape:
    first, *rest = shape.points
    turned = [(SHEET - first[0], first[1])]
    turned += rest if shape.is_ellipse else [(SHEET - x, y) for x, y in rest]
    return replace(shape, points=tuple(turned))


def _read(points: str) -> tuple[Point, ...]:
    pairs = (point.split(",") for point in points.split())
    return tuple((float(x), float(y)) for x, y in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a motif stands: the middle of its feet and its height, in short sides of the picture."""

    x: float
    y: float
    height: float
    is_mirrored: bool = False

    def place(self, point: Point) -> Point:
        """Convert a point of the sheet to a point of the picture."""
        x, y = point
        across = (SHEET / 2 - x) if self.is_mirrored else (x - SHEET / 2)
        return self.x + across / SHEET * self.height, self.y + (y - SHEET) / SHEET * self.height


def stamp(canvas: Canvas, shapes: Iterable[Shape], stand: Stand, main: Rgb, *, air: tuple[Rgb, float]) -> None:
    """Put a motif on the picture in its main colour, with a share of the air's colour over all but its lamps."""
    air_colour, share = air
    paints = {
        Fill.MAIN: mix(main, air_colour, share),
        Fill.SHADE: mix(mix(main, INK, 0.32), air_colour, share),
        Fill.PALE: mix(PAPER, air_colour, share),
        Fill.INK: mix(INK, air_colour, share / 2),
        Fill.LAMP: (255, 222, 138),
    }
    for shape in shapes:
        colour = paints[shape.fill]
        if shape.is_ellipse:
            (across, down) = shape.points[1]
            x, y = stand.place(shape.points[0])
            canvas.ellipse(x, y, across / SHEET * stand.height, down / SHEET * stand.height, colour)
        else:
            outline = smooth(shape.points) if shape.is_curved else shape.points
            canvas.polygon([stand.place(point) for point in outline], colour)
