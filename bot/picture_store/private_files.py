"""Files and folders that only the bot's own user can read, whatever the umask and the earlier modes are."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import structlog

from bot.domain.errors import StorageUnusable

FILE_MODE = 0o600
"""The mode of each file that we keep."""

_FOLDER_MODE = 0o700
_OTHERS = 0o077
_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")


def make_private_folder(folder: Path) -> None:
    """Create a private folder, or make an existing one private and log that.

    Raises `OSError` if it cannot be created, and `StorageUnusable` if it cannot be made private.
    """
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if not _is_open_to_others(folder):
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    with suppress(PermissionError):
        folder.chmod(mode & ~_OTHERS)
    if _is_open_to_others(folder):  # some file systems accept chmod and ignore it
        raise _open_for_good(folder)
    structlog.get_logger().warning("folder-closed-to-others", folder=str(folder), mode_was=f"{mode:04o}")


def check_private_folder(folder: Path) -> None:
    """Raise `StorageUnusable` if others can read a folder and we could not change that. Nothing is changed."""
    if _is_open_to_others(folder) and os.geteuid() not in {0, folder.stat().st_uid}:
        raise _open_for_good(folder)


def _open_for_good(folder: Path) -> StorageUnusable:
    return StorageUnusable(
        f"the data folder {folder} can be read by others, and this user cannot change that; give it to the user "
        f"that runs Plantain, or let data_dir name a new folder in it, such as {folder / 'plantain'}"
    )


def make_private_database(path: Path) -> None:
    """Create an empty private database file, or make the existing one private. Raises `OSError`.

    SQLite gives its additional files the same mode. Those of an older release are made private too.
    """
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    close_to_others(path, *(path.with_name(path.name + ending) for ending in _BESIDE_A_DATABASE))


def close_to_others(*files: Path) -> None:
    """Make these files private, if they exist. Raises `OSError`."""
    for file in files:
        if file.exists() and _is_open_to_others(file):
            file.chmod(stat.S_IMODE(file.stat().st_mode) & ~_OTHERS)


def create_file(path: Path, mode: int) -> BinaryIO:
    """Create a new file with at most this mode. Raises `FileExistsError` and `OSError`."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb")


def _is_open_to_others(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)
