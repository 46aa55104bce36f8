"""Who and what can stand, fly or swim in a picture, and where each is at home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.demo.drawing.meanings import Backdrop, Colour, Rgb, Subject
from bot.demo.drawing.subjects import animals, things
from bot.demo.drawing.subjects.shapes import Shape


class Home(IntEnum):
    """Where a subject is at home, from the back of a picture to its front."""

    SKY = 1
    WATER = 2
    GROUND = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A motif with its usual colour and its height in short sides."""

    shapes: tuple[Shape, ...]
    colour: Rgb
    height: float
    home: Home = Home.GROUND
    place: Backdrop | None = None  # where it belongs if the prompt names no place


FIGURES: Mapping[Subject, Figure] = {
    Subject.FOX: Figure(animals.FOX, (226, 112, 44), 0.42),
    Subject.CAT: Figure(animals.CAT, (98, 98, 122), 0.41),
    Subject.DOG: Figure(animals.DOG, (182, 126, 78), 0.42),
    Subject.RABBIT: Figure(animals.RABBIT, (196, 184, 174), 0.42, place=Backdrop.MEADOW),
    Subject.PANDA: Figure(animals.PANDA, (70, 152, 96), 0.44, place=Backdrop.FOREST),
    Subject.BIRD: Figure(animals.BIRD, (246, 246, 244), 0.17, Home.SKY),
    Subject.WHALE: Figure(animals.WHALE, (58, 98, 156), 0.44, Home.WATER, Backdrop.SEA),
    Subject.BUTTERFLY: Figure(animals.BUTTERFLY, (240, 132, 66), 0.22, Home.SKY, Backdrop.MEADOW),
    Subject.PERSON: Figure(animals.PERSON, (204, 66, 60), 0.36),
    Subject.ROBOT: Figure(things.ROBOT, (86, 160, 172), 0.44),
    Subject.BOAT: Figure(things.BOAT, (214, 70, 58), 0.46, Home.WATER, Backdrop.SEA),
    Subject.HOUSE: Figure(things.HOUSE, (196, 74, 58), 0.4),
    Subject.LIGHTHOUSE: Figure(things.LIGHTHOUSE, (212, 62, 54), 0.6, place=Backdrop.SEA),
    Subject.TREE: Figure(things.TREE, (84, 146, 80), 0.54, place=Backdrop.MEADOW),
    Subject.FLOWER: Figure(things.FLOWER, (226, 82, 92), 0.42, place=Backdrop.MEADOW),
    Subject.ROCKET: Figure(things.ROCKET, (216, 66, 56), 0.44, Home.SKY, Backdrop.SPACE),
    Subject.BALLOON: Figure(things.BALLOON, (220, 74, 60), 0.42, Home.SKY),
}

Wanted = Sequence[tuple[Subject, Colour | None]]
"""Subjects, each with the colour it was given."""


def home_of(subjects: Wanted) -> Backdrop | None:
    """Return the place of the first subject that has one; None if none has."""
    return next((FIGURES[subject].place for subject, _ in subjects if FIGURES[subject].place), None)


def has_walkers(subjects: Wanted) -> bool:
    """Whether somebody stands on the ground."""
    return any(FIGURES[subject].home is Home.GROUND for subject, _ in subjects)
