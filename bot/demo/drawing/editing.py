"""A picture from other pictures and an instruction: what is there is kept, and visibly changed."""

import random
from collections.abc import Sequence

from PIL import Image, ImageOps

from bot.demo.drawing.canvas import Canvas
from bot.demo.drawing.effects import (
    EFFECT_COLOURS,
    HOUR_COLOURS,
    Matrix,
    apply_colours,
    apply_shapes,
    tint_colours,
    turn_colours,
)
from bot.demo.drawing.meanings import Backdrop, Hour, Weather, Wishes
from bot.demo.drawing.palette import NAMED, PAPER, palette_for
from bot.demo.drawing.scenery.air import falling, fog, stars
from bot.demo.drawing.scenery.land import Ridge
from bot.demo.drawing.subjects.staging import Stage, put_subjects

_SMALL_PIXELS = 4_000_000
"""Below this a picture is worked on at twice its size, for smooth edges."""

_INSET_SHARE = 0.3
_MOST_INSETS = 4


def change(sources: Sequence[Image.Image], wishes: Wishes, dice: random.Random, size: tuple[int, int]) -> Image.Image:
    """Change the first picture as wished for, in exactly this many pixels; the others are pinned to it as photos."""
    width, height = size
    fine = 2 if width * height < _SMALL_PIXELS else 1
    picture = ImageOps.fit(sources[0], (width * fine, height * fine), Image.Resampling.BICUBIC)
    picture = apply_colours(apply_shapes(picture, wishes.effects), _colours(wishes, dice))
    canvas = Canvas(picture)
    for number, source in enumerate(sources[1 : 1 + _MOST_INSETS]):
        _pin(canvas, source, number, dice)
    _add(canvas, wishes, dice)
    return canvas.image if fine == 1 else canvas.image.resize(size, Image.Resampling.BICUBIC)


def _colours(wishes: Wishes, dice: random.Random) -> list[Matrix]:
    """Return the colour changes that the words ask for. If they ask for none that we know, turn every hue."""
    matrices = [EFFECT_COLOURS[effect] for effect in wishes.effects if effect in EFFECT_COLOURS]
    if wishes.tint:
        matrices.append(tint_colours(NAMED[wishes.tint]))
    if wishes.hour:
        matrices.append(HOUR_COLOURS[wishes.hour])
    if not (matrices or wishes.weather or wishes.subjects or wishes.effects):
        matrices.append(turn_colours(dice.uniform(0.2, 0.8)))
    return matrices


def _add(canvas: Canvas, wishes: Wishes, dice: random.Random) -> None:
    """Add stars, fog, snow on the ground, subjects, and whatever falls."""
    if wishes.hour is Hour.NIGHT:
        stars(dice, canvas, canvas.bottom * 0.5)
    if Weather.FOG in wishes.weather:
        fog(dice, canvas, PAPER)
    if Weather.SNOW in wishes.weather:
        canvas.veil(canvas.bottom * 0.45, canvas.bottom, PAPER, (0.0, 0.5))
    ground = canvas.bottom - 0.14
    is_alone = len(wishes.subjects) == 1  # one guest stands aside, so as not to hide what is in the middle
    stage = Stage(
        canvas=canvas, dice=dice, palette=palette_for(Backdrop.MEADOW, wishes.hour or Hour.DAY, wishes.weather),
        land=Ridge(points=((0, ground), (canvas.right, ground)), right=canvas.right), has_water=False,
        horizon=canvas.bottom * 0.58, middle=canvas.right * (dice.choice((0.22, 0.78)) if is_alone else 0.5),
    )  # fmt: skip
    put_subjects(stage, wishes.subjects)
    falling(dice, canvas, wishes.weather)


def _pin(canvas: Canvas, source: Image.Image, number: int, dice: random.Random) -> None:
    """Put a picture on another like a photo with a white border, a little crooked; from the upper right to the left."""
    side = max(8, round(canvas.unit * _INSET_SHARE))
    border = max(1, side // 20)
    photo = ImageOps.expand(ImageOps.fit(source, (side, side)), border, fill=PAPER).convert("RGBA")
    photo = photo.rotate(dice.uniform(-7, 7), Image.Resampling.BICUBIC, expand=True)
    left = canvas.image.width - round((number + 1) * photo.width * 1.05)
    canvas.image.paste(photo, (max(0, left), border * 2), photo)
