"""Produces a request body: JSON with pictures in it. Only one piece of a picture is in memory at a time."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pybase64

from bot.pictures.references import Reference

PIECE_BYTES = 48 * 1024
"""Bytes of a picture encoded to base64 at a time, in some ten microseconds. A multiple of three."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The JSON's parts in order: bytes sent as they are, and pictures sent as base64."""

    parts: tuple[bytes | Reference, ...]

    @property
    def length(self) -> int:
        """The body's length in bytes."""
        return sum(len(part) if isinstance(part, bytes) else base64_length(part.size_bytes) for part in self.parts)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body's bytes."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                async for piece in _to_base64(part):
                    yield piece


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
