"""How long members wait for the first word: from what they write to the status message that is handed to the sender."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import track

from benchmarks.endpoint import ROOT
from benchmarks.results import Bar, Comparison, Spread
from benchmarks.telegram_people import People, people_process
from benchmarks.telegram_ways import PLANTAIN, TEN_LINES

ROUNDS = 5
AT_ONCE = 200
ONE_BY_ONE = 20
MOST_MS_IN_A_BURST = 1_000.0
MOST_MS_IDLE = 40.0
_WARM_UPS = 3

_TITLE = f"The first word in Telegram: {AT_ONCE} members at once, and one alone"
_EXPLANATION = (
    f"{AT_ONCE} people write `/imagine` in private chats at the same moment, then {ONE_BY_ONE} more one by one, to "
    "a simulated Bot API in a process of its own. Timed is from when the last has written to when each status message "
    f"is handed to what sends it at Telegram's pace. *{PLANTAIN}*: this code, durable acceptance and reserved credits "
    f"included. *{TEN_LINES}*: the library's own way, which only answers and keeps nothing. What sending takes is "
    "Telegram's to say: about 30 messages a second in all, which is what the pace allows."
)
_HEADINGS = ("way", "burst p50 ms", "burst p99 ms", "alone p50 ms")


def compare() -> Comparison:
    """Measure both bots. Raises RuntimeError if one does not answer everybody."""
    found: dict[str, list[tuple[float, float, float]]] = {PLANTAIN: [], TEN_LINES: []}
    turns = [way for _ in range(ROUNDS) for way in found]
    for way in track(turns, "Measuring …", transient=True):
        os.sync()
        found[way].append(_measured(way))
    p99, alone = (statistics.median(one[place] for one in found[PLANTAIN]) for place in (1, 2))
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={
            way: tuple(Spread([one[place] for one in figures], 0) for place in range(3))
            for way, figures in found.items()
        },
        bars=(
            Bar(
                f"of {AT_ONCE} at once, 99 % have their status on its way within {p99:.0f} ms "
                f"(at most {MOST_MS_IN_A_BURST:.0f})",
                p99 <= MOST_MS_IN_A_BURST,
            ),
            Bar(f"one alone has it within {alone:.0f} ms (at most {MOST_MS_IDLE:.0f})", alone <= MOST_MS_IDLE),
        ),
    )


def _measured(way: str) -> tuple[float, float, float]:
    """Milliseconds: the median and the 99th percentile of a burst, and the median of one alone."""
    with people_process(AT_ONCE) as people, _bot_process(way, people) as bot:
        for _ in range(_WARM_UPS):
            _first_words(people, bot, 1)
        burst = sorted(_first_words(people, bot, AT_ONCE))
        alone = [_first_words(people, bot, 1)[0] for _ in range(ONE_BY_ONE)]
    return statistics.median(burst), burst[round(0.99 * AT_ONCE) - 1], statistics.median(alone)


def _first_words(people: People, bot: subprocess.Popen[str], count: int) -> Sequence[float]:
    assert bot.stdout is not None
    written_at = people.write(count)
    moments = [bot.stdout.readline() for _ in range(count)]
    if not all(moments):
        raise RuntimeError("the bot ended before everybody had an answer")
    return [(float(moment) - written_at) * 1000 for moment in moments]


@contextmanager
def _bot_process(way: str, people: People) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.telegram_ways", way, json.dumps(people.addresses)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
