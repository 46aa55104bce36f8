"""Sky and weather: sun, moon, stars, clouds, snow, rain and fog."""

import random

from bot.demo.drawing.canvas import Canvas
from bot.demo.drawing.meanings import Rgb, Weather
from bot.demo.drawing.palette import PAPER, Palette, mix

_WARM: Rgb = (255, 236, 200)


def stars(dice: random.Random, canvas: Canvas, lowest: float) -> None:
    """Draw stars above a line, fewer towards it."""
    for _ in range(round(150 * canvas.right * lowest)):
        x, y = dice.uniform(0, canvas.right), lowest * dice.random() ** 1.3
        size = dice.choice((0.0010, 0.0010, 0.0015, 0.0022))
        canvas.ellipse(x, y, size, size, PAPER, dice.uniform(0.35, 1.0) * (1 - y / lowest * 0.7))
    for _ in range(round(5 * canvas.right * lowest) + 1):
        x, y = dice.uniform(0, canvas.right), lowest * 0.8 * dice.random()
        canvas.glow(x, y, 0.018, PAPER, 0.5)
        canvas.ellipse(x, y, 0.0034, 0.0034, PAPER)


def sun(canvas: Canvas, x: float, y: float, palette: Palette) -> None:
    """Draw the sun or the moon with its halo."""
    radius = 0.075 if palette.is_night else 0.1
    canvas.glow(x, y, radius * 8, mix(palette.light, palette.sky[2], 0.35), 0.55)
    canvas.glow(x, y, radius * 3, palette.light, 0.75)
    canvas.ellipse(x, y, radius, radius, palette.light)
    if palette.is_night:
        for dx, dy, size in ((-0.3, -0.2, 0.22), (0.25, 0.3, 0.16), (0.3, -0.35, 0.11), (-0.15, 0.45, 0.1)):
            canvas.ellipse(x + dx * radius, y + dy * radius, size * radius, size * radius, palette.sky[2], 0.35)


def clouds(dice: random.Random, canvas: Canvas, lowest: float, palette: Palette) -> None:
    """Draw a few flat-bottomed clouds above a line."""
    colour = mix(palette.sky[2], PAPER, 0.25 if palette.is_night else 0.6)
    for _ in range(round(2.6 * canvas.right)):
        x, y = dice.uniform(-0.1, canvas.right), lowest * dice.uniform(0.1, 0.8)
        width = dice.uniform(0.16, 0.42)
        alpha = 0.12 if palette.is_night else dice.uniform(0.25, 0.55)
        _cloud(dice, canvas, (x, y), width, colour, alpha)


def _cloud(
    dice: random.Random, canvas: Canvas, middle: tuple[float, float], width: float, colour: Rgb, alpha: float
) -> None:
    x, y = middle
    for _ in range(4):
        shift, wide = dice.uniform(-0.35, 0.35) * width, width * dice.uniform(0.3, 0.55)
        canvas.ellipse(x + shift, y + dice.uniform(-0.05, 0.05) * width, wide, wide * 0.13, colour, alpha * 0.6)


def falling(dice: random.Random, canvas: Canvas, kinds: frozenset[Weather]) -> None:
    """Draw everything that falls in front of a picture."""
    if Weather.RAIN in kinds:
        rain(dice, canvas)
    if Weather.SNOW in kinds:
        snow(dice, canvas)


def snow(dice: random.Random, canvas: Canvas) -> None:
    """Draw flakes: many small far ones, a few large near ones."""
    for _ in range(round(260 * canvas.right * canvas.bottom)):
        size = 0.0016 + 0.0062 * dice.random() ** 3
        x, y = dice.uniform(0, canvas.right), dice.uniform(0, canvas.bottom)
        canvas.ellipse(x, y, size, size, (255, 255, 255), dice.uniform(0.45, 0.95))


def rain(dice: random.Random, canvas: Canvas) -> None:
    """Draw slanting strokes and a darker air."""
    canvas.veil(0, canvas.bottom, (30, 40, 62), (0.28, 0.16))
    for _ in range(round(300 * canvas.right * canvas.bottom)):
        x, y = dice.uniform(0, canvas.right * 1.1), dice.uniform(-0.1, canvas.bottom)
        length = dice.uniform(0.03, 0.085)
        canvas.line((x, y), (x - length * 0.22, y + length), 0.0018, (226, 236, 250), dice.uniform(0.25, 0.6))


def fog(dice: random.Random, canvas: Canvas, colour: Rgb) -> None:
    """Draw banks of mist across the lower half."""
    for _ in range(5):
        middle = canvas.bottom * dice.uniform(0.4, 0.95)
        half = dice.uniform(0.06, 0.16)
        strength = dice.uniform(0.3, 0.6)
        canvas.veil(middle - half, middle, colour, (0, strength))
        canvas.veil(middle, middle + half, colour, (strength, 0))


def fireflies(dice: random.Random, canvas: Canvas, top: float) -> None:
    """Draw small warm lights near the ground at night."""
    for _ in range(round(9 * canvas.right)):
        x, y = dice.uniform(0, canvas.right), dice.uniform(top, canvas.bottom)
        canvas.glow(x, y, 0.02, _WARM, 0.6)
        canvas.ellipse(x, y, 0.0028, 0.0028, _WARM)
