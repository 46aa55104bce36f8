"""The processes that picture files are decoded in, so that no file can take more than it is given.

A decoder is C code at work on a stranger's bytes. In a process of its own its memory and its processor time have hard
limits, its crash is one file's misfortune, and the event loop never waits for it. The processes are anyio's: they stay
warm, go away with the event loop, and end when the bot is killed: at work by the kernel's hand, else because their
input ends.
"""

import asyncio
import ctypes
import math
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exc
from typing import TypeVar, TypeVarTuple

from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

from bot.domain.errors import PictureTooLarge, PlantainError

Made = TypeVar("Made")
Arguments = TypeVarTuple("Arguments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one piece of work may take."""

    memory_bytes: int = 270_000_000  # beside what the process has before; with pages of libraries, 300 MB at most
    cpu_seconds: float = 2.0  # of all its threads
    wall_seconds: float = 20.0  # a machine that has better things to do is not the picture's fault


MOST_AT_ONCE = 2
"""One large picture then does not hold up everybody's, and the worst that two can take is known: 800 MB."""

_NICENESS = 5
"""Where there is one core, the event loop goes first."""


class Workshop:
    """Has work done in processes of its own; making one starts nothing. One serves the whole program.

    `at_once` is how many pieces of work are done at the same time; the others wait for their turn.
    """

    def __init__(self, limits: Limits | None = None, *, at_once: int = MOST_AT_ONCE) -> None:
        self._limits = limits or Limits()
        self._at_once = at_once
        self._benches = asyncio.Semaphore(at_once)
        self._no_limiter = CapacityLimiter(math.inf)
        self._starting: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[*Arguments], Made], *arguments: *Arguments) -> Made:
        """Do work in a process and give what it returns, or raise what it raises.

        `work` is a function of a module; it, its arguments and what comes of it are pickled. Raises `PictureTooLarge`
        if it takes more than its limits, or ends its process in any other way. Cancelled, the process is killed.
        """
        async with self._benches:
            await self._have_one_ready()
            try:
                async with asyncio.timeout(self._limits.wall_seconds):
                    return await to_process.run_sync(
                        _do, self._limits, work, arguments, cancellable=True, limiter=self._no_limiter
                    )
            except BrokenWorkerProcess as fault:
                raise PictureTooLarge("a picture that takes more memory or time than we give") from fault
            except TimeoutError as fault:
                raise PictureTooLarge(f"a picture that takes more than {self._limits.wall_seconds} s") from fault

    async def _have_one_ready(self) -> None:
        """Start a process where none waits for work. Who is cancelled does not stop it: anyio would lose it."""
        task = asyncio.create_task(self._prepare_one())
        self._starting.add(task)
        task.add_done_callback(self._started)
        await asyncio.shield(task)

    async def _prepare_one(self) -> None:
        for _ in range(2 * self._at_once):
            with suppress(BrokenWorkerProcess, _WornOut):  # it ended while it had no work, or is to end now
                return await to_process.run_sync(_prepare, limiter=self._no_limiter)
        return await to_process.run_sync(_prepare, limiter=self._no_limiter)

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting.discard(task)
        if not task.cancelled():
            task.exception()  # seen here too, for when nobody waits for it any more


# From here on: in the process

_ARENAS, _MMAP_FROM_BYTES = -8, -3
"""M_ARENA_MAX and M_MMAP_THRESHOLD of mallopt(3)."""

_SIGNAL_AT_PARENTS_DEATH = 1
"""PR_SET_PDEATHSIG of prctl(2)."""

_STACK_BYTES = 2 << 20
"""Of each thread, which counts in whole against the limit, used or not; libvips asks for no less."""

_WORN_BYTES = 120_000_000
"""A process that has so much while it has no work is replaced; they settle at 60 MB, and libraries leak a little."""

_is_prepared = False


class _WornOut(SystemExit):
    """The process ends after it has said so; anyio has it that way."""


def _prepare() -> None:
    """Make the process fit for work, once. Raises `_WornOut` if it is no longer."""
    global _is_prepared  # noqa: PLW0603  # a process is prepared once, whoever asks
    if _is_prepared:
        if _data_bytes() > _WORN_BYTES:
            raise _WornOut
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they go to the whole group; the bot says when the work is over
    os.nice(_NICENESS)
    _talk_to_system()
    _load_libvips()
    _is_prepared = True


def _talk_to_system() -> None:
    """End with the parent; have freed memory leave the process, else each picture leaves less for the next.

    The first is Linux's, the rest glibc's; others need the rest less, and without the first finish their picture.
    """
    system = ctypes.CDLL(None)
    with suppress(AttributeError):
        system.prctl(_SIGNAL_AT_PARENTS_DEATH, signal.SIGKILL)
    with suppress(AttributeError):
        system.mallopt(_ARENAS, 1)
        system.mallopt(_MMAP_FROM_BYTES, 1 << 17)
        attributes = ctypes.create_string_buffer(256)  # pthread_attr_t, with room to spare
        system.pthread_attr_init(attributes)
        system.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_STACK_BYTES))
        system.pthread_setattr_default_np(attributes)


def _load_libvips() -> None:
    os.environ["VIPS_CONCURRENCY"] = "1"  # the decoder and the encoder overlap all the same
    os.environ["VIPS_DISC_THRESHOLD"] = "1000g"  # what does not fit into memory does not go to the disk either
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.block_untrusted_set(True)  # noqa: FBT003  # pyvips has it so


def _data_bytes() -> int:
    """Bytes that count against RLIMIT_DATA; 0 where that is not Linux's."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def _limit_memory(more_bytes: int) -> None:
    if now := _data_bytes():
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (now + more_bytes, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _do(limits: Limits, work: Callable[[*Arguments], Made], arguments: tuple[*Arguments]) -> Made:
    if not _is_prepared:  # another piece of work took the one that was ready
        _prepare()
    _limit_memory(limits.memory_bytes)
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)  # SIGPROF ends the process
    try:
        return work(*arguments)
    except MemoryError as error:
        raise PictureTooLarge("a picture that takes more memory than we give") from error
    except (PlantainError, OSError):
        raise
    except Exception as error:
        error.add_note(format_exc())  # a traceback does not cross over
        raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
