"""Removes metadata from a picture file: where it was taken, with what, by whom.

Nothing is decoded. For each kind there is a list, exact to the byte, of what a viewer needs to show the same pixels.
That is kept; everything else is dropped, even if nobody knows what it is. If a needed part does not follow its
standard, the file must be re-encoded.

Only the decoder knows where the coded pixels of a JPEG's scan or of a WebP end. So bytes hidden behind the last pixel,
within the scan itself, are not found, and neither are bytes hidden in the pixels.
"""

import struct
import sys
from collections.abc import Callable, Mapping

from bot.pictures.stripping.jpeg import strip_jpeg
from bot.pictures.stripping.png import strip_png
from bot.pictures.stripping.stripped import NotStripped, Stripped
from bot.pictures.stripping.webp import strip_webp

__all__ = ["NotStripped", "Stripped", "without_metadata"]

_STRIPPERS: Mapping[str, Callable[[bytes, int], Stripped]] = {
    "image/jpeg": strip_jpeg,
    "image/png": strip_png,
    "image/webp": strip_webp,
}
"""The other kinds, GIF, HEIC and AVIF, are always re-encoded."""


def without_metadata(mime: str, data: bytes, most_bytes: int = sys.maxsize) -> Stripped:
    """Return the same pixels without metadata, in at most `most_bytes`. Raises `NotStripped`.

    Blocking, some milliseconds for megabytes. A PNG is decompressed, which takes up to 30 ms for a million pixels.
    """
    strip = _STRIPPERS.get(mime)
    if strip is None:
        raise NotStripped(mime)
    try:
        return strip(data, most_bytes)
    except (struct.error, IndexError) as error:
        raise NotStripped(mime) from error
