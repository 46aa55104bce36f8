"""The workshop decodes picture files in separate processes, so that no file can exceed its limits.

A decoder is C code that processes a stranger's bytes. In a process of its own, its memory and its processor time have
hard limits, a crash affects only one file, and the event loop never waits for it. An attacker who takes it over finds
an empty environment, no network, no other file than the pictures, and a bot that unpickles nothing it sends. The
processes stay warm. If the bot is killed, they end: PR_SET_PDEATHSIG kills a busy worker; EOF on stdin ends an idle
one.
"""

import asyncio
import pickle
import weakref
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar, TypeVarTuple, cast

import structlog

from bot.domain.errors import PictureTooLarge
from bot.pictures.workers.answers import Answer, Plain
from bot.pictures.workers.confinement import Files
from bot.pictures.workers.process import WorkerEnded, WorkerProcess
from bot.pictures.workers.work import Limits, WorkRequest

__all__ = ["Files", "Limits", "Workshop"]

Made = TypeVar("Made", bound=Plain)
Found = TypeVar("Found")
Arguments = TypeVarTuple("Arguments")

MOST_AT_ONCE = 2
"""So one large picture does not block everybody, and the maximum memory of two is known: 800 MB."""

LONGEST_IDLE_SECONDS = 300.0
"""A process that was idle for so long is ended when the next work arrives, except the last one."""

_START_SECONDS = 60.0


class Workshop:
    """Runs work in separate processes. Creating it starts none. One workshop serves the whole program.

    `at_once` is the number of pieces of work done in parallel; others wait for their turn. Work may open only `files`,
    or any file if that is None. Without `close`, the processes end with the object.
    """

    def __init__(
        self, limits: Limits | None = None, *, at_once: int = MOST_AT_ONCE, files: Files | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._files = files
        self._benches = asyncio.Semaphore(at_once)
        # Each thread waits for one process, so the event loop never blocks.
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="workshop")
        self._processes: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []  # the most recently used one is last
        self._has_warned = False
        self._end_all = weakref.finalize(self, _end_all, self._processes)

    async def run(self, work: Callable[[*Arguments], Made], *arguments: *Arguments) -> Made:
        """Run work in a process. Returns what it returns, or raises what it raises.

        `work` is a module-level function, pickled with its arguments; it returns bytes or a JSON value. Raises
        `PictureTooLarge` if it exceeds its limits or ends its process in any other way, `WorkFailed` for a bug of ours,
        and `OSError` if no process can be started. If the caller is cancelled, the process is killed.
        """
        request = pickle.dumps(WorkRequest(limits=self._limits, work=work, arguments=arguments))
        async with self._benches:
            answer = await self._answer(request)
        if answer.fault is not None:
            raise answer.fault
        return cast("Made", answer.value)  # the return value of the work, if nobody took over the process

    async def close(self) -> None:
        """End all processes. Work that still waits for one gets `PictureTooLarge`."""
        await asyncio.to_thread(self._end_all)

    async def _answer(self, request: bytes) -> Answer:
        try:
            async with self._process() as process, asyncio.timeout(self._limits.wall_seconds):
                answer = await self._in_thread(process.do, request)
                if answer.is_last:
                    self._end(process)
                return answer
        except WorkerEnded as fault:
            raise PictureTooLarge("a picture that takes more memory or time than we give") from fault
        except TimeoutError as fault:
            raise PictureTooLarge(f"a picture that takes more than {self._limits.wall_seconds} s") from fault

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[WorkerProcess]:
        """Provide a ready process. A process that gave no answer is ended, because its state is unknown."""
        self._end_those_nobody_needs()
        process = self._idle.pop() if self._idle else await self._start()
        try:
            yield process
        except BaseException:
            self._end(process)
            raise
        if process in self._processes:
            process.idle_since = asyncio.get_running_loop().time()
            self._idle.append(process)

    async def _start(self) -> WorkerProcess:
        process = WorkerProcess(self._files)
        self._processes.add(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                missing = await self._in_thread(process.wait_until_ready)
        except (WorkerEnded, TimeoutError) as fault:
            self._end(process)
            raise OSError("the process to decode pictures in did not start") from fault
        except BaseException:
            self._end(process)
            raise
        if missing and not self._has_warned:
            self._has_warned = True
            structlog.get_logger().warning("decoders-not-fully-confined", missing=list(missing))
        return process

    def _end_those_nobody_needs(self) -> None:
        latest = asyncio.get_running_loop().time() - LONGEST_IDLE_SECONDS
        old = {process for process in self._idle[:-1] if process.idle_since < latest}
        for process in {process for process in self._idle if process.has_ended} | old:
            self._idle.remove(process)
            self._end(process)

    def _end(self, process: WorkerProcess) -> None:
        process.kill()
        self._processes.discard(process)
        self._threads.submit(process.end)

    async def _in_thread(self, work: Callable[[*Arguments], Found], *arguments: *Arguments) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def _end_all(processes: set[WorkerProcess]) -> None:
    for process in tuple(processes):
        process.end()
