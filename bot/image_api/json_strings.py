"""Takes the big strings out of a JSON text while it arrives, and keeps the small rest.

The rest (the skeleton) is JSON again: each string taken out is replaced by a marker, so that whoever reads it sees
the ordinary shape. Only what is needed to know where a string stands is understood here; whether the text is
JSON is judged by Python's own parser, which reads the skeleton at the end.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

SKELETON_LIMIT = 512 * 1024
"""Bytes of JSON beside the big strings; more is no answer of an image API."""

MOST_DEPTH = 200
"""Arrays and objects within one another; Python's own parser gives up somewhat later."""

_BACKSLASH = ord("\\")
_STRUCTURE = re.compile(rb'["{}\[\]:,]')


class Treatment(Enum):
    """What becomes of a string."""

    KEEP = "keep"
    TAKE_OUT = "take out"
    DROP = "drop"  # replaced by "", and its characters are not looked at


Rule = Callable[[str | None, str | None], Treatment]
"""Decides about a string by its key, and by the key of the object it stands in; None where there is no key."""


@dataclass(frozen=True, slots=True)
class StringPiece:
    """Some characters of string `number`, as they stand in the JSON; the last piece may be empty."""

    number: int
    raw: bytes
    is_last: bool


class NotAnAnswer(ValueError):
    """No JSON object or array, or one larger or deeper than any answer: no need to read on."""


@dataclass(slots=True)
class _Container:
    is_object: bool
    name: str | None  # the key it stands under
    key: str | None = None  # of the value that comes
    is_after_colon: bool = False


class JsonStrings:
    """A push parser: feed it chunks, cut anywhere, and it gives the pieces of the strings to be taken out."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._skeleton = bytearray()
        self._containers: list[_Container] = []
        self._treatment: Treatment | None = None  # of the string we are in
        self._is_escaped = False  # the next character belongs to a backslash before it
        self._string_start = 0  # in the skeleton
        self._count = 0
        self._nonce = secrets.token_hex(8)

    def feed(self, chunk: bytes) -> Iterator[StringPiece]:
        """Take the next bytes. Raises `NotAnAnswer`."""
        position = 0
        while position < len(chunk):
            if self._treatment is None:
                position = self._read_structure(chunk, position)
                continue
            end, is_whole = self._find_end(chunk, position)
            raw = chunk[position:end]
            if self._treatment is Treatment.TAKE_OUT:
                yield StringPiece(self._count - 1, raw, is_whole)
            elif self._treatment is Treatment.KEEP:
                self._keep(raw)
            if is_whole:
                self._end_string()
            position = end + is_whole

    def close(self) -> Any:
        """The whole text was fed: its JSON, with markers. Raises ValueError or RecursionError if it is none."""
        return json.loads(self._skeleton.decode("utf-8-sig"))

    @property
    def is_cut_off(self) -> bool:
        """Whether the text ended inside a string, an array or an object, or never began."""
        return self._treatment is not None or bool(self._containers) or not self._skeleton.strip()

    def number(self, text: str) -> int | None:
        """The number of the string that a marker stands for; None if the text is no marker of ours."""
        nonce, _, number = text.partition(":")
        return int(number) if nonce == self._nonce else None

    def _keep(self, raw: bytes) -> None:
        self._skeleton += raw
        if len(self._skeleton) > SKELETON_LIMIT:
            raise NotAnAnswer("too large")

    def _read_structure(self, chunk: bytes, position: int) -> int:
        found = _STRUCTURE.search(chunk, position)
        end = found.end() if found else len(chunk)
        self._keep(chunk[position:end])
        if found:
            self._understand(found[0])
        return end

    def _understand(self, mark: bytes) -> None:
        within = self._containers[-1] if self._containers else None
        if (within is None and mark not in b"{[") or len(self._containers) > MOST_DEPTH:
            raise NotAnAnswer("not an object or array, or too deep")
        if mark == b'"':
            self._begin_string(within)
        elif mark in b"{[":
            key = within.key if within and within.is_after_colon else None
            self._containers.append(_Container(is_object=mark == b"{", name=key))
        elif mark in b"}]":
            del self._containers[-1:]
        elif within and within.is_object:
            within.is_after_colon = mark == b":"

    def _begin_string(self, within: _Container | None) -> None:
        self._string_start = len(self._skeleton)
        self._treatment = Treatment.KEEP
        if within and within.is_object and within.is_after_colon:
            self._treatment = self._rule(within.key, within.name)
        if self._treatment is Treatment.TAKE_OUT:
            self._keep(f"{self._nonce}:{self._count}".encode())
            self._count += 1

    def _end_string(self) -> None:
        within = self._containers[-1] if self._containers else None
        if within and within.is_object and not within.is_after_colon:
            within.key = _to_key(bytes(self._skeleton[self._string_start :]))
        self._keep(b'"')
        self._treatment = None

    def _find_end(self, chunk: bytes, start: int) -> tuple[int, bool]:
        """Where the closing quote is; the end of the chunk and False if it is not in this chunk."""
        start += self._is_escaped
        self._is_escaped = False
        quote = chunk.find(b'"', start)
        while quote >= 0 and _is_odd_run_of_backslashes(chunk, start, quote):
            quote = chunk.find(b'"', quote + 1)
        if quote >= 0:
            return quote, True
        self._is_escaped = _is_odd_run_of_backslashes(chunk, start, len(chunk))
        return len(chunk), False


def _is_odd_run_of_backslashes(chunk: bytes, start: int, end: int) -> bool:
    index = end
    while index > start and chunk[index - 1] == _BACKSLASH:
        index -= 1
    return (end - index) % 2 == 1


def _to_key(raw: bytes) -> str | None:
    if b"\\" not in raw:
        return raw.decode("utf-8", "replace")
    try:
        return str(json.loads(b'"' + raw + b'"'))
    except ValueError:
        return None  # then the skeleton is no JSON either, and says so at the end
