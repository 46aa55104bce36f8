"""What the program does about its own process before it serves: as itself, as root, among other processes."""

import ctypes
import os

_DUMPABLE = 4
"""PR_SET_DUMPABLE of prctl(2)."""


def close_to_other_processes() -> None:
    """Keep this process's environment and memory, with every key in them, from other processes of the same user.

    It leaves no core dump either. Linux does so; elsewhere, and as root, nothing changes.
    """
    system = ctypes.CDLL(None)
    if hasattr(system, "prctl"):
        no = ctypes.c_ulong(0)
        system.prctl(_DUMPABLE, no, no, no, no)


def is_root() -> bool:
    """Whether a fault in this process would have the whole machine."""
    return os.name == "posix" and os.geteuid() == 0
