"""A picture from a prompt: read the words, choose place and light, paint from the back to the front."""

import hashlib
import random

from PIL import Image

from bot.demo.drawing.canvas import Canvas
from bot.demo.drawing.meanings import Backdrop, Hour, Weather, Wishes
from bot.demo.drawing.palette import NAMED, PAPER, Palette, mix, palette_for, tinted, turned
from bot.demo.drawing.scenery.air import clouds, falling, fog, stars, sun
from bot.demo.drawing.scenery.places import PLACES
from bot.demo.drawing.scenery.scene import Scene
from bot.demo.drawing.subjects.figures import has_walkers, home_of
from bot.demo.drawing.subjects.staging import Stage, put_kites, put_subjects

_FINE_PIXELS = 7_000_000
"""Pixels that are painted when there are many more in the picture: brush strokes need no more, and time counts."""

_FINEST = 3.0
"""Small pictures are painted this many times larger, for smooth edges."""

_QUIET_PLACES = (Backdrop.MOUNTAINS, Backdrop.FOREST, Backdrop.MEADOW, Backdrop.DESERT, Backdrop.SEA)
_COLD_PLACES = (Backdrop.MOUNTAINS, Backdrop.FOREST)
_HORIZON = 0.58
"""The share of the height that is sky."""


def dice_for(prompt: str, seed: int) -> random.Random:
    """Return dice that fall the same way for the same words and seed, on every machine."""
    digest = hashlib.sha256(f"{seed}\0{prompt}".encode(errors="replace")).digest()
    return random.Random(int.from_bytes(digest))  # noqa: S311 - brush strokes, not secrets


def paint(wishes: Wishes, dice: random.Random, *, width: int, height: int) -> Image.Image:
    """Paint what is wished for in exactly this many pixels."""
    scale = min(_FINEST, (_FINE_PIXELS / (width * height)) ** 0.5)
    canvas = Canvas(Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale)))))
    _paint_on(canvas, wishes, dice)
    return canvas.image.resize((width, height), Image.Resampling.BICUBIC)


def _paint_on(canvas: Canvas, wishes: Wishes, dice: random.Random) -> None:
    place = _place(wishes, dice)
    hour = wishes.hour or (Hour.NIGHT if place is Backdrop.SPACE else dice.choice(tuple(Hour)))
    palette = _palette(place, hour, wishes, dice)
    scene = Scene(
        canvas=canvas,
        dice=dice,
        palette=palette,
        horizon=canvas.bottom * _HORIZON,
        sun_x=canvas.right * dice.choice((dice.uniform(0.18, 0.34), dice.uniform(0.66, 0.82))),
        has_walkers=has_walkers(wishes.subjects),
    )
    _paint_sky(scene, place, hour, is_clear=not wishes.weather & {Weather.RAIN, Weather.FOG})
    land = PLACES[place](scene)
    if Weather.FOG in wishes.weather:
        fog(dice, canvas, mix(palette.sky[2], PAPER, 0.15 if palette.is_night else 0.6))
    stage = Stage(
        canvas=canvas, dice=dice, palette=palette, land=land, horizon=scene.horizon,
        has_water=place is Backdrop.SEA, middle=canvas.right / 2,
    )  # fmt: skip
    put_kites(stage, wishes.strangers)
    put_subjects(stage, wishes.subjects)
    falling(dice, canvas, wishes.weather)


def _paint_sky(scene: Scene, place: Backdrop, hour: Hour, *, is_clear: bool) -> None:
    canvas, dice, palette, horizon = scene.canvas, scene.dice, scene.palette, scene.horizon
    canvas.sky(palette.sky, horizon)
    if palette.is_night and is_clear:
        stars(dice, canvas, canvas.bottom if place is Backdrop.SPACE else horizon)
    if place is Backdrop.SPACE:
        return
    if is_clear:
        is_low = hour in {Hour.SUNSET, Hour.DAWN}
        sun(canvas, scene.sun_x, horizon * (dice.uniform(0.66, 0.8) if is_low else dice.uniform(0.24, 0.4)), palette)
    clouds(dice, canvas, horizon, palette)


def _place(wishes: Wishes, dice: random.Random) -> Backdrop:
    if wishes.places:
        return wishes.places[0]
    return home_of(wishes.subjects) or dice.choice(_COLD_PLACES if Weather.SNOW in wishes.weather else _QUIET_PLACES)


def _palette(place: Backdrop, hour: Hour, wishes: Wishes, dice: random.Random) -> Palette:
    palette = turned(palette_for(place, hour, wishes.weather), dice.uniform(-0.03, 0.03))
    return tinted(palette, NAMED[wishes.tint]) if wishes.tint else palette
