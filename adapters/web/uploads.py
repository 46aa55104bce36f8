"""Reads what the page uploads, in chunks: a file is never in memory as a whole."""

import re

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.web.translate import KEY_PATTERN, SentMessage, SentPicture
from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureFault, PictureTooLarge
from bot.domain.storable_text import storable
from bot.ports import PictureFiles

MOST_FILES = 10
FILE_LIMIT_BYTES = 25 * 1024 * 1024
TEXT_LIMIT_BYTES = 512 * 1024
"""More than the core accepts as a prompt, so that the core, not this limit, refuses a long prompt."""

_BODY_LIMIT_BYTES = MOST_FILES * FILE_LIMIT_BYTES + 2 * TEXT_LIMIT_BYTES
_MOST_PARTS = MOST_FILES + 3
_REPLY_TO_LIMIT = 200  # characters
_NAME_LIMIT = 120  # characters of a file's name
_PIECE_BYTES = 256 * 1024


async def read_sent_message(request: web.Request, pictures: PictureFiles) -> SentMessage:
    """Read a multipart body: `key`, `text`, `reply_to`, then a `file` for each picture.

    A file that cannot be accepted becomes a fault of the message. Raises `HTTPBadRequest` or
    `HTTPRequestEntityTooLarge` for a body that our page never sends.
    """
    length = request.content_length
    if not _is_form(request) or length is None:
        raise web.HTTPBadRequest
    if length > _BODY_LIMIT_BYTES:
        raise web.HTTPRequestEntityTooLarge(_BODY_LIMIT_BYTES, length)
    try:
        message = await _read_parts(request, pictures)
    except (ValueError, HttpProcessingError) as fault:  # a broken boundary, header or encoding
        raise web.HTTPBadRequest from fault
    _check(message)
    return message


def _is_form(request: web.Request) -> bool:
    """Whether the body is a form. aiohttp reads the type with the email package, which takes most of a millisecond."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().casefold() == "multipart/form-data"


def _check(message: SentMessage) -> None:
    files = len(message.pictures) + len(message.faults)
    is_empty = not message.text and not files
    is_reply_readable = len(message.reply_to or "") <= _REPLY_TO_LIMIT
    if not re.fullmatch(KEY_PATTERN, message.key) or is_empty or files > MOST_FILES or not is_reply_readable:
        raise web.HTTPBadRequest


async def _read_parts(request: web.Request, pictures: PictureFiles) -> SentMessage:
    fields: dict[str, str] = {}
    kept: list[SentPicture] = []
    faults: list[tuple[str, PictureFault]] = []
    reader = await request.multipart()
    for _ in range(_MOST_PARTS + 1):
        named = await _next_part(reader)
        if named is None:
            break
        name, part = named
        if name != "file":
            fields[name] = await _read_text(part)
            continue
        filename = _short_name(part.filename)
        try:
            kept.append(SentPicture(picture=await _keep_file(part, pictures), filename=filename))
        except PictureFault as fault:
            await part.release()
            faults.append((filename, fault))
    else:
        raise web.HTTPBadRequest
    return SentMessage(
        key=fields.get("key", ""),
        text=fields.get("text", ""),
        reply_to=fields.get("reply_to") or None,
        pictures=tuple(kept),
        faults=tuple(faults),
    )


async def _next_part(reader: MultipartReader) -> tuple[str, BodyPartReader] | None:
    """Read the next part and its name. Return None at the end.

    Raises `HTTPBadRequest` for a part without a name, or with nested parts.
    """
    try:
        part = await reader.next()
    except RuntimeError as fault:  # the library raises this if `_charset_` names no charset
        raise web.HTTPBadRequest from fault
    if part is None:
        return None
    if not isinstance(part, BodyPartReader) or part.name is None:
        raise web.HTTPBadRequest
    return part.name, part


async def _read_text(part: BodyPartReader) -> str:
    data = bytearray()
    while piece := await part.read_chunk(_PIECE_BYTES):
        data += piece
        if len(data) > TEXT_LIMIT_BYTES:
            raise web.HTTPRequestEntityTooLarge(TEXT_LIMIT_BYTES, len(data))
    # Browsers send the line breaks of a form as CR LF, whatever was typed.
    return storable(data.decode("utf-8").replace("\r\n", "\n").strip())


async def _keep_file(part: BodyPartReader, pictures: PictureFiles) -> StoredPicture:
    size = 0
    async with pictures.new_file() as file:
        while piece := await part.read_chunk(_PIECE_BYTES):
            size += len(piece)
            if size > FILE_LIMIT_BYTES:
                raise PictureTooLarge(f"more than {FILE_LIMIT_BYTES} bytes")
            await file.write(piece)
        return await file.finish()


def _short_name(filename: str | None) -> str:
    return storable((filename or "picture")[-_NAME_LIMIT:])  # a name in invalid UTF-8 has lone surrogates
