"""Pictures of a test's own, in one colour."""

import io

from PIL import Image


def drawn(
    width: int = 640, height: int = 480, *, kind: str = "PNG", colour: str = "orange", mode: str = "RGB"
) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (width, height), colour).save(buffer, kind)
    return buffer.getvalue()


def size_of(picture: bytes | None) -> tuple[str | None, int, int]:
    """Format, width and height."""
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as opened:
        return opened.format, opened.width, opened.height
