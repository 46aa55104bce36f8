"""Decompresses an answer in pieces that stay small, however high the compression ratio.

httpx would decompress each piece as a whole: sixty kilobytes of zeros become sixty megabytes at once.
"""

import asyncio
import zlib
from collections.abc import AsyncIterable, AsyncIterator

import httpx

from bot.domain.image_faults import ConnectionLost, UnreadableAnswer

ACCEPT_ENCODING = "gzip"
"""The encoding we accept. It makes base64 a quarter smaller."""

PIECE_BYTES = 64 * 1024

MOST_MEMBERS = 4096
"""Gzip streams one after the other in an answer. A server may end one with every event that it sends."""

_SHORT_PIECE_BYTES = 1024
"""Bytes after the end of a member are copied, so the next member is first given only so many."""

_STEPS = (4096, 256, 16, 1)
"""Bytes. Each step size is tried at most sixteen times before the next."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_GZIP = b"\x1f\x8b"
_ZLIB_METHOD, _ZLIB_CHECK = 0x78, 31  # https://www.rfc-editor.org/rfc/rfc1950#section-2.2
_HEAD_BYTES = 2
_NAMES = frozenset({"gzip", "x-gzip", "deflate"})


async def unpacked(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the decompressed body. Raises `UnreadableAnswer` if its compression is unknown or broken."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        async for chunk in response.aiter_raw():
            yield chunk
    elif encoding in _NAMES:
        async for chunk in _inflated(response.aiter_raw()):
            yield chunk
    else:
        raise UnreadableAnswer("the answer is compressed in a way that was not asked for")


async def _inflated(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield the bytes of every gzip member.

    If a proxy has decompressed the body but left the header, yield it unchanged.
    """
    source = aiter(chunks)
    head = b""
    while len(head) < _HEAD_BYTES and (chunk := await anext(source, None)) is not None:
        head += chunk
    if head and not _is_packed(head):
        yield head
        async for chunk in source:
            yield chunk
        return
    members = _Members()
    try:
        async for piece in members.feed(head):
            yield piece
        async for chunk in source:
            async for piece in members.feed(chunk):
                yield piece
    except zlib.error as error:
        raise UnreadableAnswer("the answer's compression is broken") from error
    if not members.is_whole:
        raise ConnectionLost("the answer broke off in the middle")


class _Members:
    """Decompresses gzip members that follow one another. Anything else after a member is left out."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._count = 1
        self._after = b""  # bytes after the end of a member, too few to say whether another begins
        self._has_ended = False  # the last member was followed by something else

    @property
    def is_whole(self) -> bool:
        """Whether the last member is complete."""
        return self._inflater.eof

    async def feed(self, chunk: bytes) -> AsyncIterator[bytes]:
        """Decompress the next bytes. Raises `zlib.error` and `UnreadableAnswer`."""
        data = self._after + chunk
        self._after = b""
        position, most = 0, PIECE_BYTES
        while position < len(data) and not self._has_ended:
            if self._inflater.eof:
                if len(data) - position < _HEAD_BYTES:
                    self._after = data[position:]
                    return
                self._begin_member(data[position : position + _HEAD_BYTES])
                most = _SHORT_PIECE_BYTES
                continue
            piece = data[position : position + most]
            async for unpacked_piece in self._unpack(piece):
                yield unpacked_piece
            position += len(piece) - len(self._inflater.unused_data)
            most = min(2 * most, PIECE_BYTES)

    async def _unpack(self, piece: bytes) -> AsyncIterator[bytes]:
        is_done = False
        while not is_done:
            before = self._inflater.copy()
            try:
                data = self._inflater.decompress(piece, PIECE_BYTES)
            except zlib.error:
                yield _before_fault(before, piece)
                raise
            yield data
            piece = self._inflater.unconsumed_tail
            is_done = self._inflater.eof or (not piece and len(data) < PIECE_BYTES)
            if not is_done:  # the output is much larger than the input: let other tasks run
                await asyncio.sleep(0)

    def _begin_member(self, head: bytes) -> None:
        if head != _GZIP:
            self._has_ended = True
            return
        self._count += 1
        if self._count > MOST_MEMBERS:
            raise UnreadableAnswer(f"the answer is packed in more than {MOST_MEMBERS} pieces")
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)


def _before_fault(inflater: "zlib._Decompress", piece: bytes) -> bytes:
    """Decompress the bytes before an error, in ever smaller steps.

    A wrong checksum comes after all the data. zlib reports it with the last byte, whose output is lost.
    """
    data = bytearray()
    for step in _STEPS:
        while len(data) < PIECE_BYTES:
            tried = inflater.copy()
            try:
                data += tried.decompress(piece, step)
            except zlib.error:
                break
            inflater, piece = tried, tried.unconsumed_tail
    return bytes(data)


def _is_packed(head: bytes) -> bool:
    if len(head) < _HEAD_BYTES:
        return _GZIP.startswith(head)
    is_zlib = head[0] == _ZLIB_METHOD and int.from_bytes(head[:_HEAD_BYTES], "big") % _ZLIB_CHECK == 0
    return head.startswith(_GZIP) or is_zlib
