"""Confinement: what a worker process gives up before it reads the first stranger's byte. It needs no privileges."""

import ctypes
import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.pictures.workers.landlock import allow_only_files
from bot.pictures.workers.system_calls import refuse_system_calls

_NO_NEW_PRIVILEGES = 38
"""PR_SET_NO_NEW_PRIVS of prctl(2)."""

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache")
_PACKAGES = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files that a worker may open, besides libraries: single files to read, and folders to read and write in."""

    readable: Sequence[Path] = ()
    folders: Sequence[Path] = ()


def confine(files: Files | None) -> list[str]:
    """Give up for good what a decoder does not need. Returns what the system does not let us give up.

    The process gains no privileges by starting a program, opens no socket, and cannot inspect another process. With
    `files`, it opens no other file.
    """
    missing = []
    try:
        _gain_no_privileges()
    except (AttributeError, OSError) as fault:
        return [f"privileges, system calls and files: {fault}"]  # the rest requires no_new_privs
    if files is not None:
        try:
            allow_only_files(libraries=_libraries(), readable=files.readable, folders=files.folders)
        except (AttributeError, OSError) as fault:
            missing.append(f"files: {fault}")
    try:
        refuse_system_calls()
    except (AttributeError, OSError) as fault:
        missing.append(f"system calls: {fault}")
    return missing


def _gain_no_privileges() -> None:
    system = ctypes.CDLL(None, use_errno=True)
    yes, unused = ctypes.c_ulong(1), ctypes.c_ulong(0)
    if system.prctl(_NO_NEW_PRIVILEGES, yes, unused, unused, unused) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _libraries() -> list[Path]:
    """Return the folders of modules that are loaded later: Python, packages, this program, the system's libraries.

    Not all of `sys.path`: it may have the folder that the bot was started in, with its configuration and its data.
    """
    own = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    packages = [entry for entry in sys.path if Path(entry).name in _PACKAGES]
    prefixes = [f"{sys.base_prefix}/lib", f"{sys.base_exec_prefix}/lib"]
    program = str(Path(bot.__file__).parent)
    return [Path(path) for path in dict.fromkeys((*own, *packages, *prefixes, program, *_SYSTEM_LIBRARIES))]
