"""Requests to the Bot API, however they are written: in the address, as a form, as JSON, or in parts with files."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.simulators.telegram.chats.files import Upload
from tests.simulators.telegram.refusals import bad_request, too_large

Json = dict[str, Any]

UPLOAD_BYTES = 50 * 1024 * 1024
PIECE_BYTES = 64 * 1024

TEXTS = frozenset(
    {
        *("text", "caption", "parse_mode", "url", "secret_token", "ip_address", "photo", "document", "thumbnail"),
        *("file_id", "callback_query_id", "action", "language_code", "name", "description", "short_description"),
        *("inline_message_id", "business_connection_id", "message_effect_id", "certificate"),
    }
)
"""Parameters that are taken as they are, even if they look like a number or JSON."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A request as it came, and what became of it."""

    method: str
    parameters: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    status: int | None = None  # of the answer; None: none was given, or not yet
    description: str | None = None  # why it was refused
    result: Any = None
    done_at: float | None = None  # by the monotonic clock; None: what it asks for has not been done

    def integer(self, name: str, default: int = 0) -> int:
        """Return a parameter as a number. Telegram takes what is no number for none."""
        value = self.parameters.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def text(self, name: str) -> str:
        return str(self.parameters.get(name, ""))

    def flag(self, name: str) -> bool:
        return bool(self.parameters.get(name))

    def upload(self, name: str) -> Upload | None:
        """Return the file that stands for this parameter, or that it names by `attach://`."""
        return self.attached(self.text(name)) or self.uploads.get(name)

    def attached(self, address: str) -> Upload | None:
        return self.uploads.get(address.removeprefix("attach://")) if address.startswith("attach://") else None


async def read(request: web.Request, call: Call) -> None:
    """Fill in what was sent.

    Raises:
        Refused: it is larger than is taken; it was read all the same, as the servers in front of Telegram do.
    """
    if (request.content_length or 0) > UPLOAD_BYTES:
        async for _ in request.content.iter_chunked(PIECE_BYTES):
            pass
        raise too_large()
    call.parameters |= {name: _value(name, text) for name, text in request.query.items()}
    if request.content_type == "application/json":
        call.parameters |= _object(await request.read())
    elif request.content_type == "multipart/form-data":
        await _read_parts(request, call)
    else:
        form = await request.post()
        call.parameters |= {name: _value(name, text) for name, text in form.items() if isinstance(text, str)}


async def _read_parts(request: web.Request, call: Call) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise bad_request("a part without a name")
        content = bytes(await part.read(decode=True))
        if part.filename is None:
            call.parameters[part.name] = _value(part.name, content.decode())
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            call.uploads[part.name] = Upload(name=part.filename, mime=mime, content=content)


def _value(name: str, text: str) -> Any:
    """Parse a form's value. Numbers, booleans and objects are written as JSON in a form."""
    if name in TEXTS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse request body JSON object")
    return value
