"""Read a picture file in small pieces, so that a large file or a false length costs no memory."""

from collections.abc import Iterator
from typing import BinaryIO

from bot.domain.errors import NotAPicture

BLOCK_BYTES = 1 << 20


def read_exactly(file: BinaryIO, count: int) -> bytes:
    """Read the next `count` bytes. Raises `NotAPicture` if the file ends before."""
    data = file.read(count)
    if len(data) < count:
        raise NotAPicture("the file ends too early")
    return data


def read_blocks(file: BinaryIO, count: int) -> Iterator[bytes]:
    """Read the next `count` bytes in blocks. Raises `NotAPicture` if the file ends before."""
    while count > 0:
        block = read_exactly(file, min(count, BLOCK_BYTES))
        count -= len(block)
        yield block


def skip(file: BinaryIO, count: int) -> None:
    """Skip `count` bytes. If that is beyond the end, the next read fails."""
    file.seek(count, 1)
