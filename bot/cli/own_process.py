"""Protects the program's own process from other processes, and detects that it runs as root."""

import ctypes
import os

_DUMPABLE = 4
"""PR_SET_DUMPABLE of prctl(2)."""


def close_to_other_processes() -> None:
    """Hide this process's environment and memory, which contain every key, from other processes of the same user.

    It also prevents core dumps. This works on Linux. On other systems, and for processes of root, nothing changes.
    """
    system = ctypes.CDLL(None)
    if hasattr(system, "prctl"):
        no = ctypes.c_ulong(0)
        system.prctl(_DUMPABLE, no, no, no, no)


def is_root() -> bool:
    """Whether this process runs as root, so that a flaw in it would expose the whole machine."""
    return os.name == "posix" and os.geteuid() == 0
