"""The picture sink of the command line: it writes the one requested file."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from itertools import chain, count
from pathlib import Path
from uuid import uuid4

from bot.domain.catalogue.models import MOST_PICTURE_BYTES, Room
from bot.domain.chat import StoredPicture
from bot.picture_store.arrivals import Arrivals
from bot.picture_store.arriving_picture import PART, sync_folder
from bot.ports import PictureSink, PictureWriter

_MODE = 0o666
"""The usual mode of a program's file; the user's umask is subtracted."""


class SingleFile:
    """A PictureSink that writes to one path, with the extension of the real bytes: fox.png asked, JPEG came, fox.jpg.

    The requested path is overwritten if it exists. No other file is: if a name that nobody requested is taken, it gets
    a number, and so does a second picture of the same response.
    """

    def __init__(self, target: Path, *, most_bytes: int = MOST_PICTURE_BYTES) -> None:
        self.target = target
        self._arrivals = Arrivals(new_part=self._new_part, place=self._place, most_bytes=most_bytes, mode=_MODE)
        self._written: list[Path] = []

    @property
    def path(self) -> Path:
        """The first file that was written. Raises `IndexError` before that."""
        return self._written[0]

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file without reserved room."""
        return self._arrivals.new_file()

    def room(self, room: Room) -> AbstractAsyncContextManager[PictureSink]:
        """Reserve disk space."""
        return self._arrivals.room(room)

    def _new_part(self) -> Path:
        return self.target.with_name(f"{self.target.name}.{uuid4().hex[:8]}{PART}")

    def _place(self, part: Path, picture: StoredPicture) -> None:
        path = next(path for path in self._names(picture.ending) if self._is_free(path))
        part.replace(path)
        sync_folder(path.parent)
        self._written.append(path)

    def _names(self, ending: str) -> Iterator[Path]:
        target = self.target
        first = target if _means(target.suffix, ending) else target.with_name(f"{_without_ending(target)}{ending}")
        return chain([first], (first.with_stem(f"{first.stem}-{number}") for number in count(2)))

    def _is_free(self, path: Path) -> bool:
        return path not in self._written and (path == self.target or not path.exists())


_SAME_ENDINGS = {".jpeg": ".jpg", ".jpe": ".jpg"}
_PICTURE_ENDINGS = frozenset({".png", ".jpg", ".webp", ".gif", ".heic", ".avif"})


def _plain(suffix: str) -> str:
    return _SAME_ENDINGS.get(suffix.lower(), suffix.lower())


def _means(suffix: str, ending: str) -> bool:
    return _plain(suffix) == ending


def _without_ending(target: Path) -> str:
    """Return the name without a picture extension; in `fox.v2` the `.v2` is no such extension."""
    return target.stem if _plain(target.suffix) in _PICTURE_ENDINGS else target.name
