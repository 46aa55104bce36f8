"""What a word can mean to the demo painter."""

from dataclasses import dataclass
from enum import StrEnum

Rgb = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


class Backdrop(StrEnum):
    """Where the picture is."""

    MOUNTAINS = "mountains"
    FOREST = "forest"
    SEA = "sea"
    CITY = "city"
    DESERT = "desert"
    MEADOW = "meadow"
    SPACE = "space"


class Hour(StrEnum):
    """The light."""

    DAWN = "dawn"
    DAY = "day"
    SUNSET = "sunset"
    NIGHT = "night"


class Weather(StrEnum):
    """What the air holds."""

    SNOW = "snow"
    RAIN = "rain"
    FOG = "fog"


class Subject(StrEnum):
    """Who or what the picture is about."""

    FOX = "fox"
    CAT = "cat"
    DOG = "dog"
    RABBIT = "rabbit"
    PANDA = "panda"
    BIRD = "bird"
    WHALE = "whale"
    BUTTERFLY = "butterfly"
    PERSON = "person"
    ROBOT = "robot"
    BOAT = "boat"
    HOUSE = "house"
    LIGHTHOUSE = "lighthouse"
    TREE = "tree"
    FLOWER = "flower"
    ROCKET = "rocket"
    BALLOON = "balloon"


class Effect(StrEnum):
    """What is done to the whole picture."""

    GREY = "grey"
    SEPIA = "sepia"
    INVERT = "invert"
    BLUR = "blur"
    BRIGHT = "bright"
    MIRROR = "mirror"


class Colour(StrEnum):
    """A colour that was named."""

    RED = "red"
    ORANGE = "orange"
    GOLD = "gold"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    BROWN = "brown"
    WHITE = "white"
    BLACK = "black"
    SILVER = "silver"


Meaning = Backdrop | Hour | Weather | Subject | Effect | Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was read out of a prompt. `strangers` are words we do not know; each gets a kite of its own colour."""

    places: tuple[Backdrop, ...]
    hour: Hour | None
    weather: frozenset[Weather]
    tint: Colour | None  # a colour that stands by no subject
    subjects: tuple[tuple[Subject, Colour | None], ...]
    effects: tuple[Effect, ...]
    strangers: tuple[str, ...]
