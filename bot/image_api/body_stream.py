"""Reads an answer of megabytes without ever holding it: pictures go to their files while they arrive.

chunks ─ EventLines ─ JsonStrings ─┬─ skeleton ─ json.loads ─ Body.events, a marker in the place of each picture
                                   └─ Base64Text ─ PictureWriter ─ ArrivedPicture
"""

import asyncio
from collections.abc import AsyncIterable, Iterable
from contextlib import AsyncExitStack
from typing import Any

from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureFault
from bot.domain.image_faults import ConnectionLost, UnreadableAnswer
from bot.image_api.base64_text import Base64Text, NotJson
from bot.image_api.event_lines import EventLines, Line, TooManyLines
from bot.image_api.json_strings import JsonStrings, NotAnAnswer, PicturePiece, Rule
from bot.ports import PictureSink, PictureWriter

CHUNK_BYTES = 64 * 1024
"""No more than this is understood at a stretch, so that the event loop goes on."""

CLOSE_LOOK_BYTES = 1024
"""After so much that is no picture, which costs more time than pictures do, others have their turn."""

MOST_PICTURES = 32
"""Pictures in one answer; models send ten at most, and each is an open file."""

TAIL_BYTES = 64
"""So many of a picture's last bytes, with its size, tell it from any other."""

MOST_BYTES = 1 << 30
"""Bytes of one answer: twenty pictures of the largest kind. More would only fill the disk."""


class ArrivedPicture:
    """A picture of an answer, in a file that is not finished yet.

    One that turns out to be none is no fault of the answer: most likely it is a draft, and nobody wants it.
    """

    def __init__(self) -> None:
        self._text = Base64Text()
        self._writer: PictureWriter | None = None
        self._refused: PictureFault | None = None
        self._size_bytes = 0
        self._tail = b""

    async def add(self, piece: PicturePiece, sink: PictureSink, files: AsyncExitStack) -> None:
        """Take characters as they stand in the JSON. Raises `NotJson`."""
        data = self._text.feed(piece.raw)
        if piece.ends_string:
            data += self._text.end_string()
        await self._write(data, sink, files)

    async def close(self, sink: PictureSink, files: AsyncExitStack) -> None:
        """No more characters will come. Raises `NotJson`."""
        await self._write(self._text.close(), sink, files)

    async def _write(self, data: bytes, sink: PictureSink, files: AsyncExitStack) -> None:
        if not data or self._refused:
            return
        self._size_bytes += len(data)
        self._tail = (self._tail + data[-TAIL_BYTES:])[-TAIL_BYTES:]
        if self._writer is None:
            self._writer = await files.enter_async_context(sink.new_file())
        try:
            await self._writer.write(data)
        except PictureFault as fault:
            self._refused = fault

    def is_same(self, data: bytes) -> bool:
        """Whether these are its bytes, as far as their number and the last of them tell."""
        return self._size_bytes == len(data) and self._tail == data[-TAIL_BYTES:]

    async def finish(self) -> StoredPicture:
        """Make it a picture file. Raises `UnreadableAnswer` if its bytes are no picture."""
        if self._text.fault or self._writer is None:
            raise UnreadableAnswer(f"the endpoint sent a picture that is {self._text.fault or 'empty'}")
        try:
            if self._refused:
                raise self._refused
            return await self._writer.finish()
        except PictureFault as fault:
            raise UnreadableAnswer(f"the endpoint sent a picture that cannot be used: {fault}") from fault


class Body:
    """An answer that was read to its end: its JSON, and the pictures its markers stand for.

    `events` holds one document, or each of an event stream; it may be empty.
    """

    def __init__(self, events: tuple[Any, ...], strings: JsonStrings, pictures: list[ArrivedPicture]) -> None:
        self.events = events
        self._strings = strings
        self._pictures = pictures

    def picture(self, value: object) -> ArrivedPicture | None:
        """The picture that stood where this value stands in the JSON; None if it is an ordinary value."""
        number = self._strings.number(value) if isinstance(value, str) else None
        return None if number is None else self._pictures[number]

    def split(self, text: str) -> list[str | ArrivedPicture]:
        """A text of the JSON, and the pictures that stood in it as `data:` URIs, in their order."""
        return [piece if isinstance(piece, str) else self._pictures[piece] for piece in self._strings.split(text)]


async def read_body(chunks: AsyncIterable[bytes], sink: PictureSink, files: AsyncExitStack, *, rule: Rule) -> Body:
    """Read an answer to its end; `rule` says which strings are pictures.

    The pictures' files are entered into `files`: those not finished when it closes leave nothing behind. Raises
    `UnreadableAnswer` if it is no JSON or out of all bounds, and `ConnectionLost` if it ends in the middle.
    """
    reader = _Reader(JsonStrings(rule), sink, files)
    received = 0
    try:
        async for chunk in chunks:
            received += len(chunk)
            if received > MOST_BYTES:
                raise UnreadableAnswer(f"the answer has more than {MOST_BYTES:,} bytes")
            await reader.read(chunk)
        return await reader.close()
    except (NotJson, NotAnAnswer, TooManyLines) as error:
        raise UnreadableAnswer("the answer is not JSON, or none of an image API") from error


class _Reader:
    """The state of reading one answer."""

    def __init__(self, strings: JsonStrings, sink: PictureSink, files: AsyncExitStack) -> None:
        self._lines = EventLines()
        self._strings = strings
        self._sink = sink
        self._files = files
        self._pictures: list[ArrivedPicture] = []
        self._events: list[Any] = []

    async def read(self, chunk: bytes) -> None:
        start = 0
        while start < len(chunk):
            is_picture = self._strings.is_in_picture
            end = _end_of_picture(chunk, start) if is_picture else start + CLOSE_LOOK_BYTES
            await self._take(self._lines.feed(chunk[start:end]))
            start = end
            if not is_picture:
                await asyncio.sleep(0)

    async def _take(self, pieces: Iterable[bytes | Line]) -> None:
        for piece in pieces:
            if isinstance(piece, Line):
                self._end_line()
                continue
            for part in self._strings.feed(piece):
                await self._picture(part.number).add(part, self._sink, self._files)

    async def close(self) -> Body:
        await self._take(self._lines.close())
        for picture in self._pictures:
            await picture.close(self._sink, self._files)
        if self._strings.is_cut_off or not (self._events or self._lines.is_event_stream):
            raise ConnectionLost("the answer broke off in the middle")
        return Body(tuple(self._events), self._strings, self._pictures)

    def _end_line(self) -> None:
        """A line of an event stream has ended, and with it most often a document; or the whole body has."""
        if self._strings.is_cut_off or self._strings.skip_blank():
            return
        try:
            self._events.append(self._strings.end_document())
        except (ValueError, RecursionError) as error:
            raise UnreadableAnswer("the answer is not JSON") from error

    def _picture(self, number: int) -> ArrivedPicture:
        if number >= MOST_PICTURES:
            raise UnreadableAnswer(f"the answer has more than {MOST_PICTURES} pictures")
        if number == len(self._pictures):
            self._pictures.append(ArrivedPicture())
        return self._pictures[number]


def _end_of_picture(chunk: bytes, start: int) -> int:
    """How far a picture surely goes, so that what follows it is looked at in small steps."""
    most = start + CHUNK_BYTES
    ends = (chunk.find(mark, start, most) for mark in (b'"', b")"))
    return min((end + 1 for end in ends if end >= 0), default=most)
