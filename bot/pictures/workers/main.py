"""The main program of a worker process: prepare once, then do one piece of work after another until the input ends."""

import ctypes
import os
import pickle
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from traceback import format_exc
from typing import BinaryIO

from bot.domain.errors import PictureTooLarge
from bot.pictures.workers.answers import Plain, write_fault, write_value
from bot.pictures.workers.confinement import Files, confine
from bot.pictures.workers.work import REQUEST_LENGTH, WorkRequest

_NICENESS = 5
"""On a single core, the event loop has priority."""

_ARENAS, _MMAP_FROM_BYTES = -8, -3
"""M_ARENA_MAX and M_MMAP_THRESHOLD of mallopt(3)."""

_SIGNAL_AT_PARENTS_DEATH = 1
"""PR_SET_PDEATHSIG of prctl(2)."""

_STACK_BYTES = 2 << 20
"""The stack of each thread. All of it counts against the limit, used or not; libvips requests no less."""

_WORN_BYTES = 120_000_000
"""An idle process with more bytes is replaced. They settle at 60 MB, and libraries leak a little."""

_STATUS_BYTES = 8192


def main(files: Files | None) -> None:
    """Run as a worker. The first answer is the list of what the system does not let us give up."""
    requests, answers = _take_pipes()
    worker = _Worker(answers)
    _prepare()
    missing = confine(files)
    _load_libvips()
    write_value(answers, missing, is_last=False)
    while length := requests.read(REQUEST_LENGTH.size):
        request = pickle.loads(requests.read(*REQUEST_LENGTH.unpack(length)))  # noqa: S301  # it comes from the bot
        if worker.do(request):
            return


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes private, so that a library that prints or reads cannot mix with requests and answers."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b") as nothing:
        for descriptor in (0, 1, 2):
            os.dup2(nothing.fileno(), descriptor)
    return requests, answers


def _prepare() -> None:
    """Prepare the process: end with the parent, and return freed memory to the system.

    Without the second, each picture would leave less memory for the next. The first exists only on Linux, the second
    only in glibc. Other systems need the second less; without the first, workers finish their picture.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to the whole process group; the bot decides when work is over
    os.nice(_NICENESS)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
    os.environ["VIPS_DISC_THRESHOLD"] = "1000g"  # never use a file on disk when memory is too short
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.block_untrusted_set(True)  # noqa: FBT003  # pyvips has it so


class _Worker:
    """Does pieces of work within their limits and sends the results."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        # Opened while files still can be. Each read returns fresh text.
        self._status = os.open("/proc/self/status", os.O_RDONLY) if sys.platform == "linux" else None

    def do(self, request: WorkRequest) -> bool:
        """Do the work and send the answer. Returns whether the process has grown so large that it should end."""
        try:
            value = self._within_limits(request)
        except MemoryError:
            fault = PictureTooLarge("a picture that takes more memory than we give")
            write_fault(self._answers, fault, "", is_last=(is_worn := self._is_worn()))
        except Exception as fault:  # noqa: BLE001  # the bot raises it
            write_fault(self._answers, fault, format_exc(), is_last=(is_worn := self._is_worn()))
        else:
            write_value(self._answers, value, is_last=(is_worn := self._is_worn()))
        return is_worn

    def _within_limits(self, request: WorkRequest) -> Plain:
        self._limit_memory(request.limits.memory_bytes)
        signal.setitimer(signal.ITIMER_PROF, request.limits.cpu_seconds)  # SIGPROF ends the process
        try:
            return request.work(*request.arguments)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _is_worn(self) -> bool:
        return self._data_bytes() > _WORN_BYTES

    def _limit_memory(self, more_bytes: int) -> None:
        if now := self._data_bytes():
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (now + more_bytes, hard))

    def _data_bytes(self) -> int:
        """Return the bytes that count against RLIMIT_DATA; 0 if the system is not Linux."""
        if self._status is None:
            return 0
        status = os.pread(self._status, _STATUS_BYTES, 0)
        return int(status.partition(b"VmData:")[2].split()[0]) * 1024
