"""Answers of a simulated endpoint, written out piece by piece: no body is ever held whole."""

import asyncio
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

PIECE_BYTES = 48 * 1024
"""Bytes of a picture that are turned into base64 at a time; a multiple of three."""

TINY_BASE64 = "iVBORw0KGgo="
"""Stands for a picture where only the shape of an answer is looked at."""

Picture = bytes | Path
Spelling = Callable[[bytes], bytes]


def plain(text: bytes) -> bytes:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Base64Of:
    """A string of a JSON body: base64 of a picture. `spelled` writes each piece of it as a gateway would."""

    picture: Picture
    prefix: str = ""
    spelled: Spelling = plain
    is_padded: bool = True

    def pieces(self) -> Iterator[bytes]:
        yield json.dumps(self.prefix)[1:-1].encode()
        for piece in self._picture_pieces():
            text = binascii.b2a_base64(piece, newline=False)
            yield self.spelled(text if self.is_padded else text.rstrip(b"="))

    def _picture_pieces(self) -> Iterator[bytes]:
        if isinstance(self.picture, bytes):
            for start in range(0, len(self.picture), PIECE_BYTES):
                yield self.picture[start : start + PIECE_BYTES]
            return
        with self.picture.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


class Text:
    """A string of a JSON body: words with pictures between them."""

    def __init__(self, *parts: str | Base64Of) -> None:
        self._parts = parts

    def pieces(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, str):
                yield json.dumps(part, ensure_ascii=False)[1:-1].encode()
            else:
                yield from part.pieces()


class Lines:
    """A body of several parts, one after the other: bytes as they are, anything else as JSON."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the next requests get: JSON that may hold `Base64Of` and `Text`, `Lines`, or bytes as they are."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_judged: bool = True  # a normal answer, which the format's own judge must accept
    latency_seconds: float = 0.0  # before its first header
    chunk_bytes: int = 64 * 1024  # how much leaves at a time …
    pause_seconds: float = 0.0  # … and how long nothing leaves after it
    cut_at: int | None = None  # the connection breaks after so many bytes of the body
    ends_at: int | None = None  # the answer ends after so many bytes, as if it were whole
    length_off_by: int | None = None  # None: no Content-Length; else it says so many bytes more than there are
    is_gzipped: bool = False
    gate: asyncio.Event | None = None  # the answer waits here …
    gate_at: int | None = None  # … after so many bytes of the body; None: before its first header

    def pieces(self) -> Iterator[bytes]:
        """Yield the body."""
        for part in self.body.parts if isinstance(self.body, Lines) else [self.body]:
            if isinstance(part, bytes):
                yield part
            else:
                yield from _json_pieces(part)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in chunks of `chunk_bytes`, up to the place where it ends."""
        left = self.ends_at
        waiting = bytearray()
        for piece in self.pieces():
            waiting += piece if left is None else piece[:left]
            left = None if left is None else max(0, left - len(piece))
            while len(waiting) >= self.chunk_bytes:
                yield bytes(waiting[: self.chunk_bytes])
                del waiting[: self.chunk_bytes]
        yield bytes(waiting)

    def content_length(self) -> int | None:
        """Return what the header says. The body is written once to find out how long it is."""
        return None if self.length_off_by is None else sum(map(len, self.chunks())) + self.length_off_by

    def outlines(self) -> Iterator[str]:
        """Yield each JSON document with something tiny for each picture, for whoever judges its shape."""
        for part in self.body.parts if isinstance(self.body, Lines) else [self.body]:
            if not isinstance(part, bytes):
                yield json.dumps(part, default=lambda _: TINY_BASE64)


def _json_pieces(document: Any) -> Iterator[bytes]:
    pictures: dict[str, Base64Of | Text] = {}

    def placeholder(leaf: object) -> str:
        assert isinstance(leaf, Base64Of | Text)
        pictures[uuid4().hex] = leaf
        return [*pictures][-1]

    rest = json.dumps(document, default=placeholder, ensure_ascii=False)
    for mark, picture in pictures.items():
        before, _, rest = rest.partition(mark)
        yield before.encode()
        yield from picture.pieces()
    yield rest.encode()
