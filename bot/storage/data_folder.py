"""The data folder. Only one process at a time may use it."""

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from bot.domain.errors import DataFolderInUse, StorageUnusable
from bot.picture_store.private_files import (
    FILE_MODE,
    check_private_folder,
    close_to_others,
    create_file,
    make_private_folder,
)

_LOCK = "plantain.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCondition:
    """The state of a data folder, found without working in it."""

    is_there: bool  # if not, it can be created
    is_in_use: bool
    free_bytes: int


_SECRET_BYTES = 32


def load_secret(folder: Path, name: str) -> str:
    """Load a secret of 43 characters from the folder, or create it on first use.

    Only the bot's own user can read it. It is kept so that a restart logs nobody out and breaks no link. Blocking.
    Raises `OSError`.
    """
    path = folder / name
    kept = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    if re.fullmatch(r"[A-Za-z0-9_-]{43}", kept):
        return kept
    fresh = secrets.token_urlsafe(_SECRET_BYTES)
    half_written = path.with_suffix(".new")
    half_written.unlink(missing_ok=True)
    with create_file(half_written, FILE_MODE) as file:
        file.write(fresh.encode("ascii"))
    half_written.replace(path)
    return fresh


@contextmanager
def open_data_folder(folder: Path) -> Iterator[Path]:
    """Create the folder, private to the bot's own user, and hold its lock. Raises `DataFolderInUse`.

    A folder that others could read is made private; if that fails, it is refused (`StorageUnusable`). The lock is the
    kernel's, so it ends with the process, however that ends. A file system without such locks is refused
    (`StorageUnusable`): a lock that outlives a killed process would block the next one.
    """
    try:
        make_private_folder(folder)
        close_to_others(folder / _LOCK)
    except OSError as fault:
        raise StorageUnusable(f"the data folder {folder} cannot be made: {fault.strerror}") from fault
    with _locked(folder):
        yield folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / _LOCK, mode=FILE_MODE, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as fault:
        raise DataFolderInUse(
            f"the data folder {folder} is in use by another Plantain; stop that one, or choose another folder"
        ) from fault
    except (OSError, NotImplementedError) as fault:
        raise StorageUnusable(f"the data folder {folder} cannot be locked: {fault}") from fault
    try:
        yield
    finally:
        lock.release()


def examine_data_folder(folder: Path) -> FolderCondition:
    """Test that the folder can be written or created, and whether it is in use. Raises `StorageUnusable`."""
    try:
        place = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"Plantain can write here")
        if place == folder:
            check_private_folder(folder)
        free = shutil.disk_usage(place).free
        return FolderCondition(is_there=place == folder, is_in_use=_is_in_use(folder), free_bytes=free)
    except OSError as fault:
        raise StorageUnusable(f"the data folder {folder} cannot be written: {fault.strerror}") from fault


def _is_in_use(folder: Path) -> bool:
    if not (folder / _LOCK).exists():
        return False
    try:
        with _locked(folder):
            return False
    except DataFolderInUse:
        return True
