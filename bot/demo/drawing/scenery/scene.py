"""What a place is painted with: the canvas, the colours, the horizon, and the ground at one's feet."""

import random
from dataclasses import dataclass

from bot.demo.drawing.canvas import Canvas
from bot.demo.drawing.meanings import Rgb
from bot.demo.drawing.palette import Palette, mix
from bot.demo.drawing.scenery.land import Ridge, lay, pine, ridge


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a place is painted with."""

    canvas: Canvas
    dice: random.Random
    palette: Palette
    horizon: float  # y, in short sides
    sun_x: float
    has_walkers: bool  # whether somebody needs ground to stand on

    @property
    def depth(self) -> float:
        """Short sides from the horizon to the lower edge."""
        return self.canvas.bottom - self.horizon

    def colour_at(self, nearness: float) -> Rgb:
        """Return the ground's colour, from 0 (horizon) to 1 (nearest). The air pales what is far."""
        haze = mix(self.palette.far, self.palette.sky[2], 0.3)
        return mix(haze, self.palette.near, nearness)

    def hills(self, nearness: float, *, rise: float, roughness: float = 0.35, colour: Rgb | None = None) -> Ridge:
        """Lay a line of hills, with mist in the valley before it."""
        y = self.horizon + self.depth * nearness
        land = ridge(self.dice, self.canvas.right, y=y, rise=rise, roughness=roughness)
        lay(self.canvas, land, colour or self.colour_at(nearness * 0.9 + 0.1))
        return land

    def mist(self, nearness: float, strength: float = 0.45) -> None:
        """Draw pale air over the foot of the hills at this distance."""
        y = self.horizon + self.depth * nearness
        self.canvas.veil(y - 0.06, y + 0.16, self.palette.sky[2], (0.0, strength))
        self.canvas.veil(y + 0.16, self.canvas.bottom, self.palette.sky[2], (strength, strength))


def near_ground(scene: Scene, *, firs: bool = False, colour: Rgb | None = None) -> Ridge:
    """Draw the nearest ground, with grass along its edge. `firs` adds tall firs at the sides as a frame."""
    dice, canvas, palette = scene.dice, scene.canvas, scene.palette
    land = scene.hills(0.78, rise=0.1, roughness=0.3, colour=colour or palette.near)
    canvas.veil(canvas.bottom - scene.depth * 0.35, canvas.bottom, palette.dark, (0.0, 0.5))
    for _ in range(round(26 * canvas.right)):
        x, share = dice.uniform(0, canvas.right), dice.random()
        y = land.y_at(x) + (canvas.bottom - land.y_at(x)) * share
        wide = 0.02 + 0.08 * share
        canvas.ellipse(x, y, wide, wide * 0.06, mix(palette.near, palette.light, 0.3), 0.16)
    if firs:
        for side in (0, canvas.right):
            for _ in range(dice.randint(2, 4)):
                x = side + dice.uniform(-0.18, 0.18)
                pine(canvas, (x, land.y_at(x) + 0.06), dice.uniform(0.26, 0.52), mix(palette.dark, palette.near, 0.12))
    return land
