"""Takes out of a picture file what tells more than the picture: where it was taken, with what, by whom.

Nothing is decoded. What a viewer needs to show the very same pixels is known, for each kind and to the byte, and is
kept; whatever else a file holds stays here, also where nobody has heard of it. What is needed and is not as its
standard says makes the file one that has to be written anew.

Where the coded pixels of a JPEG's scan or of a WebP end, only their decoder knows: bytes that somebody hid behind the
last pixel, within the scan itself, are as little found as those that are hidden in the pixels.
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
"""Of the other kinds, GIF, HEIC and AVIF, nothing is kept: they are always written anew."""


def without_metadata(mime: str, data: bytes, most_bytes: int = sys.maxsize) -> Stripped:
    """The same pixels without metadata, in at most so many bytes. Raises `NotStripped`.

    Blocking, some milliseconds for megabytes; a PNG is unpacked, which takes up to 30 ms for a million pixels.
    """
    strip = _STRIPPERS.get(mime)
    if strip is None:
        raise NotStripped(mime)
    try:
        return strip(data, most_bytes)
    except (struct.error, IndexError) as error:
        raise NotStripped(mime) from error
