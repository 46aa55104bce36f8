"""Requests as they came: read whole, JSON or multipart, and kept for the test to look at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import BodyPartReader, web

from tests.simulators.discord.world.files import Upload

_FORM = "multipart/form-data"


@dataclass(slots=True, kw_only=True)
class Call:
    """A request, and how it was answered."""

    method: str
    path: str  # below the API's address
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: Any  # JSON; of a form the part payload_json; None without any
    files: Mapping[str, Upload] = field(default_factory=dict)  # by the name of their part
    size_bytes: int = 0
    came_at: datetime
    status: int | None = None  # None: no answer yet, or none at all

    def described_files(self, message: Mapping[str, Any]) -> list[Upload]:
        """Return the files with the names and descriptions that the body's `attachments` gives them."""
        described = {str(each["id"]): each for each in message.get("attachments") or []}
        uploads = []
        for part, upload in sorted(self.files.items()):
            said = described.get(part.removeprefix("files[").removesuffix("]"), {})
            name = said.get("filename") or upload.name
            uploads.append(Upload(name=name, data=upload.data, description=said.get("description")))
        return uploads


async def read_call(request: web.Request, path: str, now: datetime) -> Call:
    """Read the request to its end, so that its sender can receive a refusal."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Call(method=request.method, path=path, query=dict(request.query), headers=headers, body=None, came_at=now)
    if request.content_type == _FORM:
        call.body, call.files = await _read_form(request)
        call.size_bytes = request.content_length or sum(len(upload.data) for upload in call.files.values())
    elif data := await request.read():
        call.body = _parsed(data)
        call.size_bytes = len(data)
    return call


async def _read_form(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    body: Any = None
    files: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read())
        if part.name == "payload_json":
            body = _parsed(data)
        else:
            files[part.name or ""] = Upload(name=part.filename or "unknown", data=data)
    return body, files


def _parsed(data: bytes) -> Any:
    """Parse JSON. Other data becomes a text, which no judge accepts."""
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
