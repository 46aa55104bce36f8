"""How each string of an answer is treated: as a picture, as words, or passed over."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Treatment(Enum):
    """What to do with a string."""

    KEEP = "keep"  # except the pictures in it
    TAKE_OUT = "take out"
    DROP = "drop"  # replaced by "", and its characters are not parsed


Rule = Callable[[str | None, str | None], Treatment]
"""Decides about a string by its key, and by the key of the object that it is in. None means that there is no key."""


@dataclass(frozen=True, slots=True)
class PicturePiece:
    """Some characters of picture `number`, as they stand in the JSON."""

    number: int
    raw: bytes
    ends_string: bool = False  # no escape continues beyond these characters


class NotAnAnswer(ValueError):
    """Not a JSON object or array, or one larger or deeper than any answer. Reading on is of no use."""
