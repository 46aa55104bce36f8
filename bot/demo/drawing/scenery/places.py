"""The places the demo painter knows. Each paints everything between the sky and one's feet."""

from collections.abc import Callable, Mapping

from bot.demo.drawing.meanings import Backdrop, Rgb
from bot.demo.drawing.palette import PAPER, mix, turn_hue
from bot.demo.drawing.scenery.air import fireflies
from bot.demo.drawing.scenery.land import Ridge, bloom, cactus, lay, peak, pines, ridge
from bot.demo.drawing.scenery.scene import Scene, near_ground

_SAND: Rgb = (236, 200, 146)
_CLEARING = 0.26
"""Around the middle, in short sides, nothing high grows: a subject stands there."""


def mountains(scene: Scene) -> Ridge:
    """Draw peaks with snow, hills before them, firs on the nearest."""
    dice, canvas = scene.dice, scene.canvas
    scene.hills(0.02, rise=0.16, roughness=0.5, colour=scene.colour_at(0.0))
    feet = [x * 0.36 + dice.uniform(-0.1, 0.1) for x in range(round(canvas.right / 0.36) + 1)]
    dice.shuffle(feet)
    for number, x in enumerate(feet):
        lit = scene.colour_at(0.2 + 0.2 * number / len(feet))
        height = dice.uniform(0.22, 0.42) * (1.15 if number == len(feet) - 1 else 0.9)
        peak(
            dice,
            canvas,
            (x, scene.horizon + 0.12),
            height,
            (mix(lit, scene.palette.light, 0.12), mix(lit, scene.palette.dark, 0.4)),
        )
    scene.mist(0.08)
    land = scene.hills(0.42, rise=0.12)
    pines(dice, canvas, land, height=0.07, spacing=0.05, colour=mix(scene.colour_at(0.5), scene.palette.dark, 0.5))
    scene.mist(0.45, 0.2)
    return near_ground(scene, firs=True)


def forest(scene: Scene) -> Ridge:
    """Draw rows of firs, each darker than the one behind."""
    for nearness, height in ((0.02, 0.1), (0.2, 0.15), (0.42, 0.22), (0.66, 0.3)):
        colour = mix(scene.colour_at(nearness), scene.palette.dark, 0.25 + nearness * 0.6)
        land = scene.hills(nearness, rise=0.12, colour=colour)
        pines(scene.dice, scene.canvas, land, height=height, spacing=height * 0.55, colour=colour)
        scene.mist(nearness, 0.25)
    land = near_ground(scene)
    if scene.palette.is_night:
        fireflies(scene.dice, scene.canvas, scene.horizon)
    return land


def sea(scene: Scene) -> Ridge:
    """Draw water to the horizon with the light's path on it, and a shore."""
    dice, canvas, palette = scene.dice, scene.canvas, scene.palette
    island = ridge(dice, canvas.right, y=scene.horizon + 0.05, rise=0.13, roughness=0.4)
    lay(canvas, island, scene.colour_at(0.1))
    canvas.polygon(
        [(0, scene.horizon), (canvas.right, scene.horizon), (canvas.right, canvas.bottom), (0, canvas.bottom)],
        mix(palette.sky[1], palette.near, 0.35),
    )
    canvas.veil(scene.horizon, canvas.bottom, mix(palette.near, palette.sky[0], 0.45), (0.0, 0.95))
    for number in range(70):
        share = (number + dice.random()) / 70
        y = scene.horizon + scene.depth * share**1.5
        width = (0.02 + 0.1 * share) * dice.uniform(0.4, 1.3)
        x = scene.sun_x + dice.gauss(0, 0.05 + 0.16 * share)
        canvas.ellipse(x, y, width, 0.0016 + 0.004 * share, palette.light, 0.75 * (1 - share * 0.75))
    for _ in range(round(40 * canvas.right)):
        share = dice.random() ** 0.7
        x, y = dice.uniform(0, canvas.right), scene.horizon + scene.depth * share
        canvas.ellipse(x, y, 0.02 + 0.07 * share, 0.0012 + 0.002 * share, mix(palette.sky[2], PAPER, 0.3), 0.22)
    if not scene.has_walkers:
        return Ridge(points=((0, canvas.bottom - 0.12), (canvas.right, canvas.bottom - 0.12)), right=canvas.right)
    return near_ground(scene, colour=mix(palette.near, mix(palette.dark, _SAND, 0.55), 0.7))


def city(scene: Scene) -> Ridge:
    """Draw rows of towers with lit windows."""
    for nearness, height in ((0.0, 0.34), (0.22, 0.28), (0.46, 0.2)):
        colour = mix(scene.colour_at(nearness + 0.15), scene.palette.dark, 0.2 + nearness)
        foot = scene.horizon + scene.depth * nearness + 0.1
        x = -0.03
        while x < scene.canvas.right:
            width = scene.dice.uniform(0.06, 0.13)
            _tower(scene, (x, foot), (width, height * scene.dice.uniform(0.45, 1.25)), colour)
            x += width + scene.dice.choice((0.0, 0.004, 0.02))
        scene.mist(nearness + 0.1, 0.2)
    return near_ground(scene)


def _tower(scene: Scene, foot: tuple[float, float], size: tuple[float, float], colour: Rgb) -> None:
    (x, y), (width, height) = foot, size
    canvas, dice = scene.canvas, scene.dice
    top = y - height
    canvas.polygon([(x, canvas.bottom), (x, top), (x + width, top), (x + width, canvas.bottom)], colour)
    canvas.polygon(
        [(x + width * 0.7, canvas.bottom), (x + width * 0.7, top), (x + width, top), (x + width, canvas.bottom)],
        scene.palette.dark,
        0.22,
    )
    if dice.choice((True, False, False)):
        canvas.line((x + width / 2, top), (x + width / 2, top - height * 0.2), 0.004, colour)
    lit = 0.5 if scene.palette.is_night else 0.22
    columns = max(2, round(width / 0.022))
    pane = width / columns
    for row in range(int(height / 0.028)):
        for column in range(columns):
            if dice.random() < lit:
                left, up = x + pane * (column + 0.25), top + 0.014 + row * 0.028
                corners = [(left, up), (left + pane * 0.5, up), (left + pane * 0.5, up + 0.013), (left, up + 0.013)]
                canvas.polygon(corners, scene.palette.bloom, 0.85)


def desert(scene: Scene) -> Ridge:
    """Draw dunes with a lit and a shaded side, and cactuses."""
    scene.hills(0.0, rise=0.14, roughness=0.5, colour=scene.colour_at(0.12))
    scene.mist(0.02, 0.3)
    land = scene.hills(0.1, rise=0.1)
    for nearness in (0.12, 0.34, 0.6, 0.85):
        colour = scene.colour_at(0.35 + nearness * 0.65)
        land = scene.hills(nearness, rise=0.17, roughness=0.2, colour=mix(colour, scene.palette.light, 0.16))
        shade = ridge(
            scene.dice, scene.canvas.right, y=scene.horizon + scene.depth * nearness + 0.09, rise=0.2, roughness=0.2
        )
        lower = tuple((x, max(y, land.y_at(x))) for x, y in shade.points)
        lay(scene.canvas, Ridge(points=lower, right=land.right), mix(colour, scene.palette.dark, 0.16))
    for _ in range(round(2 * scene.canvas.right)):
        x = scene.dice.uniform(0, scene.canvas.right)
        if abs(x - scene.canvas.right / 2) > _CLEARING:
            cactus(
                scene.canvas,
                (x, land.y_at(x) + 0.03),
                scene.dice.uniform(0.09, 0.2),
                mix(scene.palette.dark, (40, 90, 60), 0.4),
            )
    return land


def meadow(scene: Scene) -> Ridge:
    """Draw soft hills with trees far off and flowers near by."""
    for nearness in (0.0, 0.14):
        scene.hills(nearness, rise=0.13, roughness=0.25)
        scene.mist(nearness, 0.16)
    land = scene.hills(0.34, rise=0.13, roughness=0.25)
    for _ in range(round(9 * scene.canvas.right)):
        x, size = scene.dice.uniform(0, scene.canvas.right), scene.dice.uniform(0.02, 0.05)
        colour = mix(scene.colour_at(0.5), scene.palette.dark, 0.45)
        scene.canvas.ellipse(x, land.y_at(x) - size * 0.7, size, size * 1.1, colour)
    land = near_ground(scene)
    for number in range(round(110 * scene.canvas.right)):
        near = number / (110 * scene.canvas.right)
        x = scene.dice.uniform(0, scene.canvas.right)
        y = land.y_at(x) + (scene.canvas.bottom - land.y_at(x) + 0.02) * near
        petals = turn_hue(scene.palette.bloom, scene.dice.choice((0.0, -0.12, -0.2, 0.55)))
        bloom(
            scene.dice,
            scene.canvas,
            (x, y),
            0.008 + 0.014 * near,
            (mix(scene.palette.near, scene.palette.dark, 0.5), petals),
        )
    return land


def space(scene: Scene) -> Ridge:
    """Draw drifting light, a ringed planet, and the ground of a moon."""
    dice, canvas, palette = scene.dice, scene.canvas, scene.palette
    for _ in range(7):
        colour = turn_hue(palette.sky[2], dice.uniform(-0.25, 0.25))
        canvas.glow(dice.uniform(0, canvas.right), dice.uniform(0, canvas.bottom), dice.uniform(0.4, 0.9), colour, 0.3)
    _planet(scene)
    scene.hills(0.55, rise=0.14, roughness=0.5, colour=mix(palette.near, palette.far, 0.45))
    land = near_ground(scene)
    for _ in range(round(9 * canvas.right)):
        at = dice.uniform(0, canvas.right)
        wide = dice.uniform(0.02, 0.06)
        down = land.y_at(at) + dice.uniform(0.05, 0.2)
        canvas.ellipse(at, down, wide, wide * 0.28, palette.dark, 0.5)
        canvas.ellipse(at, down + wide * 0.07, wide * 0.9, wide * 0.2, mix(palette.near, palette.far, 0.5), 0.5)
    return land


def _planet(scene: Scene) -> None:
    """Draw a striped planet in the upper left, its ring behind it."""
    dice, canvas, palette = scene.dice, scene.canvas, scene.palette
    x, y, size = (
        canvas.right * dice.uniform(0.2, 0.35),
        canvas.bottom * dice.uniform(0.2, 0.35),
        dice.uniform(0.13, 0.2),
    )
    body = mix(turn_hue(palette.bloom, dice.choice((-0.08, 0.0, 0.45, 0.72))), palette.sky[1], 0.3)
    canvas.glow(x, y, size * 2.4, body, 0.5)
    canvas.ellipse(x, y, size * 2.05, size * 0.42, mix(body, PAPER, 0.5), 0.55)
    canvas.ellipse(x, y, size * 1.6, size * 0.3, palette.sky[0], 0.9)
    canvas.ellipse(x, y, size, size, body)
    for shift, thick, share in ((-0.45, 0.1, 0.3), (-0.05, 0.14, 0.2), (0.4, 0.09, 0.35)):
        canvas.ellipse(
            x,
            y + shift * size,
            size * (1 - shift * shift) ** 0.5 * 0.98,
            thick * size,
            mix(body, palette.dark, share),
            0.7,
        )


PLACES: Mapping[Backdrop, Callable[[Scene], Ridge]] = {
    Backdrop.MOUNTAINS: mountains,
    Backdrop.FOREST: forest,
    Backdrop.SEA: sea,
    Backdrop.CITY: city,
    Backdrop.DESERT: desert,
    Backdrop.MEADOW: meadow,
    Backdrop.SPACE: space,
}
"""Each gives the land on which a subject stands."""
