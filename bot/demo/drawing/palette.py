"""The colours of a picture: a light for each hour, a ground for each place, and what a named colour makes of them."""

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.demo.drawing.meanings import Backdrop, Colour, Hour, Rgb, Weather

NAMED: Mapping[Colour, Rgb] = {
    Colour.RED: (214, 62, 52),
    Colour.ORANGE: (236, 130, 44),
    Colour.GOLD: (240, 184, 60),
    Colour.GREEN: (62, 148, 92),
    Colour.TEAL: (44, 160, 158),
    Colour.BLUE: (58, 110, 204),
    Colour.PURPLE: (128, 82, 184),
    Colour.PINK: (238, 128, 166),
    Colour.BROWN: (134, 90, 60),
    Colour.WHITE: (242, 240, 236),
    Colour.BLACK: (44, 44, 52),
    Colour.SILVER: (168, 176, 186),
}

INK: Rgb = (22, 24, 36)
PAPER: Rgb = (250, 246, 236)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one picture, from the top of the sky to the ground at one's feet."""

    sky: tuple[Rgb, Rgb, Rgb]  # top, middle, horizon
    light: Rgb  # sun or moon
    far: Rgb
    near: Rgb
    dark: Rgb  # trees and everything against the light
    bloom: Rgb  # flowers, windows, small bright things
    is_night: bool


_LIGHTS: Mapping[Hour, Palette] = {
    Hour.DAWN: Palette(
        sky=((92, 120, 176), (238, 176, 172), (255, 226, 190)),
        light=(255, 246, 222), far=(196, 158, 188), near=(92, 104, 118), dark=(48, 52, 88),
        bloom=(255, 208, 150), is_night=False,
    ),
    Hour.DAY: Palette(
        sky=((46, 124, 204), (128, 190, 232), (240, 240, 222)),
        light=(255, 248, 214), far=(148, 186, 208), near=(92, 140, 98), dark=(28, 74, 70),
        bloom=(255, 222, 120), is_night=False,
    ),
    Hour.SUNSET: Palette(
        sky=((58, 42, 104), (222, 88, 96), (255, 200, 112)),
        light=(255, 242, 204), far=(186, 92, 124), near=(74, 38, 76), dark=(36, 18, 50),
        bloom=(255, 184, 92), is_night=False,
    ),
    Hour.NIGHT: Palette(
        sky=((8, 11, 36), (26, 40, 96), (84, 108, 168)),
        light=(248, 242, 218), far=(54, 74, 132), near=(20, 30, 64), dark=(8, 12, 32),
        bloom=(255, 216, 130), is_night=True,
    ),
}  # fmt: skip

_GROUNDS: Mapping[Backdrop, tuple[Rgb, float]] = {
    Backdrop.MOUNTAINS: ((66, 124, 92), 0.6),
    Backdrop.FOREST: ((44, 112, 78), 0.6),
    Backdrop.SEA: ((30, 96, 138), 0.4),
    Backdrop.CITY: ((56, 60, 96), 0.5),
    Backdrop.DESERT: ((214, 124, 62), 0.75),
    Backdrop.MEADOW: ((104, 162, 66), 0.75),
    Backdrop.SPACE: ((96, 92, 120), 0.5),
}
"""The colour of a place's own ground, and how much of it shows."""

_SNOW_GROUND: Rgb = (222, 234, 252)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Mix two colours. `share` is the part of the other, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def turn_hue(colour: Rgb, turn: float) -> Rgb:
    """Return the same colour with its hue turned; 1.0 is once around."""
    hue, light, strength = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb((hue + turn) % 1, light, strength))
    return red, green, blue


def _lightness(colour: Rgb) -> float:
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def palette_for(place: Backdrop, hour: Hour, weather: frozenset[Weather]) -> Palette:
    """Return the colours of a place at an hour: the ground is as dark as the hour allows, and pale where snow lies."""
    light = _LIGHTS[hour]
    ground, share = (_SNOW_GROUND, 0.8) if Weather.SNOW in weather else _GROUNDS[place]
    shade = {Hour.DAY: 0.0, Hour.DAWN: 0.12, Hour.SUNSET: 0.42, Hour.NIGHT: 0.66}[hour]
    near = mix(light.near, mix(ground, light.near, shade), share)
    sky = light.sky
    if weather & {Weather.RAIN, Weather.FOG}:
        grey = mix(INK, PAPER, _lightness(sky[1]))
        sky = (mix(sky[0], grey, 0.5), mix(sky[1], grey, 0.5), mix(sky[2], grey, 0.35))
    return replace(light, sky=sky, near=near, far=mix(light.far, near, 0.15))


def _each(palette: Palette, top: Rgb, middle: Rgb, low: Rgb, *others: Rgb) -> Palette:
    light, far, near, dark, bloom = others
    return replace(palette, sky=(top, middle, low), light=light, far=far, near=near, dark=dark, bloom=bloom)


def tinted(palette: Palette, colour: Rgb) -> Palette:
    """Return the palette printed in one colour: dark and light stay where they are."""
    deep, pale = mix(colour, INK, 0.82), mix(colour, PAPER, 0.86)

    def printed(old: Rgb) -> Rgb:
        light = _lightness(old)
        half = 0.5
        new = mix(deep, colour, light / half) if light < half else mix(colour, pale, light / half - 1)
        return mix(old, new, 0.8)

    sky = [printed(part) for part in palette.sky]
    land = [printed(part) for part in (palette.far, palette.near, palette.dark)]
    return _each(palette, *sky, mix(palette.light, PAPER, 0.5), *land, palette.bloom)


def turned(palette: Palette, turn: float) -> Palette:
    """Return the palette with every hue turned a little; 1.0 is once around."""
    parts = (*palette.sky, palette.light, palette.far, palette.near, palette.dark, palette.bloom)
    return _each(palette, *(turn_hue(part, turn) for part in parts))
