"""The result of stripping a picture file, and the fault if it cannot be stripped."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """A file without its metadata. `orientation` is the EXIF orientation that they contained."""

    data: bytes
    orientation: int


class NotStripped(ValueError):
    """The file must be decoded and re-encoded: another kind, animated, or not in the common form."""


def joined(parts: Sequence[bytes | memoryview], most_bytes: int) -> bytes:
    """Join the parts of a file. Raises `NotStripped` if they have more than `most_bytes`."""
    if sum(map(len, parts)) > most_bytes:
        raise NotStripped("a picture of more bytes than wanted")
    return b"".join(parts)


_PROFILE_HEADER_BYTES = 128
_SIGNATURE_AT = 36


def checked_profile(profile: bytes) -> bytes:
    """Cut a colour profile at the end that it declares (ICC.1, 7.2). Raises `NotStripped` if it is no profile."""
    (size,) = struct.unpack_from(">L", profile)
    if not _PROFILE_HEADER_BYTES <= size <= len(profile) or profile[_SIGNATURE_AT : _SIGNATURE_AT + 4] != b"acsp":
        raise NotStripped("a colour profile that is none")
    return profile[:size]
