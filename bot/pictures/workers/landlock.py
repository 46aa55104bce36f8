"""Kernel rules for the files that this process may open (Linux, landlock(7)). Setting them needs no privileges.

A process under such rules cannot inspect another one either: neither its memory, nor its environment in /proc.
"""

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls. They are the same on every architecture."""

_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_FILE = 1 << 8
_TRUNCATE = 1 << 14
_KNOWN_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""The file rights that each version can forbid. Later versions add none that we know of."""

_TCP = 0b11  # bind and connect, from version 4 on
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # to outside processes, from version 6 on

_LIBRARY = _READ_FILE | _READ_DIR | _EXECUTE
_ONE_FILE = _READ_FILE
_FOLDER = _READ_FILE | _WRITE_FILE | _MAKE_FILE | _TRUNCATE
"""These rights exclude listing: a process must know a picture's name to open it."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def allow_only_files(*, libraries: Sequence[Path], readable: Sequence[Path], folders: Sequence[Path]) -> None:
    """Forbid this process every file but these, for good.

    Libraries may be read, listed and mapped; `readable` are single files; in folders, files may be created, read and
    written, but not listed. Paths that do not exist are skipped. Needs no_new_privs. Raises `OSError` if the kernel has
    no such rules.
    """
    version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    handled = _KNOWN_RIGHTS[min(version, max(_KNOWN_RIGHTS))]
    rules = _Ruleset(files=handled, network=_TCP, scoped=_ABSTRACT_SOCKETS_AND_SIGNALS)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), _size_for(version), 0)
    try:
        for paths, rights in ((libraries, _LIBRARY), (readable, _ONE_FILE), (folders, _FOLDER)):
            for path in paths:
                with suppress(FileNotFoundError, NotADirectoryError):
                    _allow(ruleset, path, rights & handled)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _size_for(version: int) -> int:
    """Return the size in bytes of the ruleset structure that a version knows."""
    if version < 4:  # noqa: PLR2004  # the first that knows of networks
        return 8
    return 16 if version < 6 else 24  # noqa: PLR2004  # the first that knows of scopes


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if path.is_dir() else rights & (_READ_FILE | _EXECUTE)
        rule = _PathRule(allowed=allowed, folder=descriptor)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    system = ctypes.CDLL(None, use_errno=True)
    system.syscall.restype = ctypes.c_long
    passed = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = int(system.syscall(ctypes.c_long(number), *passed))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
