"""How soon fifty members at once see that they were heard, beside a bot of ten lines that does nothing else."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.progress import track

from benchmarks.answers.endpoint import ROOT
from benchmarks.delivery.program import program
from benchmarks.delivery.scenes import SCENES, SIGN
from benchmarks.delivery.town import Town, town_process
from benchmarks.results import Bar, Comparison, Spread

ROUNDS = 5
AT_ONCE = 50
WARM_UPS = SCENES[SIGN].members - AT_ONCE
MOST_TIMES = 1.5
PLANTAIN, TEN_LINES = "plantain", "ten lines"

_TITLE = f"The first sign in Telegram: {AT_ONCE} members at once"
_EXPLANATION = (
    f"{AT_ONCE} members give a command in private chats at the same moment, after {WARM_UPS} others one by one; "
    "milliseconds until each sees a first sign in their chat, whatever it is. *plantain*: the whole program, with "
    "durable acceptance and its statuses; *ten lines*: python-telegram-bot with a handler that shows “sending photo …” "
    "and does nothing else. Both in processes of their own against the same simulated Telegram with strict limits, in "
    "turns. The bars compare medians of all runs."
)
_HEADINGS = ("bot", "p50 ms", "last ms")


def compare() -> Comparison:
    """Measure both, in turns."""
    found: dict[str, list[list[float]]] = {PLANTAIN: [], TEN_LINES: []}
    for way in track([way for _ in range(ROUNDS) for way in found], "Waiting for signs …", transient=True):
        os.sync()
        found[way].append(measured(way))
    rows = {
        way: (
            Spread([statistics.median(run) * 1000 for run in runs], 0),
            Spread([max(run) * 1000 for run in runs], 0),
        )
        for way, runs in found.items()
    }
    bars = (_bar("half of the members", rows, 0), _bar("all members", rows, 1))
    return Comparison(title=_TITLE, explanation=_EXPLANATION, headings=_HEADINGS, rows=rows, bars=bars)


def measured(way: str) -> list[float]:
    """Run a way once, in fresh processes, and return the seconds of each member."""
    with town_process(SIGN) as town, program(SIGN, town) if way == PLANTAIN else _ten_lines(town):
        for number in range(WARM_UPS):
            town.tell(f"sign {number} 1")
        seconds: list[float] = town.tell(f"sign {WARM_UPS} {AT_ONCE}")
        return seconds


@contextmanager
def _ten_lines(town: Town) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.intake.ten_lines", json.dumps(town.addresses)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            if not town.tell("ready"):
                raise RuntimeError("the bot of ten lines did not begin to listen")
            yield
        finally:
            process.kill()


def _bar(who: str, rows: Mapping[str, tuple[Spread, ...]], column: int) -> Bar:
    ours, plain = (statistics.median(rows[way][column].values) for way in (PLANTAIN, TEN_LINES))
    times = ours / plain
    text = f"{who} see a sign within {ours:.0f} ms, {times:.2f} times as long as from ten lines (at most {MOST_TIMES})"
    return Bar(text, times <= MOST_TIMES)
