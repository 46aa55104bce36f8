"""Reading a picture file piece by piece, so that a large or a lying one costs no memory."""

from collections.abc import Iterator
from typing import BinaryIO

from bot.domain.errors import NotAPicture

BLOCK_BYTES = 1 << 20


def read_exactly(file: BinaryIO, count: int) -> bytes:
    """The next `count` bytes. Raises `NotAPicture` if the file ends before."""
    data = file.read(count)
    if len(data) < count:
        raise NotAPicture("the file ends too early")
    return data


def read_blocks(file: BinaryIO, count: int) -> Iterator[bytes]:
    """The next `count` bytes in blocks. Raises `NotAPicture` if the file ends before."""
    while count > 0:
        block = read_exactly(file, min(count, BLOCK_BYTES))
        count -= len(block)
        yield block


def skip(file: BinaryIO, count: int) -> None:
    """Go on `count` bytes; what lies beyond the end is found out by the next read."""
    file.seek(count, 1)
