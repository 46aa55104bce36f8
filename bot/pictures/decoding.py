"""Opens picture files with the libraries that decode them, and refuses those that would take too much memory."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from bot.domain.errors import PictureTooLarge

BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, TypeError, RuntimeError, MemoryError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What the decoders are known to raise for files that are broken or made to harm."""

MOST_MEMORY_BYTES = 650_000_000
"""What one picture may take while it is decoded."""

_BYTES_PER_PIXEL = {"PNG": 4, "GIF": 5, "JPEG": 10, "HEIF": 10, "AVIF": 13, "WEBP": 17}
"""What the decoders take at their peak, measured with pictures of 12 to 89 million pixels."""

_DRAFT_PIXELS = 25_000_000
"""A JPEG with more is decoded at half its size, which its coding gives for nothing."""


def opened(data: bytes) -> Image.Image:
    """A picture that is not decoded yet, if its kind allows. Raises `PictureTooLarge`, or one of `BROKEN`."""
    if data[4:8] == b"ftyp" and b"avi" not in data[8:64]:
        import pillow_heif

        heif = pillow_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
        _check(heif.size, "HEIF")
        return heif.to_pillow()
    picture = Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF", "AVIF"))
    if picture.format == "JPEG" and picture.width * picture.height > _DRAFT_PIXELS:
        picture.draft(None, (picture.width // 2, picture.height // 2))
    _check(picture.size, picture.format or "")
    return picture


def _check(size: tuple[int, int], kind: str) -> None:
    width, height = size
    if width * height * _BYTES_PER_PIXEL[kind] > MOST_MEMORY_BYTES:
        raise PictureTooLarge(f"a {kind} of {width}×{height} pixels, which takes too much memory to decode")
