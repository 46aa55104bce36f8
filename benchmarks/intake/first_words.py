"""How long members wait until they know that they were heard, on each platform, with two hundred of them at once."""

import os
import statistics
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.progress import track

from benchmarks.answers.endpoint import endpoint_process
from benchmarks.answers.photograph import write_photograph
from benchmarks.intake import discord_intake, telegram_intake, web_intake
from benchmarks.intake.telegram_ways import PLANTAIN, TEN_LINES
from benchmarks.intake.waiting import Waiting
from benchmarks.results import Bar, Comparison, Spread

ROUNDS = 5
AT_ONCE = 200
PICTURES = 16
MOST_MS_IN_A_BURST = 1_000.0
MOST_MS_ALONE = 40.0

TELEGRAM, PLAIN_TELEGRAM = "telegram", "telegram, ten lines"
DISCORD, BUSY_DISCORD = "discord", f"discord, {PICTURES} pictures on their way"
WEB = "web"

_TITLE = f"Heard: {AT_ONCE} members at once, and one alone"
_EXPLANATION = (
    f"{AT_ONCE} members ask for a picture at the same moment, then some one by one; the platforms are simulated, in "
    "processes of their own on the same two cores. *telegram*: from what is written in private chats to the sign that "
    "a picture is on its way, which waits for no turn, durable acceptance and reserved credits included; "
    f"*{PLAIN_TELEGRAM}*: the library's own way, which only "
    "answers and keeps nothing. *discord*: from a command to its acknowledgement, for which Discord gives three "
    f"seconds; *{BUSY_DISCORD}*: while results of 35 MB in 4K are received from an endpoint, written anew below 10 MiB "
    f"and uploaded. *web*: from a message to our status in the page's event stream."
)
_HEADINGS = ("way", "burst p50 ms", "burst p99 ms", "alone p50 ms")


def compare() -> Comparison:
    """Measure all platforms. Raises RuntimeError if one does not answer everybody."""
    with tempfile.TemporaryDirectory() as folder:
        photograph = Path(folder) / "photograph.png"
        write_photograph(photograph)
        with endpoint_process(photograph) as base_url:
            found = _measured(base_url)
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={way: _row(waited) for way, waited in found.items()},
        bars=_bars(found),
    )


def _measured(base_url: str) -> Mapping[str, list[Waiting]]:
    ways: Mapping[str, Callable[[], Waiting]] = {
        TELEGRAM: lambda: telegram_intake.measured(PLANTAIN, AT_ONCE),
        PLAIN_TELEGRAM: lambda: telegram_intake.measured(TEN_LINES, AT_ONCE),
        DISCORD: lambda: discord_intake.measured(base_url, AT_ONCE, pictures=0),
        BUSY_DISCORD: lambda: discord_intake.measured(base_url, AT_ONCE, pictures=PICTURES),
        WEB: lambda: web_intake.measured(AT_ONCE),
    }
    found: dict[str, list[Waiting]] = {way: [] for way in ways}
    for way in track([way for _ in range(ROUNDS) for way in ways], "Measuring …", transient=True):
        os.sync()
        found[way].append(ways[way]())
    return found


def _row(waited: list[Waiting]) -> tuple[Spread, ...]:
    return (
        Spread([one.middle_ms for one in waited], 0),
        Spread([one.longest_ms for one in waited], 0),
        Spread([one.alone_ms for one in waited], 0),
    )


def _bars(found: Mapping[str, list[Waiting]]) -> tuple[Bar, ...]:
    longest = {way: statistics.median(one.longest_ms for one in waited) for way, waited in found.items()}
    alone = statistics.median(one.alone_ms for one in found[TELEGRAM])
    return (
        Bar(
            f"in Telegram, 99 % of {AT_ONCE} have a first sign on its way within {longest[TELEGRAM]:.0f} ms "
            f"(at most {MOST_MS_IN_A_BURST:.0f})",
            longest[TELEGRAM] <= MOST_MS_IN_A_BURST,
        ),
        Bar(f"one alone has it within {alone:.0f} ms (at most {MOST_MS_ALONE:.0f})", alone <= MOST_MS_ALONE),
        Bar(
            f"on Discord, with {PICTURES} pictures on their way, 99 % of {AT_ONCE} are acknowledged within "
            f"{longest[BUSY_DISCORD]:.0f} ms (the goal is {MOST_MS_IN_A_BURST:.0f})",
            longest[BUSY_DISCORD] <= MOST_MS_IN_A_BURST,
        ),
    )
