"""The files of the simulated Telegram: photos become JPEGs of several sizes, documents stay as they are."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from PIL import Image, UnidentifiedImageError

from tests.simulators.telegram.refusals import bad_request

Json = dict[str, Any]
Kind = Literal["photo", "document", "sticker"]

LONGEST_SIDES = (90, 320, 800, 1280, 2560)
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_SIDES = 10_000  # width and height together
PHOTO_RATIO = 20
DOWNLOAD_BYTES = 20 * 1024 * 1024
THUMBNAIL_SIDE = 320
NO_PICTURE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombWarning,
    Image.DecompressionBombError,
)
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")

_KINDS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "zip": "application/zip",
}
_FOLDERS: Mapping[Kind, str] = {"photo": "photos", "document": "documents", "sticker": "stickers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came with a request."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that has an identifier: a document, or one size of a photo."""

    file_id: str
    path: str
    content: bytes
    kind: Kind
    shown: Any  # what stands in a message that carries it: a list of sizes, or a document

    def as_file(self) -> Json:
        """Return the file as Telegram's `File`."""
        unique = self.file_id[-16:]
        return {
            "file_id": self.file_id,
            "file_unique_id": unique,
            "file_size": len(self.content),
            "file_path": self.path,
        }


class FileStore:
    """All files, by their identifier and by the path they are downloaded from."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._numbers = count(1)

    def add_photo(self, content: bytes) -> list[Json]:
        """Add a photo and return its sizes, smallest first, as they stand in a message."""
        sizes: list[Json] = []
        for width, height, data in _sizes(content, LONGEST_SIDES):
            kept = self._keep("photo", data, suffix=".jpg", shown=sizes)
            sizes.append({**_named(kept), "width": width, "height": height})
        return sizes

    def add_document(self, content: bytes, *, name: str | None, mime: str | None) -> Json:
        """Add a document. Return it as it stands in a message, with a thumbnail if it is a picture of a usual kind."""
        if not content:
            raise bad_request("file must be non-empty")
        suffix = "." + name.rpartition(".")[2] if name and "." in name else ""
        document: Json = {}
        kept = self._keep("document", content, suffix=suffix, shown=document)
        document |= {"file_name": name, "mime_type": mime or mime_of(name), **_named(kept)}
        try:
            width, height, data = _sizes(content, (THUMBNAIL_SIDE,))[0]
        except NO_PICTURE:
            pass  # nothing that Telegram can show small
        else:
            small = self._keep("photo", data, suffix=".jpg", shown=[])
            document["thumbnail"] = {**_named(small), "width": width, "height": height}
        for key in [key for key, value in document.items() if value is None]:
            del document[key]
        return document

    def add_sticker(self, content: bytes, *, suffix: str) -> Json:
        """Add a sticker: `.webp` is one that stands still, `.tgs` an animated one, `.webm` a video."""
        sticker: Json = {}
        kept = self._keep("sticker", content, suffix=suffix, shown=sticker)
        sticker |= {
            **_named(kept),
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": suffix == ".tgs",
            "is_video": suffix == ".webm",
            "emoji": "🦊",
        }
        return sticker

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def forget(self, file_id: str) -> None:
        """Forget the file, as when a link has expired."""
        if kept := self._by_id.pop(file_id, None):
            self._by_path.pop(kept.path, None)

    def shown_again(self, file_id: str, kind: Kind) -> Any:
        """Return what a message carries that sends a file once more by its identifier."""
        kept = self.find(file_id)
        if file_id.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        if kept is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if kept.kind != kind:
            raise bad_request(f"can't use file of type {kept.kind.title()} as {kind.title()}")
        return kept.shown

    def _keep(self, kind: Kind, content: bytes, *, suffix: str, shown: Any) -> StoredFile:
        number = next(self._numbers)
        kept = StoredFile(
            file_id=f"{_PREFIXES[kind]}AgADGQEAAx{number:016d}",
            path=f"{_FOLDERS[kind]}/file_{number}{suffix}",
            content=content,
            kind=kind,
            shown=shown,
        )
        self._by_id[kept.file_id] = self._by_path[kept.path] = kept
        return kept


_PREFIXES: Mapping[Kind, str] = {"photo": "AgACAgI", "document": "BQACAgI", "sticker": "CAACAgI"}


def check_photo(content: bytes) -> None:
    """Check what the Bot API demands of a photo that a bot uploads.

    Raises:
        Refused: it is too large, no picture, or of a shape that is not taken.
    """
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > PHOTO_BYTES:
        words = f"file of size {len(content)} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes"
        raise bad_request(words)
    try:
        with Image.open(io.BytesIO(content), formats=PHOTO_FORMATS) as picture:
            width, height = picture.size
            if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
                raise bad_request("PHOTO_INVALID_DIMENSIONS")
            picture.load()
    except NO_PICTURE as fault:
        raise bad_request("IMAGE_PROCESS_FAILED") from fault


def mime_of(name: str | None) -> str | None:
    """Return the type that a name says. Telegram goes by that, not by what the client says."""
    return _KINDS.get(name.rpartition(".")[2].lower(), "application/octet-stream") if name else None


def _named(kept: StoredFile) -> Json:
    described = kept.as_file()
    del described["file_path"]
    return described


def _sizes(content: bytes, longest_sides: tuple[int, ...]) -> list[tuple[int, int, bytes]]:
    """Yield width, height and JPEG of each size, smallest first. Transparency becomes white."""
    with Image.open(io.BytesIO(content), formats=PHOTO_FORMATS) as picture:
        upright = picture.convert("RGBA")
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright.getchannel("A"))
    longest = max(canvas.size)
    sides = [side for side in longest_sides if side < longest]
    if longest <= longest_sides[-1]:
        sides.append(longest)
    return [_sized(canvas, side / longest) for side in sides]


def _sized(canvas: Image.Image, factor: float) -> tuple[int, int, bytes]:
    width, height = (max(1, round(factor * side)) for side in canvas.size)
    buffer = io.BytesIO()
    canvas.resize((width, height)).save(buffer, "JPEG", quality=87)
    return width, height, buffer.getvalue()
