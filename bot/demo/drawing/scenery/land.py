"""Hills, peaks, dunes and what grows on them."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.drawing.canvas import Canvas, Point
from bot.demo.drawing.meanings import Rgb
from bot.demo.drawing.palette import PAPER, mix

_STEPS = 160
"""Points along one short side of a ridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """A line of hills from side to side: its points from left to right, and the number of short sides it spans."""

    points: tuple[Point, ...]
    right: float

    def y_at(self, x: float) -> float:
        """Return the height of the land at x."""
        index = round(x / self.right * (len(self.points) - 1))
        return self.points[max(0, min(index, len(self.points) - 1))][1]


def ridge(dice: random.Random, right: float, *, y: float, rise: float, roughness: float) -> Ridge:
    """Make hills around the line y, at most about `rise` above it; roughness 0.3 is soft, 0.6 is rock."""
    waves = [(dice.uniform(1.6, 2.6) * 2**octave, dice.uniform(0, math.tau), roughness**octave) for octave in range(6)]
    total = math.fsum(share for _, _, share in waves)
    count = round(_STEPS * max(1.0, right))
    points = []
    for number in range(count + 1):
        x = number / count * right
        height = math.fsum(share * math.sin(speed * x + start) for speed, start, share in waves) / total
        points.append((x, y - rise * (0.5 + 0.5 * height)))
    return Ridge(points=tuple(points), right=right)


def lay(canvas: Canvas, land: Ridge, colour: Rgb) -> None:
    """Fill everything below a ridge."""
    below = canvas.bottom + 0.1
    canvas.polygon([(0, below), *land.points, (land.right, below)], colour)


def peak(dice: random.Random, canvas: Canvas, foot: Point, height: float, colours: tuple[Rgb, Rgb]) -> None:
    """Draw a mountain with a lit and a shaded face and snow on its top."""
    lit, shaded = colours
    x, y = foot
    left, right = height * dice.uniform(0.75, 1.05), height * dice.uniform(0.75, 1.05)
    lean = height * dice.uniform(-0.08, 0.08)
    top = (x + lean, y - height)
    seam = _crooked(dice, top, (x + lean * -1.5, y), 7, height * 0.035)
    outer_left = _crooked(dice, top, (x - left, y), 7, height * 0.012)
    outer_right = _crooked(dice, top, (x + right, y), 7, height * 0.012)
    canvas.polygon([*outer_left, *reversed(seam)], lit)
    canvas.polygon([*outer_right, *reversed(seam)], shaded)
    snow = mix(lit, PAPER, 0.85), mix(shaded, PAPER, 0.5)
    canvas.polygon(_cap(dice, outer_left, seam), snow[0])
    canvas.polygon(_cap(dice, outer_right, seam), snow[1])


def _crooked(dice: random.Random, start: Point, end: Point, steps: int, sway: float) -> list[Point]:
    line = [start]
    for number in range(1, steps):
        share = number / steps
        x, y = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
        line.append((x + dice.uniform(-sway, sway), y + dice.uniform(-sway, sway) / 2))
    return [*line, end]


def _cap(dice: random.Random, outer: Sequence[Point], seam: Sequence[Point]) -> list[Point]:
    """Return the outline of the snow on one face: its top third, with a torn lower edge."""
    (left_x, left_y), (right_x, right_y) = outer[2], seam[2]
    edge = [outer[2]]
    for number in range(1, 6):
        share = number / 6
        drop = (0.05 if number % 2 else -0.04) * dice.uniform(0.6, 1.2) * (seam[-1][1] - seam[0][1])
        edge.append((left_x + (right_x - left_x) * share, left_y + (right_y - left_y) * share + drop))
    return [outer[0], outer[1], *edge, seam[2], seam[1]]


def pine(canvas: Canvas, foot: Point, height: float, colour: Rgb) -> None:
    """Draw a fir tree of three tiers."""
    x, y = foot
    canvas.polygon(
        [(x - height * 0.035, y + height * 0.05), (x + height * 0.035, y + height * 0.05), (x, y - height)], colour
    )
    for low, width in ((0.12, 0.30), (0.36, 0.23), (0.58, 0.15)):
        base, tip = y - height * low, y - height * min(1.0, low + 0.46)
        canvas.polygon(
            [(x - height * width, base), (x, tip), (x + height * width, base), (x, base - height * 0.05)], colour
        )


def pines(dice: random.Random, canvas: Canvas, land: Ridge, *, height: float, spacing: float, colour: Rgb) -> None:
    """Draw a row of fir trees along a ridge, denser here and thinner there."""
    x = -dice.uniform(0, spacing)
    while x < land.right:
        pine(canvas, (x, land.y_at(x) + height * 0.08), height * dice.uniform(0.55, 1.15), colour)
        x += spacing * dice.choice((0.35, 0.5, 0.8, 1.0, 2.2))


def cactus(canvas: Canvas, foot: Point, height: float, colour: Rgb) -> None:
    """Draw a cactus with two arms."""
    x, y = foot
    width = height * 0.13
    for start, end in (
        ((0, 0.05), (0, -1)), ((-0.3, -0.4), (0, -0.4)), ((-0.3, -0.4), (-0.3, -0.72)),
        ((0.28, -0.28), (0, -0.28)), ((0.28, -0.28), (0.28, -0.58)),
    ):  # fmt: skip
        first, last = ((x + dx * height, y + dy * height) for dx, dy in (start, end))
        canvas.line(first, last, width, colour)
        canvas.ellipse(*first, width / 2, width / 2, colour)
        canvas.ellipse(*last, width / 2, width / 2, colour)


def bloom(dice: random.Random, canvas: Canvas, foot: Point, size: float, colours: tuple[Rgb, Rgb]) -> None:
    """Draw a small wild flower: a stem and a few petals."""
    stem, petals = colours
    x, y = foot
    head = (x + dice.uniform(-0.4, 0.4) * size, y - size * dice.uniform(1.6, 2.6))
    canvas.line(foot, head, size * 0.12, stem)
    for number in range(5):
        turn = math.tau * number / 5
        canvas.ellipse(
            head[0] + size * 0.3 * math.cos(turn),
            head[1] + size * 0.3 * math.sin(turn),
            size * 0.26,
            size * 0.26,
            petals,
        )
    canvas.ellipse(*head, size * 0.2, size * 0.2, mix(petals, PAPER, 0.7))
