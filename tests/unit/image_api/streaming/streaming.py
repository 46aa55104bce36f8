"""Reading a body in a test: what comes of it, with the bytes of each picture in its place."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bot.domain.catalogue.models import Room
from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureTooLarge
from bot.domain.image_faults import UnreadableAnswer
from bot.image_api.formats.gemini_answer import gemini_strings
from bot.image_api.streaming.body_reader import read_body
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from tests.unit.image_api.streaming.spellings import chunked

REFUSED = "refused"
NO_PICTURE = "no picture"


class BytesWriter:
    """A file in memory; any bytes are a picture."""

    def __init__(self, kept: dict[str, bytes], most_bytes: int) -> None:
        self._kept = kept
        self._most_bytes = most_bytes
        self._bytes = b""

    async def write(self, data: bytes) -> None:
        self._bytes += data
        if len(self._bytes) > self._most_bytes:
            raise PictureTooLarge("too large")

    async def finish(self) -> StoredPicture:
        sha256 = hashlib.sha256(self._bytes).hexdigest()
        self._kept[sha256] = self._bytes
        return StoredPicture(sha256=sha256, mime="", width=1, height=1, size_bytes=len(self._bytes))


class BytesSink:
    """A `PictureSink` for tests of the bytes alone."""

    def __init__(self, most_bytes: int = 1_000_000) -> None:
        self.kept: dict[str, bytes] = {}
        self.still_open = 0
        self._most_bytes = most_bytes

    @asynccontextmanager
    async def room(self, room: Room) -> AsyncIterator["BytesSink"]:
        yield self

    @asynccontextmanager
    async def new_file(self) -> AsyncIterator[BytesWriter]:
        self.still_open += 1
        try:
            yield BytesWriter(self.kept, self._most_bytes)
        finally:
            self.still_open -= 1


async def stream(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def streamed(body: bytes, borders: list[int]) -> Any:
    """Return the JSON with the bytes of each picture in its place, as the stream gives it."""
    sink = BytesSink()
    try:
        async with AsyncExitStack() as files:
            answer = await read_body(stream(chunked(body, borders)), sink, files, rule=gemini_strings)
            if answer.fault is not None:
                return REFUSED
            return [await _with_bytes(event, answer, sink) for event in answer.events]
    finally:
        assert sink.still_open == 0


async def _with_bytes(value: Any, answer: Body, sink: BytesSink) -> Any:
    if isinstance(value, dict):
        return {key: await _with_bytes(inner, answer, sink) for key, inner in value.items()}
    if isinstance(value, list):
        return [await _with_bytes(inner, answer, sink) for inner in value]
    if not isinstance(value, str):
        return value
    if picture := answer.picture(value):
        return await _bytes_of(picture, sink)
    pieces = [piece if isinstance(piece, str) else await _bytes_of(piece, sink) for piece in answer.split(value)]
    return value if all(isinstance(piece, str) for piece in pieces) and NO_PICTURE not in pieces else pieces


async def _bytes_of(picture: ArrivedPicture, sink: BytesSink) -> Any:
    if picture.remark:
        return NO_PICTURE
    try:
        return sink.kept[(await picture.finish()).sha256]
    except UnreadableAnswer:
        return NO_PICTURE


BODY = (
    rb'{"candidates":[{"content":{"parts":[{"text":"a \"fox\" \\"},{"inlineData":{"mimeType":"image\/png",'
    rb'"data":"iVBO\u0052w0K\/\/+\nGg=="}}]}}],"in\u006cineData":{"d\u0061ta":"QUJD"},'
    rb'"content":"\u4f60 ![fox](data:image\/png;base64,QU\nJD) d\u0061ta:image/jpeg;base64,QQ=='
    rb' and <b \"data:image/gif;base64,QUI=\">"}'
)
