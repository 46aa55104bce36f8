"""Reads an answer of megabytes without ever holding it: pictures go to their files while they arrive.

chunks ─ JsonStrings ─┬─ skeleton ─ json.loads ─ Body.json, a marker in the place of each picture
                      └─ Base64Text ─ PictureWriter ─ ArrivedPicture
"""

from collections.abc import AsyncIterable
from contextlib import AsyncExitStack
from typing import Any

from bot.domain.chat import StoredPicture
from bot.domain.errors import ConnectionLost, PictureFault, UnreadableAnswer
from bot.image_api.base64_text import Base64Text, NotJson
from bot.image_api.json_strings import JsonStrings, NotAnAnswer, Rule, StringPiece
from bot.ports import PictureSink, PictureWriter

CHUNK_BYTES = 64 * 1024
"""No more than this is understood at a stretch, so that the event loop goes on."""

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

    async def add(self, piece: StringPiece, sink: PictureSink, files: AsyncExitStack) -> None:
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
    """An answer that was read to its end: its JSON, and the pictures its markers stand for."""

    def __init__(self, json: Any, strings: JsonStrings, pictures: list[ArrivedPicture]) -> None:
        self.json = json
        self._strings = strings
        self._pictures = pictures

    def picture(self, value: object) -> ArrivedPicture | None:
        """The picture that stood where this value stands in the JSON; None if it is an ordinary value."""
        number = self._strings.number(value) if isinstance(value, str) else None
        return None if number is None else self._pictures[number]


async def read_body(chunks: AsyncIterable[bytes], sink: PictureSink, files: AsyncExitStack, *, rule: Rule) -> Body:
    """Read an answer to its end; `rule` says which strings are pictures.

    The pictures' files are entered into `files`: those not finished when it closes leave nothing behind. Raises
    `UnreadableAnswer` if it is no JSON or out of all bounds, and `ConnectionLost` if it ends in the middle.
    """
    strings = JsonStrings(rule)
    pictures: list[ArrivedPicture] = []
    received = 0
    try:
        async for chunk in chunks:
            received += len(chunk)
            if received > MOST_BYTES:
                raise UnreadableAnswer(f"the answer has more than {MOST_BYTES:,} bytes")
            for start in range(0, len(chunk), CHUNK_BYTES):  # gzip makes large ones
                for piece in strings.feed(chunk[start : start + CHUNK_BYTES]):
                    await _picture(pictures, piece.number).add(piece, sink, files)
    except (NotJson, NotAnAnswer) as error:
        raise UnreadableAnswer("the answer is not JSON, or none of an image API") from error
    return Body(_whole_json(strings), strings, pictures)


def _picture(pictures: list[ArrivedPicture], number: int) -> ArrivedPicture:
    if number >= MOST_PICTURES:
        raise UnreadableAnswer(f"the answer has more than {MOST_PICTURES} pictures")
    if number == len(pictures):
        pictures.append(ArrivedPicture())
    return pictures[number]


def _whole_json(strings: JsonStrings) -> Any:
    if strings.is_cut_off:
        raise ConnectionLost("the answer broke off in the middle")
    try:
        return strings.close()
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("the answer is not JSON") from error
