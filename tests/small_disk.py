"""A real file system of a few megabytes, in memory, which a test can fill and make room on."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted file system."""

    folder: Path

    @property
    def free_bytes(self) -> int:
        return shutil.disk_usage(self.folder).free

    def fill(self, *, but_bytes: int) -> None:
        """Leave so much room and no more; others may take some of it meanwhile."""
        with suppress(OSError), (self.folder / "filler").open("ab") as file:
            file.write(bytes(max(0, self.free_bytes - but_bytes)))

    def make_room(self) -> None:
        """Take away what it was filled with."""
        (self.folder / "filler").unlink()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk on a folder that is made. Where nobody may mount, the test is skipped."""
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder))
    try:
        subprocess.run(mount, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        pytest.skip(f"no small disk without the right to mount: {getattr(fault, 'stderr', '') or fault}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)
