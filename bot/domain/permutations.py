"""Several prompts in one: `{red, blue} car` is a red car and a blue car.

Groups multiply and nest. A backslash takes the meaning from a brace or comma. Braces that hold no choice stay as they
are: one thing alone, and the JSON or `key: value` lists that people paste as prompts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

_OPEN, _CLOSE, _COMMAS = "{｛", "}｝", ",，、"
_MARKS = re.compile(rf"\\[{{}}｛｝{_COMMAS}]|[{{}}｛｝{_COMMAS}]")
_ESCAPED = re.compile(rf"\\([{{}}｛｝{_COMMAS}])")
_KEY_AND_VALUE = re.compile(r"[:：](?:\s|$)|[\"'”]\s*[:：]")
_SPACES = re.compile(r" {2,}")
_DEEPEST = 8
"""Groups within groups; whatever lies deeper is text."""


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[tuple["_Part", ...], ...]


_Part = str | _Choice


class Permutations:
    """The prompts that a prompt stands for. How many there are is known before any is written out."""

    def __init__(self, prompt: str) -> None:
        self._parts = tuple(_read(prompt, depth=0))

    @property
    def count(self) -> int:
        """How many there are, equal ones counted each."""
        return _count(self._parts)

    def prompts(self) -> tuple[str, ...]:
        """All of them, in the order they were written, each once."""
        if all(isinstance(part, str) for part in self._parts):
            return ("".join(_texts(self._parts)[0]),)
        return tuple(dict.fromkeys(_SPACES.sub(" ", text).strip() for text in _texts(self._parts)))


def _count(parts: Sequence[_Part]) -> int:
    return prod(sum(map(_count, part.options)) for part in parts if isinstance(part, _Choice))


def _texts(parts: Sequence[_Part]) -> list[str]:
    alternatives = [
        [part] if isinstance(part, str) else [text for option in part.options for text in _texts(option)]
        for part in parts
    ]
    return ["".join(chosen) for chosen in product(*alternatives)]


def _read(text: str, *, depth: int) -> Iterator[_Part]:
    """Text and choices by turns."""
    position = 0
    while (start := _find(text, _OPEN, position)) is not None:
        end = _closing(text, start)
        if end is None:
            break
        yield _ESCAPED.sub(r"\1", text[position:start])
        yield _choice(text[start + 1 : end], depth=depth + 1) or text[start : end + 1]
        position = end + 1
    yield _ESCAPED.sub(r"\1", text[position:])


def _choice(body: str, *, depth: int) -> _Choice | None:
    """The choice in a pair of braces; None if there is none."""
    options = _split(body)
    if len(options) == 1 or depth > _DEEPEST or _KEY_AND_VALUE.search(body):
        return None
    return _Choice(tuple(tuple(_read(option.strip(), depth=depth)) for option in options))


def _find(text: str, marks: str, start: int) -> int | None:
    return next((at for at, mark in _marks(text, start) if mark in marks), None)


def _closing(text: str, start: int) -> int | None:
    """Where the brace that opens at `start` is closed; None if it never is."""
    depth = 0
    for at, mark in _marks(text, start):
        depth += (mark in _OPEN) - (mark in _CLOSE)
        if depth == 0:
            return at
    return None


def _split(body: str) -> list[str]:
    """The options of a group: what stands between commas that are in no group of their own."""
    options, depth, begun = [], 0, 0
    for at, mark in _marks(body, 0):
        depth += (mark in _OPEN) - (mark in _CLOSE)
        if depth == 0 and mark in _COMMAS:
            options.append(body[begun:at])
            begun = at + 1
    return [*options, body[begun:]]


def _marks(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Braces and commas with their places, but for those that a backslash stands before."""
    return ((match.start(), match.group()) for match in _MARKS.finditer(text, start) if len(match.group()) == 1)
