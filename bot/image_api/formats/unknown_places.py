"""Finds pictures where neither format has them. They are paid for, so using them beats painting once more."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.image_api.streaming.body_stream import ArrivedPicture, Body

_THOUGHT_TYPES = ("thinking", "reasoning")
_OF_THE_REQUEST = re.compile(
    r"thought|thinking|reasoning|request|input|prompt|reference|mask|^messages$|^contents$", re.IGNORECASE
)
"""Below these keys are the model's thoughts, or a gateway's copy of the request."""

_LESSER = re.compile(r"thumb|preview|partial|draft", re.IGNORECASE)
"""Keys of pictures that stand for another one, which is taken first."""

_SAFE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_LONGEST_PLACE = 200
_LONGEST_KEY = 100

_Step = str | int


class FoundPicture:
    """A picture, and the JSON path to it. The path shows no content."""

    def __init__(self, picture: ArrivedPicture, steps: tuple[_Step, ...]) -> None:
        self.picture = picture
        self.place = _shown(steps)
        self.list = tuple(step for step in steps if isinstance(step, str))
        self.is_lesser = any(_LESSER.search(step[:_LONGEST_KEY]) for step in self.list)


def pictures_elsewhere(body: Body, known: Iterable[ArrivedPicture]) -> list[list[FoundPicture]]:
    """Find the pictures of an answer except the known ones, in the order in which to try them.

    Of each list of pictures the first whole one counts. The last picture of a list comes first, since those before it
    are drafts. The model's thoughts, and everything below keys that belong to a request, are left out.
    """
    names = {id(picture) for picture in known}
    lists: dict[tuple[str, ...], list[FoundPicture]] = {}
    for found in _find(body.events, (), body):
        if id(found.picture) not in names:
            names.add(id(found.picture))
            lists.setdefault(found.list, []).append(found)
    ordered = [found[::-1] for found in lists.values()]
    return sorted(ordered, key=lambda found: found[0].is_lesser)


def _find(value: Any, steps: tuple[_Step, ...], body: Body) -> Iterator[FoundPicture]:
    if isinstance(value, str):
        for piece in body.split(value):
            if isinstance(piece, ArrivedPicture):
                yield FoundPicture(piece, steps)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _find(inner, (*steps, place), body)
    elif isinstance(value, dict) and value.get("thought") is not True and value.get("type") not in _THOUGHT_TYPES:
        for key, inner in value.items():
            if not _OF_THE_REQUEST.search(key[:_LONGEST_KEY]):
                yield from _find(inner, (*steps, key), body)


def _shown(steps: tuple[_Step, ...]) -> str:
    """Format a path for the owner. For an event stream it begins with the number of the event."""
    shown = "".join(_shown_step(step) for step in (steps[1:] if steps[:1] == (0,) else steps))
    return shown.removeprefix(".")[:_LONGEST_PLACE]


def _shown_step(step: _Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _SAFE_KEY.fullmatch(step) else ".?"
