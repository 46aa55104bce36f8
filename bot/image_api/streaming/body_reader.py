"""Parses an answer of many megabytes in little memory: pictures are written to their files while they arrive.

chunks ─ EventLines ─ JsonStrings ─┬─ skeleton ─ json.loads ─ Body.events, a marker for each picture
                                   └─ Base64Text ─ PictureWriter ─ ArrivedPicture
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import AsyncExitStack, suppress
from typing import Any

from bot.domain.image_faults import ConnectionLost, ImageFault, UnreadableAnswer
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from bot.image_api.streaming.event_lines import EventLines, LineEnd
from bot.image_api.streaming.event_list import EventList, says_it_is_finished
from bot.image_api.streaming.json_strings import JsonStrings
from bot.image_api.streaming.treatment import NotAnAnswer, Rule
from bot.ports import PictureSink

CHUNK_BYTES = 64 * 1024
"""At most so many bytes are parsed without giving other tasks a turn, so that the event loop is not blocked."""

CLOSE_LOOK_BYTES = 512
"""The same limit outside of pictures, where parsing costs more time: 5 ms for the smallest values there are."""

MOST_PICTURES = 32
"""Pictures in one answer. Models send ten at most, and each is an open file."""

MOST_BYTES = 1 << 30
"""Bytes of one answer: twenty pictures of the largest kind. More would only fill the disk."""

MOST_BYTES_BESIDE_PICTURES = 1 << 26
"""Bytes of one answer outside of pictures. Each costs more time than one of a picture."""

GRACE_SECONDS = 2.0
"""After the answer is finished, its connection may stay open for this time. What arrives meanwhile is read too."""


async def read_body(chunks: AsyncIterable[bytes], sink: PictureSink, files: AsyncExitStack, *, rule: Rule) -> Body:
    """Parse an answer as far as it goes."""
    reader = BodyReader(sink, files, rule=rule)
    await reader.read(chunks)
    return await reader.close()


class BodyReader:
    """Parses one answer; `rule` decides which strings are pictures.

    The pictures' files are entered into `files`: those not finished when it closes are deleted. An answer that breaks
    off, is no JSON or exceeds a limit raises nothing: the pictures that came before may be whole, so `Body.fault`
    reports the fault.
    """

    def __init__(self, sink: PictureSink, files: AsyncExitStack, *, rule: Rule) -> None:
        self._lines = EventLines()
        self._strings = JsonStrings(rule)
        self._sink = sink
        self._files = files
        self._pictures: list[ArrivedPicture] = []
        self._events = EventList()
        self._fault: ImageFault | None = None
        self._received = 0  # bytes
        self._is_given_up = False  # the rest is not parsed any more
        self._is_cut_off = False  # a document that was parsed is incomplete
        self._is_finished = False  # an event said that the model has stopped
        self._ends_at: float | None = None  # when to stop waiting for the connection to close

    @property
    def has_begun(self) -> bool:
        """Whether any byte of the answer has arrived."""
        return self._received > 0

    async def read(self, chunks: AsyncIterable[bytes]) -> None:
        """Read until the answer has ended, or the rest of it cannot be parsed."""
        source = aiter(chunks)
        beside = 0
        try:
            while (chunk := await self._next(source)) is not None:
                self._received += len(chunk)
                beside += await self._read(chunk)
                if self._received > MOST_BYTES or beside > MOST_BYTES_BESIDE_PICTURES:
                    raise UnreadableAnswer(f"the answer has more than {MOST_BYTES:,} bytes, or too many of no picture")
                self._look_for_end()
        except ImageFault as fault:
            self.break_off(fault)
        except NotAnAnswer:
            self._give_up()

    def break_off(self, fault: ImageFault) -> None:
        """Note that the answer is cut off or broken. The first fault counts."""
        self._fault = self._fault or fault

    async def close(self) -> Body:
        """Finish parsing, and return the body."""
        try:
            if not self._is_given_up:
                await self._take(self._lines.close())
        except NotAnAnswer:
            self._give_up()
        with suppress(NotAnAnswer):
            if self._strings.is_cut_off or self._is_given_up:
                self._salvage(ConnectionLost("the answer broke off in the middle"))
        for picture in self._pictures:
            await picture.close(self._sink, self._files)
            if not picture.is_json:
                self.break_off(UnreadableAnswer("the answer is not JSON"))
        if not (self._events or self._lines.is_event_stream):
            self.break_off(ConnectionLost("the answer broke off in the middle"))
        is_finished = not self._lines.is_event_stream or self._is_finished or self._lines.is_done
        has_end = self._fault is None or (bool(self._events) and is_finished and not self._is_cut_off)
        return Body(self._events.close(), self._strings, self._pictures, fault=self._fault, has_end=has_end)

    async def _next(self, source: AsyncIterator[bytes]) -> bytes | None:
        """Return the next chunk. Return None at the end, or if a finished answer leaves its connection open."""
        if self._ends_at is None:
            return await anext(source, None)
        try:
            async with asyncio.timeout_at(self._ends_at):
                return await anext(source, None)
        except TimeoutError:
            return None

    def _look_for_end(self) -> None:
        if self._strings.is_cut_off and not self._lines.is_done:
            self._ends_at = None
        elif self._lines.is_done or self._is_finished or (self._lines.is_whole and self._strings.size_bytes):
            self._ends_at = self._ends_at or asyncio.get_running_loop().time() + GRACE_SECONDS

    async def _read(self, chunk: bytes) -> int:
        """Parse a chunk. Return how many of its bytes are outside of pictures."""
        start = beside = 0
        while start < len(chunk):
            is_picture = self._strings.is_in_picture
            end = _end_of_picture(chunk, start) if is_picture else start + CLOSE_LOOK_BYTES
            await self._take(self._lines.feed(chunk[start:end]))
            beside += 0 if is_picture else min(end, len(chunk)) - start
            start = end
            if not is_picture:
                await asyncio.sleep(0)
        return beside

    async def _take(self, pieces: Iterable[bytes | LineEnd]) -> None:
        for piece in pieces:
            if piece is LineEnd.END:
                self._end_line()
            elif piece is LineEnd.EMPTY:
                if self._strings.is_cut_off:
                    self._salvage(UnreadableAnswer("an event of the answer is not JSON"))
            elif isinstance(piece, bytes):
                for part in self._strings.feed(piece):
                    await self._picture(part.number).add(part, self._sink, self._files)

    def _end_line(self) -> None:
        """Handle the end of a line, which most often ends a document, or of the whole body."""
        if self._strings.is_cut_off or self._strings.skip_blank():
            return
        size_bytes, marks = self._strings.size_bytes, self._strings.marks
        try:
            event = self._strings.end_document()
        except (ValueError, RecursionError):
            self._salvage(UnreadableAnswer("the answer is not JSON"))
        else:
            self._add(event, size_bytes, marks)

    def _salvage(self, fault: ImageFault) -> None:
        """Parse what is readable of a broken document."""
        self.break_off(fault)
        size_bytes, marks = self._strings.size_bytes, self._strings.marks
        documents, is_whole = self._strings.salvage()
        self._is_cut_off = self._is_cut_off or not is_whole
        for document in documents:
            self._add(document, size_bytes, marks)

    def _add(self, event: Any, size_bytes: int, marks: int) -> None:
        self._events.add(event, size_bytes, marks)
        self._is_finished = self._is_finished or says_it_is_finished(event)
        self._ends_at = None

    def _give_up(self) -> None:
        self._is_given_up = self._is_cut_off = True
        self.break_off(UnreadableAnswer("the answer is not JSON, or none of an image API"))

    def _picture(self, number: int) -> ArrivedPicture:
        if number >= MOST_PICTURES:
            self._pictures.append(ArrivedPicture())
            raise NotAnAnswer(f"more than {MOST_PICTURES} pictures")
        if number == len(self._pictures):
            self._pictures.append(ArrivedPicture())
        return self._pictures[number]


def _end_of_picture(chunk: bytes, start: int) -> int:
    """Find where a picture may end, so that the bytes after it are parsed in small steps."""
    most = start + CHUNK_BYTES
    ends = (chunk.find(mark, start, most) for mark in (b'"', b")"))
    return min((end + 1 for end in ends if end >= 0), default=most)
