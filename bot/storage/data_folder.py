"""The folder that everything we keep lies in. One process at a time may work in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.domain.errors import DataFolderInUse, StorageUnusable


@contextmanager
def open_data_folder(folder: Path) -> Iterator[Path]:
    """Make the folder, readable by its owner alone, and hold its lock. Raises `DataFolderInUse`.

    The lock is the kernel's, so it ends with the process, however that ends. A file system without such locks
    is refused (`StorageUnusable`): a lock that outlives a killed process would keep the next one out.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise StorageUnusable(f"the data folder {folder} cannot be made: {fault.strerror}") from fault
    lock = FileLock(folder / "plantain.lock", thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as fault:
        raise DataFolderInUse(
            f"the data folder {folder} is in use by another Plantain; stop that one, or choose another folder"
        ) from fault
    except (OSError, NotImplementedError) as fault:
        raise StorageUnusable(f"the data folder {folder} cannot be locked: {fault}") from fault
    try:
        yield folder
    finally:
        lock.release()
