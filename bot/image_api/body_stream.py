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
from bot.image_api.event_lines import EventLines, Line
from bot.image_api.json_strings import JsonStrings, NotAnAnswer, PicturePiece, Rule
from bot.ports import PictureSink, PictureWriter

CHUNK_BYTES = 64 * 1024
"""No more than this is understood at a stretch, so that the event loop goes on."""

CLOSE_LOOK_BYTES = 2 * 1024
"""After so much JSON that is no picture, which costs more time than pictures do, others have their turn."""

MOST_PICTURES = 32
"""Pictures in one answer; models send ten at most, and each is an open file."""

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

    async def add(self, piece: PicturePiece, sink: PictureSink, files: AsyncExitStack) -> None:
        """Take characters as they stand in the JSON. Raises `NotJson`."""
        data = self._text.feed(piece.raw)
        if piece.is_last:
            data += self._text.close()
        if not data or self._refused:
            return
        if self._writer is None:
            self._writer = await files.enter_async_context(sink.new_file())
        try:
            await self._writer.write(data)
        except PictureFault as fault:
            self._refused = fault

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
    except (NotJson, NotAnAnswer) as error:
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
        self._step = CLOSE_LOOK_BYTES

    async def read(self, chunk: bytes) -> None:
        start = 0
        while start < len(chunk):
            kept_bytes = self._strings.kept_bytes
            await self._take(self._lines.feed(chunk[start : start + self._step]))
            start += self._step
            is_picture = self._strings.kept_bytes - kept_bytes < CLOSE_LOOK_BYTES // 2
            self._step = CHUNK_BYTES if is_picture else CLOSE_LOOK_BYTES
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
        if self._strings.is_cut_off or not (self._events or self._lines.is_event_stream):
            raise ConnectionLost("the answer broke off in the middle")
        return Body(tuple(self._events), self._strings, self._pictures)

    def _end_line(self) -> None:
        """A line of an event stream has ended, and with it most often a document; or the whole body has."""
        if self._strings.is_blank or self._strings.is_cut_off:
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
