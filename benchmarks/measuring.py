"""One way measured in a process of its own: time, memory, and how long the event loop stood still.

`python -m benchmarks.measuring WAY BASE_URL --answers N --at-once N` prints figures as JSON. Memory is the
resident set's high-water mark (VmHWM in /proc/self/status), so this needs Linux.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.answers.endpoint import LARGE_MODEL, ROOT, SMALL_MODEL
from benchmarks.answers.ways import WAYS, Take

WARM_UPS = 2
"""Small answers over every connection before anything is measured: imports, threads and connections are ready."""

LONGEST_SECONDS = 120.0
"""A process that takes longer hangs."""

_TICK_SECONDS = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many answers are taken, and how many of them at the same time."""

    answers: int
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one way took in one process."""

    seconds: float  # for all answers
    cpu_seconds: float  # of the process, all its threads
    growth_bytes: int  # of the resident set, at its peak
    stall_seconds: float  # the longest time the event loop was late
    kept_files: int
    kept_bytes: int


class LoopWatch:
    """How late the event loop was at worst; it asks to be called every millisecond."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.worst_seconds = 0.0
        self._due = self._loop.time() + _TICK_SECONDS
        self._handle = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        self.worst_seconds = max(self.worst_seconds, now - self._due)
        self._due = now + _TICK_SECONDS
        self._handle = self._loop.call_at(self._due, self._tick)

    def stop(self) -> None:
        """Count what is late now, and watch no longer."""
        self._tick()
        self._handle.cancel()


@asynccontextmanager
async def loop_watch() -> AsyncIterator[LoopWatch]:
    """Watch the event loop for a while."""
    watch = LoopWatch()
    try:
        yield watch
    finally:
        watch.stop()


def reset_high_water_mark() -> int:
    """Begin to measure anew. Return the bytes that are resident now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return high_water_mark()


def high_water_mark() -> int:
    """Return the most bytes that were resident since the last reset."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def measured_in_fresh_process(way: str, base_url: str, load: Load) -> Figures:
    """Measure one way in a fresh process.

    Raises `subprocess.SubprocessError` if it fails or hangs; its traceback is on stderr.
    """
    arguments = [sys.executable, "-m", "benchmarks.measuring", way, base_url]
    arguments += ["--answers", str(load.answers), "--at-once", str(load.at_once)]
    output = subprocess.run(
        arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=LONGEST_SECONDS
    ).stdout
    return Figures(**json.loads(output))


async def measure(way: str, base_url: str, load: Load) -> Figures:
    """Measure one way in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with WAYS[way](base_url, folder) as take:
            await _take_all(take, SMALL_MODEL, Load(answers=WARM_UPS * load.at_once, at_once=load.at_once))
            small = set(_files(folder))
            before = reset_high_water_mark()
            started, cpu_started = time.perf_counter(), time.process_time()
            async with loop_watch() as watch:
                await _take_all(take, LARGE_MODEL, load)
            seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
            growth = high_water_mark() - before
        sizes = [path.stat().st_size for path in _files(folder) if path not in small]
    return Figures(
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        growth_bytes=growth,
        stall_seconds=watch.worst_seconds,
        kept_files=len(sizes),
        kept_bytes=sum(sizes),
    )


async def _take_all(take: Take, model: str, load: Load) -> None:
    numbers = iter(range(load.answers))

    async def take_until_none_is_left() -> None:
        for _ in numbers:
            await take(model)

    async with asyncio.TaskGroup() as group:
        for _ in range(load.at_once):
            group.create_task(take_until_none_is_left())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure one way and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("base_url")
    parser.add_argument("--answers", type=int, required=True)
    parser.add_argument("--at-once", type=int, required=True)
    arguments = parser.parse_args()
    load = Load(answers=arguments.answers, at_once=arguments.at_once)
    print(json.dumps(asdict(asyncio.run(measure(arguments.way, arguments.base_url, load)))))


if __name__ == "__main__":
    main()
