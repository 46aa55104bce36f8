"""The folder that everything we keep lies in. One process at a time may work in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.domain.errors import DataFolderInUse


@contextmanager
def open_data_folder(folder: Path) -> Iterator[Path]:
    """Make the folder, readable by its owner alone, and hold its lock. Raises `DataFolderInUse`.

    The lock is the kernel's, so it ends with the process, however that ends. A file system without such locks
    is refused (`NotImplementedError`): a lock that outlives a killed process would keep the next one out.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(folder / "plantain.lock", thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as fault:
        raise DataFolderInUse(f"{folder} is in use by another process") from fault
    try:
        yield folder
    finally:
        lock.release()
