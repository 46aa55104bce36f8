"""Decides whether a file that broke off seems whole, by its last bytes."""

_HEAD_BYTES = 12
_TAIL_BYTES = 12
_SIZE_IN_RIFF = slice(4, 8)
_RIFF_HEADER_BYTES = 8
_ENDS = {b"\x89PNG": b"IEND\xaeB`\x82", b"\xff\xd8\xff": b"\xff\xd9", b"GIF8": b"\x3b"}
"""The first and the last bytes of each kind of picture."""


class PictureEnd:
    """Watches the bytes of a file. The real check of the picture is made when the file is finished."""

    def __init__(self) -> None:
        self._head = self._tail = b""
        self._size_bytes = 0

    def see(self, data: bytes) -> None:
        """Note the next bytes of the file."""
        self._head = (self._head + data[:_HEAD_BYTES])[:_HEAD_BYTES]
        self._tail = (self._tail + data[-_TAIL_BYTES:])[-_TAIL_BYTES:]
        self._size_bytes += len(data)

    @property
    def has_come(self) -> bool:
        """Whether the bytes so far end as this kind of picture does."""
        if self._head.startswith(b"RIFF"):
            said_bytes = int.from_bytes(self._head[_SIZE_IN_RIFF], "little")
            return self._size_bytes >= said_bytes + _RIFF_HEADER_BYTES
        return any(self._head.startswith(begin) and self._tail.endswith(end) for begin, end in _ENDS.items())
