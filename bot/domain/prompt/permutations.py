"""Expand several prompts in one: `{red, blue} car` is a red car and a blue car.

Groups multiply and nest. A backslash escapes a brace or comma. Braces without a choice stay as they are: a single
option, or the JSON and `key: value` lists that people paste as prompts.

The text is scanned only once, whatever it holds. Counting stops at `MOST_COUNTED` prompts.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

MOST_COUNTED = 1_000
"""Counting stops here: this many prompts are too many in any case."""

_OPEN, _CLOSE, _COMMAS = "{｛", "}｝", ",，、"
_MARKS = re.compile(rf"\\[{{}}｛｝{_COMMAS}]|[{{}}｛｝{_COMMAS}]")
_ESCAPED = re.compile(rf"\\([{{}}｛｝{_COMMAS}])")
_KEY_AND_VALUE = re.compile(r"[:：](?:\s|$)|[\"'”]\s*[:：]")
_SPACES = re.compile(r" {2,}")
_DEEPEST = 8
"""Maximum nesting of groups; anything deeper is plain text."""


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[tuple["_Part", ...], ...]


_Part = str | _Choice


@dataclass(slots=True)
class _Group:
    """A pair of braces by position, and its top-level commas."""

    start: int
    end: int | None = None  # None: it is never closed
    commas: list[int] = field(default_factory=list)


class Permutations:
    """The prompts that a prompt expands to. Their number is known before any is written out.

    `count` includes duplicates and stops at `MOST_COUNTED`; then `prompts` gives only a part of them.
    """

    def __init__(self, prompt: str) -> None:
        parts: list[_Part] = []
        self.count = 1
        for part in _Reader(prompt).parts(0, len(prompt), depth=0):
            parts.append(part)
            self.count = min(MOST_COUNTED, self.count * _count([part]))
            if self.count == MOST_COUNTED:
                break
        self._parts = tuple(parts)

    def prompts(self) -> tuple[str, ...]:
        """Return the prompts in the order they were written, without duplicates."""
        if all(isinstance(part, str) for part in self._parts):
            return ("".join(_texts(self._parts)[0]),)
        return tuple(dict.fromkeys(_SPACES.sub(" ", text).strip() for text in _texts(self._parts)))


class _Reader:
    """Parser of a text whose groups were found in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._groups = _groups(text)
        self._starts = list(self._groups)

    def parts(self, start: int, end: int, *, depth: int) -> Iterator[_Part]:
        """Yield plain text and choices in alternation."""
        while (group := self._next_group(start, end)) is not None and group.end is not None:
            yield self._plain(start, group.start)
            yield (
                self._choice(group.start, group.end, group.commas, depth + 1) or self._text[group.start : group.end + 1]
            )
            start = group.end + 1
        yield self._plain(start, end)

    def _next_group(self, start: int, end: int) -> _Group | None:
        place = bisect_left(self._starts, start)
        is_there = place < len(self._starts) and self._starts[place] < end
        return self._groups[self._starts[place]] if is_there else None

    def _choice(self, start: int, end: int, commas: Sequence[int], depth: int) -> _Choice | None:
        """Return the choice in a pair of braces; None if there is none."""
        if not commas or depth > _DEEPEST or _KEY_AND_VALUE.search(self._text[start + 1 : end]):
            return None
        bounds = (self._stripped(before + 1, after) for before, after in pairwise((start, *commas, end)))
        return _Choice(tuple(tuple(self.parts(begin, stop, depth=depth)) for begin, stop in bounds))

    def _stripped(self, start: int, end: int) -> tuple[int, int]:
        option = self._text[start:end]
        start += len(option) - len(option.lstrip())
        return start, max(start, end - len(option) + len(option.rstrip()))

    def _plain(self, start: int, end: int) -> str:
        return _ESCAPED.sub(r"\1", self._text[start:end])


def _groups(text: str) -> Mapping[int, _Group]:
    """Return every opening brace by position, with its closing brace."""
    groups: dict[int, _Group] = {}
    unclosed: list[_Group] = []
    for match in _MARKS.finditer(text):
        mark = match.group()
        if mark in _OPEN:
            groups[match.start()] = group = _Group(match.start())
            unclosed.append(group)
        elif unclosed and mark in _CLOSE:
            unclosed.pop().end = match.start()
        elif unclosed and mark in _COMMAS:
            unclosed[-1].commas.append(match.start())
    return groups


def _count(parts: Sequence[_Part]) -> int:
    count = 1
    for part in parts:
        if isinstance(part, _Choice):
            count = min(MOST_COUNTED, count * sum(map(_count, part.options)))
    return count


def _texts(parts: Sequence[_Part]) -> list[str]:
    alternatives = [
        [part] if isinstance(part, str) else [text for option in part.options for text in _texts(option)]
        for part in parts
    ]
    return ["".join(chosen) for chosen in product(*alternatives)]
