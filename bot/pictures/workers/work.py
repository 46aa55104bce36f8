"""What the bot sends to a worker process: pieces of work, pickled, each after its length."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.pictures.workers.answers import Plain

REQUEST_LENGTH = struct.Struct(">L")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one piece of work may take."""

    memory_bytes: int = 270_000_000  # beside what the process has before; with pages of libraries, 300 MB at most
    cpu_seconds: float = 2.0  # of all its threads
    wall_seconds: float = 20.0  # a machine that has better things to do is not the picture's fault


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequest:
    """A piece of work: a function of a module, what it is given, and what it may take."""

    limits: Limits
    work: Callable[..., Plain]
    arguments: tuple[Any, ...]
