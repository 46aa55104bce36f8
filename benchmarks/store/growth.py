"""What a year of a busy server costs: the store's moves with more and more history, and with a long queue."""

import asyncio
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from rich.progress import track

from benchmarks.results import Bar, Comparison, Spread, show, to_markdown
from benchmarks.store import start
from benchmarks.store.history import write_history, write_waiting
from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import ClaimedJob, RequestId
from bot.storage.engines.database import Database
from bot.storage.store import SqlStore
from tests.contract.stores import ANNA, request

T = TypeVar("T")

ROUNDS = 5
SMALL, MIDDLE, LARGE, LONG = "10³ rows", "10⁵ rows", "10⁶ rows", "10⁵ rows, 100,000 wait"
CASES: Mapping[str, tuple[int, int]] = {  # rows of the ledger, jobs that wait
    SMALL: (1_000, 2_000),
    MIDDLE: (100_000, 2_000),
    LARGE: (1_000_000, 2_000),
    LONG: (100_000, 100_000),
}
STARTED = (SMALL, LARGE)
"""The databases that the program is started with, before anything waits there."""

MOVES = ("accept", "claim", "queue", "messages_of")
READS = ("check_ledger", "wanted_pictures")
BESIDE_CHECK, BESIDE_WANTED = "accept beside check", "accept beside wanted"
KEEP = timedelta(days=90)
TIMES = 60
"""How often a move is made for one figure, its median."""

MOST_RATIO = 1.5
MOST_BESIDE = 1.2
MOST_START_SECONDS = 3.0
COUNTS_AS_EQUAL_MS = 1.0

_TITLE = "Growth: a year of a busy server"
_EXPLANATION = (
    "The store on databases of 10³, 10⁵ and 10⁶ ledger rows, in each of which 2,000 jobs wait, and on one where "
    "100,000 wait; their rows are written straight into them, and the ledger check agrees with them. Milliseconds of "
    f"one call: of the moves the median of {TIMES}. A long queue is read as far as its first 2,000 places. *accept "
    "beside*: while the ledger check, and then the search for wanted pictures, are at work without a pause. *start*: "
    "from the start of the program to the first message on its page that is answered, in seconds."
)
_HEADINGS = ("database", *MOVES, *READS, BESIDE_CHECK, BESIDE_WANTED, "start s")


@dataclass
class Case:
    """A database that is measured."""

    name: str
    store: SqlStore
    rows: int  # of its ledger
    figures: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wanted: int = 0
    accepted: int = 0

    async def measure(self) -> None:
        """Take one figure of everything."""
        figures: Mapping[str, Callable[[], Awaitable[float]]] = {
            "accept": lambda: _median(self._accept),
            "claim": lambda: _median(self.store.claim, afterwards=self._put_back),
            "queue": lambda: _median(self.store.queue),
            "messages_of": lambda: _median(lambda: self.store.messages_of(RequestId(1))),
            "check_ledger": lambda: _milliseconds(self._check),
            "wanted_pictures": lambda: _milliseconds(self._want),
            BESIDE_CHECK: lambda: self._accept_beside(self._check),
            BESIDE_WANTED: lambda: self._accept_beside(self._want),
        }
        for name, take in figures.items():
            self.figures[name].append(await take())

    async def _accept(self) -> None:
        self.accepted += 1
        member = replace(ANNA, id=f"member-{1 + self.accepted % 100}")
        await self.store.accept(request(f"of-{self.name}-{self.accepted}", member=member, price=1))

    async def _put_back(self, job: ClaimedJob | None) -> None:
        assert job is not None
        assert await self.store.put_back(job.job, job.attempt)

    async def _check(self) -> None:
        assert await self.store.check_ledger() == []

    async def _want(self) -> None:
        self.wanted = len(await self.store.wanted_pictures(KEEP))

    async def _accept_beside(self, work: Callable[[], Awaitable[None]]) -> float:
        """Return the median time to accept a request while `work` runs again and again."""

        async def again_and_again() -> None:
            while True:
                await work()

        working = asyncio.create_task(again_and_again())
        try:
            return await _median(self._accept)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


class _Now:
    """The clock of the stores: it stands still, so that no day ends while something is measured."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time that the benchmark has set."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Sleep in real time."""
        await asyncio.sleep(seconds)


def compare() -> Comparison:
    """Measure everything. Raises AssertionError where the ledger check finds a disagreement."""
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name), datetime.now(UTC)
        for case, (rows, waiting) in track(CASES.items(), "Writing …", transient=True):
            write_history(folder / f"{case}.db", ledger_rows=rows, waiting=0, now=now)
            if case in STARTED:
                shutil.copy(folder / f"{case}.db", folder / f"start, {case}.db")
            write_waiting(folder / f"{case}.db", waiting=waiting, now=now)
        cases = asyncio.run(_measured(folder, now))
        seconds: dict[str, list[float]] = {case: [] for case in STARTED}
        for case in track(ROUNDS * STARTED, "Starting …", transient=True):
            seconds[case].append(start.seconds_until_answered(folder / f"start, {case}.db"))
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={case.name: _row(case, seconds.get(case.name, ())) for case in cases},
        bars=(*_move_bars(cases), *_read_bars(cases), *_beside_bars(cases), _start_bar(seconds[LARGE])),
    )


async def _measured(folder: Path, now: datetime) -> Sequence[Case]:
    """Measure in rounds. Each round measures every database in turn."""
    async with AsyncExitStack() as stack:
        cases = []
        for name in CASES:
            path = folder / f"{name}.db"
            database = await Database.open(path)
            stack.push_async_callback(database.close)
            store = SqlStore(database, CreditPolicy(daily=20), _Now(now))
            cases.append(Case(name=name, store=store, rows=_ledger_rows(path)))
        for _ in track(range(ROUNDS), "Measuring …", transient=True):
            for case in cases:
                await case.measure()
        return cases


def _ledger_rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        [(rows,)] = database.execute("SELECT count(*) FROM ledger")
        return int(rows)


async def _median(call: Callable[[], Awaitable[T]], afterwards: Callable[[T], Awaitable[None]] | None = None) -> float:
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        outcome = await call()
        taken.append((time.perf_counter() - begun) * 1000)
        if afterwards is not None:
            await afterwards(outcome)
    return statistics.median(taken)


async def _milliseconds(call: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await call()
    return (time.perf_counter() - begun) * 1000


def _row(case: Case, start_seconds: Sequence[float]) -> tuple[Spread, ...]:
    return (
        *(Spread(case.figures[name], 1) for name in (*MOVES, *READS, BESIDE_CHECK, BESIDE_WANTED)),
        *([Spread(start_seconds, 1)] if start_seconds else []),
    )


def _middle(case: Case, name: str) -> float:
    return statistics.median(case.figures[name])


def _move_bars(cases: Sequence[Case]) -> Iterator[Bar]:
    """Compare the slower of the two largest databases with the smallest, for each move."""
    smallest = cases[0]
    for name in MOVES:
        largest = max(_middle(case, name) for case in cases if case.name in {LARGE, LONG})
        ratio = max(largest, COUNTS_AS_EQUAL_MS) / max(_middle(smallest, name), COUNTS_AS_EQUAL_MS)
        yield Bar(
            f"{name} takes {ratio:.2f} times as long with the most rows or the longest queue (at most {MOST_RATIO})",
            ratio <= MOST_RATIO,
        )


def _read_bars(cases: Sequence[Case]) -> Iterator[Bar]:
    """Compare the time for a row of the largest ledger with the shortest such time of the smaller ones."""
    small, middle, large = cases[:3]
    sizes: Mapping[str, Callable[[Case], int]] = {
        "check_ledger": lambda case: case.rows,
        "wanted_pictures": lambda case: case.wanted,
    }
    for name, size in sizes.items():
        each = {case.name: _middle(case, name) / size(case) for case in (small, middle, large)}
        ratio = each[large.name] / min(each.values())
        yield Bar(f"{name} takes {ratio:.2f} times as long for each row (at most {MOST_RATIO})", ratio <= MOST_RATIO)


def _beside_bars(cases: Sequence[Case]) -> Iterator[Bar]:
    [large] = [case for case in cases if case.name == LARGE]
    for beside, what in ((BESIDE_CHECK, "the ledger check"), (BESIDE_WANTED, "the search for wanted pictures")):
        ratio = _middle(large, beside) / _middle(large, "accept")
        yield Bar(
            f"accepting takes {ratio:.2f} times as long beside {what} (at most {MOST_BESIDE})", ratio <= MOST_BESIDE
        )


def _start_bar(seconds: Sequence[float]) -> Bar:
    middle = statistics.median(seconds)
    text = f"with 10⁶ ledger rows the first message is answered {middle:.1f} s after the start (at most"
    return Bar(f"{text} {MOST_START_SECONDS:.0f})", middle <= MOST_START_SECONDS)


def main() -> None:
    """Measure growth alone, and print it; exit status 1 if a bar is missed."""
    comparison = compare()
    show(comparison)
    print(to_markdown(comparison))
    sys.exit(0 if all(bar.holds for bar in comparison.bars) else 1)


if __name__ == "__main__":
    main()
