"""A parsed answer: its JSON, and its pictures, which are in files already."""

from contextlib import AsyncExitStack
from typing import Any

from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureFault
from bot.domain.image_faults import ImageFault, UnreadableAnswer
from bot.image_api.streaming.base64_text import Base64Text
from bot.image_api.streaming.json_strings import JsonStrings
from bot.image_api.streaming.treatment import PicturePiece
from bot.ports import PictureSink, PictureWriter

TAIL_BYTES = 64
"""A picture is compared with another by its size and so many of its last bytes."""


class ArrivedPicture:
    """A picture of an answer, in a file that is not finished yet.

    Bytes that turn out to be no picture are no fault of the answer: most likely they are a draft that nobody wants.
    """

    def __init__(self) -> None:
        self._text = Base64Text()
        self._writer: PictureWriter | None = None
        self._refused: PictureFault | None = None
        self._is_torn = False  # its bytes did not reach the file, because the time limit was reached
        self._size_bytes = 0
        self._tail = b""

    @property
    def remark(self) -> str | None:
        """The fault of its base64 text, though its file may be whole; None if nothing is wrong."""
        return self._text.fault

    @property
    def is_json(self) -> bool:
        """Whether its characters may stand in a JSON string."""
        return self._text.is_json

    async def add(self, piece: PicturePiece, sink: PictureSink, files: AsyncExitStack) -> None:
        """Decode raw characters of the JSON and write them to the file."""
        data = self._text.feed(piece.raw)
        if piece.ends_string:
            data += self._text.end_string()
        await self._write(data, sink, files)

    async def close(self, sink: PictureSink, files: AsyncExitStack) -> None:
        """Decode and write the rest: no more characters will come."""
        await self._write(self._text.close(), sink, files)

    async def _write(self, data: bytes, sink: PictureSink, files: AsyncExitStack) -> None:
        if not data or self._refused:
            return
        self._size_bytes += len(data)
        self._tail = (self._tail + data[-TAIL_BYTES:])[-TAIL_BYTES:]
        if self._writer is None:
            self._writer = await files.enter_async_context(sink.new_file())
        try:
            self._is_torn = True
            await self._writer.write(data)
            self._is_torn = False
        except PictureFault as fault:
            self._refused = fault

    def is_same(self, data: bytes) -> bool:
        """Whether its bytes equal these, judged by their number and the last of them."""
        return self._size_bytes == len(data) and self._tail == data[-TAIL_BYTES:]

    async def finish(self) -> StoredPicture:
        """Finish the picture file. Raises `UnreadableAnswer` if its bytes are not a picture."""
        if self._writer is None or self._is_torn:
            raise UnreadableAnswer(f"the endpoint sent a picture that is {self._text.fault or 'empty or cut off'}")
        try:
            if self._refused:
                raise self._refused
            return await self._writer.finish()
        except PictureFault as fault:
            reason = self._text.fault or fault
            raise UnreadableAnswer(f"the endpoint sent a picture that cannot be used: {reason}") from fault


class Body:
    """An answer, parsed as far as it goes: its JSON, and the pictures that its markers stand for.

    `events` holds one document, or those of an event stream; it may be empty. `fault` is what was wrong with the
    answer, if anything. `has_end` says whether its content is complete all the same.
    """

    def __init__(
        self,
        events: tuple[Any, ...],
        strings: JsonStrings,
        pictures: list[ArrivedPicture],
        *,
        fault: ImageFault | None = None,
        has_end: bool = True,
    ) -> None:
        self.events = events
        self.fault = fault
        self.has_end = has_end
        self._strings = strings
        self._pictures = pictures

    def with_events(self, events: tuple[Any, ...]) -> "Body":
        """Copy this body with other events and the same pictures."""
        return Body(events, self._strings, self._pictures, fault=self.fault, has_end=self.has_end)

    def picture(self, value: object) -> ArrivedPicture | None:
        """Return the picture that a marker in the JSON stands for. Return None for an ordinary value."""
        number = self._strings.markers.number(value) if isinstance(value, str) else None
        return None if number is None else self._pictures[number]

    def split(self, text: str) -> list[str | ArrivedPicture]:
        """Split a text of the JSON into text and the pictures that stood in it as `data:` URIs, in order."""
        return [
            piece if isinstance(piece, str) else self._pictures[piece] for piece in self._strings.markers.split(text)
        ]
