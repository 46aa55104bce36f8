"""A request as it goes over the wire, with pictures in its body. Only one encoded piece of a picture is in memory."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pybase64

from bot.pictures.references import Reference

PIECE_BYTES = 48 * 1024
"""Bytes of a picture encoded to base64 at a time, in some ten microseconds. A multiple of three."""


@dataclass(frozen=True, slots=True)
class AsBase64:
    """A picture that is sent as base64."""

    reference: Reference


Part = bytes | AsBase64 | Reference
"""Bytes, and the file of a reference, are sent as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """What is posted: the path below the endpoint's base URL, and the body, whose parts are sent in order."""

    path: str
    content_type: str = "application/json"
    parts: tuple[Part, ...]

    @property
    def length(self) -> int:
        """The body's length in bytes."""
        return sum(map(_length, self.parts))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body's bytes."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            elif isinstance(part, AsBase64):
                async for piece in _to_base64(part.reference):
                    yield piece
            else:
                async for piece in part.read():
                    yield piece


def _length(part: Part) -> int:
    if isinstance(part, bytes):
        return len(part)
    return base64_length(part.reference.size_bytes) if isinstance(part, AsBase64) else part.size_bytes


def base64_length(size_bytes: int) -> int:
    """Compute the number of base64 characters for so many bytes."""
    return (size_bytes + 2) // 3 * 4


def dumps(value: Any) -> bytes:
    """Encode as JSON without needless white space."""
    return json.dumps(value, separators=(",", ":")).encode()


async def _to_base64(reference: Reference) -> AsyncIterator[bytes]:
    rest = b""
    async for piece in reference.read():
        data = rest + piece
        end = len(data) // 3 * 3
        for start in range(0, end, PIECE_BYTES):
            yield pybase64.b64encode(data[start : min(start + PIECE_BYTES, end)])
        rest = data[end:]
    yield pybase64.b64encode(rest)
