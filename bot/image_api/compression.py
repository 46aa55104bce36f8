"""The bytes of a compressed answer, in pieces that stay small however well they were packed.

httpx would unpack each piece as a whole: sixty kilobytes of zeros become sixty megabytes at a stretch.
"""

import zlib
from collections.abc import AsyncIterable, AsyncIterator

import httpx

from bot.domain.image_faults import ConnectionLost, UnreadableAnswer

ACCEPT_ENCODING = "gzip"
"""What we say we take; base64 shrinks by a quarter."""

PIECE_BYTES = 64 * 1024

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_NAMES = frozenset({"gzip", "x-gzip", "deflate"})


async def unpacked(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body's bytes. Raises `UnreadableAnswer` if it is packed in a way we do not know, or badly."""
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
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        async for chunk in chunks:
            rest = chunk
            while rest and not inflater.eof:
                yield inflater.decompress(rest, PIECE_BYTES)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise UnreadableAnswer("the answer's compression is broken") from error
    if not inflater.eof:
        raise ConnectionLost("the answer broke off in the middle")
