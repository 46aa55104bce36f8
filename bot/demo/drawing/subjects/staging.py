"""Putting subjects where they are at home, side by side."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.drawing.canvas import Canvas
from bot.demo.drawing.meanings import Colour, Rgb
from bot.demo.drawing.palette import NAMED, Palette, mix, turn_hue
from bot.demo.drawing.scenery.land import Ridge
from bot.demo.drawing.subjects import things
from bot.demo.drawing.subjects.figures import FIGURES, Figure, Home, Wanted
from bot.demo.drawing.subjects.shapes import Stand, stamp

_AIR_BY_DAY, _AIR_BY_NIGHT = 0.06, 0.26
_WIDEST_GAP = 0.46
_FLOCK_HEIGHT = 0.25
"""Flyers lower than this come in flocks."""

_KITE_COLOUR: Rgb = (216, 84, 70)
_LANTERN_LIGHT: Rgb = (255, 206, 130)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A painted place, ready for those who come in. Lengths are in short sides of the picture."""

    canvas: Canvas
    dice: random.Random
    palette: Palette
    land: Ridge
    horizon: float
    has_water: bool
    middle: float  # x; subjects stand around it

    def put(self, figure: Figure, colour: Colour | None, stand: Stand) -> None:
        """Put a figure anywhere, in the colour it was given or its own."""
        share = _AIR_BY_NIGHT if self.palette.is_night else _AIR_BY_DAY
        main = NAMED[colour] if colour else figure.colour
        stamp(self.canvas, figure.shapes, stand, main, air=(self.palette.near, share))


def put_subjects(stage: Stage, subjects: Wanted) -> None:
    """Put every subject where it is at home; those of the water stand on land where there is none."""
    gap = min(_WIDEST_GAP, stage.canvas.right / (len(subjects) + 0.3))
    entrances = []
    for number, (subject, colour) in enumerate(subjects):
        figure = FIGURES[subject]
        home = Home.GROUND if figure.home is Home.WATER and not stage.has_water else figure.home
        x = stage.middle + (number - (len(subjects) - 1) / 2) * gap
        entrances.append((home, number, figure, colour, x))
    places = {Home.SKY: _fly, Home.WATER: _float, Home.GROUND: _stand}
    for home, _, figure, colour, x in sorted(entrances, key=lambda entrance: entrance[:2]):
        places[home](stage, figure, colour, x)


def _fly(stage: Stage, figure: Figure, colour: Colour | None, x: float) -> None:
    dice, foot = stage.dice, stage.horizon * 0.45 + figure.height * 0.5
    stage.put(figure, colour, Stand(x=x, y=foot, height=figure.height))
    if figure.height > _FLOCK_HEIGHT:
        return
    for share in (0.62, 0.42):
        aside = dice.choice((-1, 1)) * dice.uniform(0.16, 0.3)
        lower = dice.uniform(-0.12, 0.12)
        stage.put(figure, colour, Stand(x=x + aside, y=foot + lower, height=figure.height * share))


def _float(stage: Stage, figure: Figure, colour: Colour | None, x: float) -> None:
    canvas, palette, height = stage.canvas, stage.palette, figure.height
    y = stage.horizon + (canvas.bottom - stage.horizon) * 0.36
    stage.put(figure, colour, Stand(x=x, y=y, height=height))
    water = mix(mix(palette.sky[1], palette.near, 0.35), mix(palette.near, palette.sky[0], 0.45), 0.36)
    canvas.ellipse(x, y + height * 0.01, height * 0.62, height * 0.075, water)
    for shift, wide in ((-0.05, 0.5), (-0.03, 0.58), (0.0, 0.66)):
        canvas.ellipse(x + shift * height, y + shift * height, height * wide, 0.0035, palette.sky[2], 0.4)


def _stand(stage: Stage, figure: Figure, colour: Colour | None, x: float) -> None:
    y = min(stage.canvas.bottom - 0.05, stage.land.y_at(x) + 0.085)
    stage.canvas.ellipse(x, y, figure.height * 0.34, 0.016, stage.palette.dark, 0.4)
    is_mirrored = stage.dice.choice((True, False, False))
    stage.put(figure, colour, Stand(x=x, y=y, height=figure.height, is_mirrored=is_mirrored))


def put_kites(stage: Stage, strangers: Sequence[str]) -> None:
    """Draw a kite (a lantern at night) for every word that the painter does not know. Each word has its own colour."""
    canvas, dice, palette = stage.canvas, stage.dice, stage.palette
    shapes = things.LANTERN if palette.is_night else things.KITE
    for number, word in enumerate(strangers):
        hue, size = hashlib.sha256(word.encode(errors="replace")).digest()[:2]
        height = 0.1 + 0.06 * size / 255
        x = canvas.right * (number + 0.5 + dice.uniform(-0.25, 0.25)) / len(strangers)
        y = stage.horizon * dice.uniform(0.25, 0.6)
        if palette.is_night:
            canvas.glow(x, y - height * 0.5, height * 1.5, _LANTERN_LIGHT, 0.5)
        stand = Stand(x=x, y=y, height=height)
        stamp(canvas, shapes, stand, turn_hue(_KITE_COLOUR, hue / 256), air=(palette.sky[1], 0.05))
