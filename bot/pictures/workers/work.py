"""The request format of a worker process: pickled pieces of work, each after its length."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.pictures.workers.answers import Plain

REQUEST_LENGTH = struct.Struct(">L")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one piece of work."""

    memory_bytes: int = 270_000_000  # besides what the process has before; with pages of libraries, 300 MB at most
    cpu_seconds: float = 2.0  # of all its threads
    wall_seconds: float = 60.0  # generous: it yields to everything else, and a busy machine is not the picture's fault


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequest:
    """A piece of work: a module-level function, its arguments, and its limits."""

    limits: Limits
    work: Callable[..., Plain]
    arguments: tuple[Any, ...]
