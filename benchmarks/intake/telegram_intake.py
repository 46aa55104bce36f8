"""How long members of Telegram wait for the first sign of life."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.answers.endpoint import ROOT
from benchmarks.intake.telegram_people import People, people_process
from benchmarks.intake.waiting import Waiting

ONE_BY_ONE = 20
_WARM_UPS = 3


def measured(way: str, at_once: int) -> Waiting:
    """Measure from a message to the first sign that is handed to the sender. Raises RuntimeError if one is missing."""
    with people_process(at_once) as people, _bot_process(way, people) as bot:
        for _ in range(_WARM_UPS):
            _first_words(people, bot, 1)
        burst = _first_words(people, bot, at_once)
        alone = [_first_words(people, bot, 1)[0] for _ in range(ONE_BY_ONE)]
    return Waiting.of(burst, alone)


def _first_words(people: People, bot: subprocess.Popen[str], count: int) -> Sequence[float]:
    assert bot.stdout is not None
    written_at = people.write(count)
    moments = [bot.stdout.readline() for _ in range(count)]
    if not all(moments):
        raise RuntimeError("the bot ended before everybody had an answer")
    return [(float(moment) - written_at) * 1000 for moment in moments]


@contextmanager
def _bot_process(way: str, people: People) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.intake.telegram_ways", way, json.dumps(people.addresses)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
