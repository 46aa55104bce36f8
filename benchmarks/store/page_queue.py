"""How fast pictures are painted while many wait on the page, what that costs, and how soon a stop ends.

`python -m benchmarks.store.page_queue` measures this comparison alone.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.answers.endpoint import SMALL_MODEL, endpoint_process, noise_picture
from benchmarks.results import Bar, Comparison, Spread, show
from tests.e2e.page.page_client import Entry, PageClient, tab
from tests.e2e.program import Program, running

FEW, MANY = 10, 1_000
SLOTS = 2
ROUNDS = 3
SECONDS = 15.0
GRACE_SECONDS = 5
LEAST_SHARE = 0.9
MOST_CPU = 0.4
_POSTS_AT_ONCE = 20
_LOOK_EVERY_SECONDS = 0.02

_TITLE = f"{MANY:,} waiting on the page"
_EXPLANATION = (
    f"One member of the page, a tab open, {SLOTS} pictures painted at a time by an endpoint that takes 0.2 s; for each "
    f"picture that arrives another is asked for, so that as many wait all the time, for {SECONDS:.0f} s. *CPU* is that "
    "of the program with all its threads, the receiving of the pictures included; its helpers that look at picture "
    "files are processes of their own. *Stop*: from SIGTERM to the end of the process. *Load*: of the machine, in the "
    "last minute."
)
_HEADINGS = ("waiting", "painted a second", "CPU share of a core", "CPU ms a picture", "stop s", "load")

_CONFIGURATION = """
[bot]
data_dir = "data"
[jobs]
most_at_once = {slots}
grace_seconds = {grace}
delivery_grace_seconds = {grace}
[[endpoints]]
name = "benchmark"
format = "gemini"
base_url = "{base_url}"
api_key = "env:BENCHMARK_KEY"
models = ["{model}"]
[credits]
daily = 1000000
confirm_above = 1000000
[platforms.web]
listen = "127.0.0.1:0"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run came to."""

    painted_a_second: float
    cpu: float
    stop_seconds: float
    load: float


@dataclass
class _Member:
    """Somebody who asks for as many pictures as were painted."""

    page: PageClient
    painted: set[str] = field(default_factory=set)
    asked: int = 0
    _read: int = 0

    async def ask(self, count: int) -> None:
        """Ask for so many more."""
        self.asked += count
        room = asyncio.Semaphore(_POSTS_AT_ONCE)

        async def say() -> None:
            async with room:
                assert await self.page.say("/imagine a red fox") == 202

        await asyncio.gather(*(say() for _ in range(count)))

    def look(self) -> int:
        """Return how many pictures are new since the last look."""
        known = len(self.painted)
        news, self._read = self.page.heard[self._read :], len(self.page.heard)
        self.painted |= {entry["key"] for _, entry in news if is_picture(entry)}
        return len(self.painted) - known

    async def paint_for(self, seconds: float) -> float:
        """Keep as many waiting; pictures a second."""
        begun, before = time.monotonic(), len(self.painted)
        asking: set[asyncio.Task[None]] = set()
        while time.monotonic() < begun + seconds:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            if (arrived := self.look()) > 0:
                task = asyncio.create_task(self.ask(arrived))
                asking.add(task)
                task.add_done_callback(asking.discard)
        rate = (len(self.painted) - before) / (time.monotonic() - begun)
        await asyncio.gather(*asking)
        return rate


def is_picture(entry: Entry) -> bool:
    """Whether an entry is an outcome."""
    return bool(entry.get("pictures")) and entry["progress"] is None


def compare() -> Comparison:
    """Measure a few waiting and many, in turns."""
    found: dict[int, list[Figures]] = {FEW: [], MANY: []}
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.png"
        picture.write_bytes(noise_picture(64, 64))
        with endpoint_process(picture) as base_url:
            for _ in range(ROUNDS):
                for waiting, figures in found.items():
                    figures.append(asyncio.run(_measured(base_url, waiting)))
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={f"{waiting:,}": _row(figures) for waiting, figures in found.items()},
        bars=_bars(found),
    )


async def _measured(base_url: str, waiting: int) -> Figures:
    async with _bot(base_url) as program, tab(program.link) as page:
        await page.until(lambda entries: len(entries) == 1)  # the welcome
        member = _Member(page)
        await member.ask(waiting + SLOTS)
        while (lacking := member.look()) > 0:  # painted meanwhile
            await member.ask(lacking)
        before = _cpu_seconds(program)
        begun = time.monotonic()
        rate = await member.paint_for(SECONDS)
        cpu = (_cpu_seconds(program) - before) / (time.monotonic() - begun)
        program.process.terminate()
        stopping = time.monotonic()
        await program.ended()
        return Figures(
            painted_a_second=rate,
            cpu=cpu,
            stop_seconds=time.monotonic() - stopping,
            load=os.getloadavg()[0],
        )


@asynccontextmanager
async def _bot(base_url: str) -> AsyncIterator[Program]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        written = _CONFIGURATION.format(slots=SLOTS, grace=GRACE_SECONDS, base_url=base_url, model=SMALL_MODEL)
        config.write_text(written, encoding="utf-8")
        async with running("run", "--config", str(config), environment={"BENCHMARK_KEY": "benchmark"}) as program:
            yield program


def _cpu_seconds(program: Program) -> float:
    """Return the CPU time of the process itself, with all its threads; see proc_pid_stat(5)."""
    fields = Path(f"/proc/{program.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _row(figures: list[Figures]) -> tuple[Spread, ...]:
    return (
        Spread([one.painted_a_second for one in figures], 2),
        Spread([one.cpu for one in figures], 2),
        Spread([1000 * one.cpu / one.painted_a_second for one in figures], 0),
        Spread([one.stop_seconds for one in figures], 1),
        Spread([one.load for one in figures], 1),
    )


def _bars(found: dict[int, list[Figures]]) -> tuple[Bar, ...]:
    few, many = (statistics.median(one.painted_a_second for one in figures) for figures in found.values())
    cpu = statistics.median(one.cpu for one in found[MANY])
    stop = max(one.stop_seconds for one in found[MANY])
    longest = GRACE_SECONDS + 5
    return (
        Bar(
            f"with {MANY:,} waiting, {many:.2f} pictures are painted a second, {many / few:.0%} of those with {FEW} "
            f"(at least {LEAST_SHARE:.0%})",
            many >= LEAST_SHARE * few,
        ),
        Bar(f"the program takes {cpu:.0%} of a core for that (below {MOST_CPU:.0%})", cpu < MOST_CPU),
        Bar(f"SIGTERM ends it within {stop:.1f} s (at most {longest})", stop <= longest),
    )


if __name__ == "__main__":
    show(compare())
