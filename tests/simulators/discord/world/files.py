"""Files of messages, and the signed links to them that run out after a day."""

import hashlib
import hmac
import io
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from PIL import Image, UnidentifiedImageError

LINK_SECONDS = 24 * 60 * 60
MOST_FILES = 10

_SECRET = b"who signs links"
_NOT_IN_A_NAME = re.compile(r"[^\w.\-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as somebody hands it in."""

    name: str
    data: bytes = field(repr=False)
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as Discord keeps it; pixels only for pictures."""

    id: int
    name: str
    data: bytes = field(repr=False)
    description: str | None
    content_type: str | None
    width: int | None
    height: int | None

    @property
    def is_spoiler(self) -> bool:
        return self.name.startswith("SPOILER_")


def stored(upload: Upload, number: int) -> StoredFile:
    """Return the file under the name that Discord makes of its name."""
    kind, width, height = _looked_at(upload)
    name = _NOT_IN_A_NAME.sub("_", upload.name) or "unknown"
    return StoredFile(
        id=number,
        name=name,
        data=upload.data,
        description=upload.description,
        content_type=kind,
        width=width,
        height=height,
    )


def _looked_at(upload: Upload) -> tuple[str | None, int | None, int | None]:
    try:
        with Image.open(io.BytesIO(upload.data)) as picture:
            return Image.MIME.get(picture.format or ""), picture.width, picture.height
    except UnidentifiedImageError:
        return mimetypes.guess_type(upload.name)[0], None, None


class Links:
    """Makes and judges links to files. `host` is where they point."""

    def __init__(self) -> None:
        self.host = ""
        self.files: dict[int, StoredFile] = {}

    def keep(self, file: StoredFile) -> StoredFile:
        self.files[file.id] = file
        return file

    def forget(self, file: StoredFile) -> None:
        self.files.pop(file.id, None)

    def link(self, channel_id: int, file: StoredFile, now: datetime) -> str:
        """Return a link that is good for a day."""
        path = f"/attachments/{channel_id}/{file.id}/{quote(file.name)}"
        issued = int(now.timestamp())
        expires = issued + LINK_SECONDS
        query = {"ex": f"{expires:x}", "is": f"{issued:x}", "hm": _signature(path, expires, issued)}
        return f"{self.host}{path}?{urlencode(query)}&"

    def opened(self, path: str, query: Mapping[str, str], now: datetime) -> StoredFile | None:
        """Return the file behind a link; None if the link is forged or has run out, or the file is gone."""
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
            number = int(path.split("/")[3])
        except (KeyError, ValueError, IndexError):
            return None
        is_ours = hmac.compare_digest(_signature(path, expires, issued), query.get("hm", ""))
        return self.files.get(number) if is_ours and now.timestamp() < expires else None


def _signature(path: str, expires: int, issued: int) -> str:
    return hmac.new(_SECRET, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()
