"""What is left of a picture file, and the fault of one that cannot be left so."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """A file without its metadata; `orientation` is what they said of how it is to be turned."""

    data: bytes
    orientation: int


class NotStripped(ValueError):
    """The file has to be decoded and written anew: of another kind, animated, or not as everybody reads it."""


def joined(parts: Sequence[bytes | memoryview], most_bytes: int) -> bytes:
    """The parts of a file as one. Raises `NotStripped` if they have more than `most_bytes`."""
    if sum(map(len, parts)) > most_bytes:
        raise NotStripped("a picture of more bytes than wanted")
    return b"".join(parts)


_PROFILE_HEADER_BYTES = 128
_SIGNATURE_AT = 36


def checked_profile(profile: bytes) -> bytes:
    """A colour profile up to where it says that it ends (ICC.1, 7.2). Raises `NotStripped` if it is none."""
    (size,) = struct.unpack_from(">L", profile)
    if not _PROFILE_HEADER_BYTES <= size <= len(profile) or profile[_SIGNATURE_AT : _SIGNATURE_AT + 4] != b"acsp":
        raise NotStripped("a colour profile that is none")
    return profile[:size]
