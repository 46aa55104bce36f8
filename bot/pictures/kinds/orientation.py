"""The EXIF orientation of a picture (EXIF 2.32, 4.6.4 A; TIFF 6.0, section 2)."""

import struct

ORIENTATION_TAG = 0x0112
MOST_EXIF_BYTES = 1 << 16
"""The maximum size of an EXIF block in a JPEG. In other kinds a larger block is ignored."""

UPRIGHT = 1
SIDEWAYS = frozenset({5, 6, 7, 8})
_TURNS = range(1, 9)
_MOST_ENTRIES = 1000


def is_sideways(exif: bytes) -> bool:
    """Whether a viewer swaps width and height."""
    return orientation(exif) in SIDEWAYS


def orientation(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1 is upright. Broken EXIF data counts as none, as in viewers."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return UPRIGHT
    try:
        found = _orientation(tiff, order)
    except struct.error:
        return UPRIGHT
    return found if found in _TURNS else UPRIGHT


def _orientation(tiff: bytes, order: str) -> int:
    (directory,) = struct.unpack_from(f"{order}L", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
    for number in range(min(entries, _MOST_ENTRIES)):
        tag, _, _, value = struct.unpack_from(f"{order}HHLH", tiff, directory + 2 + 12 * number)
        if tag == ORIENTATION_TAG:
            return int(value)
    return UPRIGHT
