"""Where picture files are decoded: in processes of their own, so that no file can take more than it is given.

A decoder is C code at work on a stranger's bytes. In a process of its own its memory and its processor time have hard
limits, its crash is one file's misfortune, and the event loop never waits for it. Whoever takes it over finds an empty
environment, no network, no other file than the pictures, and a bot that unpickles nothing it says. The processes stay
warm. When the bot is killed they end: PR_SET_PDEATHSIG kills a busy one, and the end of its input an idle one.
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
"""One large picture then does not hold up everybody's, and the worst that two can take is known: 800 MB."""

LONGEST_IDLE_SECONDS = 300.0
"""A process that nobody needed for so long is ended at the next occasion, but for the last one."""

_START_SECONDS = 60.0


class Workshop:
    """Has work done in processes of its own; making one starts nothing. One serves the whole program.

    `at_once` is how many pieces of work are done at the same time; the others wait for their turn. Work reaches `files`
    and no others, or any file where that is None. Without `close`, the processes end with the object.
    """

    def __init__(
        self, limits: Limits | None = None, *, at_once: int = MOST_AT_ONCE, files: Files | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._files = files
        self._benches = asyncio.Semaphore(at_once)
        # Each thread waits for one process, so that nothing but the event loop's own work is in the loop.
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="workshop")
        self._processes: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []  # the last used one stands last
        self._has_warned = False
        self._end_all = weakref.finalize(self, _end_all, self._processes)

    async def run(self, work: Callable[[*Arguments], Made], *arguments: *Arguments) -> Made:
        """Do work in a process and give what it returns, or raise what it raises.

        `work` is a function of a module, pickled with its arguments; it returns bytes or what JSON can say. Raises
        `PictureTooLarge` if it takes more than its limits or ends its process in any other way, `WorkFailed` for a
        mistake of ours, and `OSError` if no process can be started. Cancelled, the process is killed.
        """
        request = pickle.dumps(WorkRequest(limits=self._limits, work=work, arguments=arguments))
        async with self._benches:
            answer = await self._answer(request)
        if answer.fault is not None:
            raise answer.fault
        return cast("Made", answer.value)  # what the work returned, in a process that nobody took over

    async def close(self) -> None:
        """End all processes. Whoever waits for one is told that its picture is too large."""
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
        """A process that is ready. One that did not come to an answer is ended, for nobody knows what it is at."""
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
