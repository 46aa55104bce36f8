"""The sweep deletes pictures: those that nothing needs any more, and the oldest if the limit is exceeded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from bot.ports import Sweep

YOUNG = timedelta(hours=1)
"""A file that arrived or was used within this time stays in any case: its user may not be recorded yet."""

UNWANTED_FOR = timedelta(days=1)
"""The time that an unneeded file stays: a copy made for a chat, a picture somebody may still want edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    path: Path
    size_bytes: int
    used_at: datetime  # when it last arrived or was renewed
    wanted_until: datetime | None  # None: it is needed, whatever the disk space


def sweep(
    shelves: Path, wanted: Mapping[str, datetime | None], now: datetime, *, most_bytes: int, placing: Lock
) -> Sweep:
    """Delete files; `PictureFiles.sweep` has the rules. Blocking.

    A file's modification time says when it was last used. It only changes under the lock `placing`.
    """
    kept: list[_Kept] = []
    over: list[_Kept] = []
    for file in _files(shelves, wanted, now):
        (over if _is_over(file, now) else kept).append(file)
    kept_bytes = sum(file.size_bytes for file in kept)
    for file in sorted(kept, key=lambda file: file.used_at):
        if kept_bytes <= most_bytes:
            break
        if file.wanted_until is not None and now - file.used_at >= YOUNG:
            over.append(file)
            kept_bytes -= file.size_bytes
    taken = [file for file in over if _take(file, placing)]
    left = sum(file.size_bytes for file in over) - sum(file.size_bytes for file in taken)
    return Sweep(
        taken=len(taken),
        taken_bytes=sum(file.size_bytes for file in taken),
        kept_bytes=kept_bytes + left,
        is_full=kept_bytes + left > most_bytes,
    )


def _files(shelves: Path, wanted: Mapping[str, datetime | None], now: datetime) -> Iterator[_Kept]:
    for path in shelves.glob("??/*.*"):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        used_at = datetime.fromtimestamp(status.st_mtime, UTC)
        unwanted_until = used_at + UNWANTED_FOR
        until = wanted.get(path.stem, unwanted_until)
        yield _Kept(
            path=path,
            size_bytes=status.st_size,
            used_at=min(used_at, now),
            wanted_until=None if until is None else max(until, unwanted_until),
        )


def _is_over(file: _Kept, now: datetime) -> bool:
    return file.wanted_until is not None and file.wanted_until <= now


def _take(file: _Kept, placing: Lock) -> bool:
    """Delete a file, unless it was used after it was listed. False if it was not deleted."""
    with placing:
        try:
            if datetime.fromtimestamp(file.path.stat().st_mtime, UTC) > file.used_at:
                return False
            file.path.unlink()
        except FileNotFoundError:
            return False
        return True
