"""How soon pictures that are painted reach their members, where a platform's limits are short for all."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.progress import track

from benchmarks.delivery.program import cpu_seconds, program
from benchmarks.delivery.scenes import CHANNEL, GROUP, PRIVATE, SCENES
from benchmarks.delivery.town import Figures, town_process
from benchmarks.results import Bar, Comparison, Spread

ROUNDS = 3
MOST_SECONDS = {"first": 10.0, "20 pictures": 30.0, "last": 80.0}
MOST_AFTER_PAINTING = 3.0
MOST_PRIVATE_MIDDLE, MOST_PRIVATE_LAST = 9.5, 16.0
TWENTY = 20

_TITLE = "Delivered: pictures that many asked for at once"
_EXPLANATION = (
    "The program between a simulated platform and an endpoint, which are another process. Telegram takes bursts of 3 "
    "and then one a second in a chat, 20 in any 60 s in a group and 30 in any second in all, edits included; Discord "
    f"5 messages and 5 edits in 5 s in a channel. *{GROUP}*: 30 commands at once, all painted 7 s later; *{CHANNEL}*: "
    f"12 mentions of the bot at once, four pictures at a time are painted in 5 s each; *{PRIVATE}*: 100 commands in as "
    "many chats at once, 16 pictures at a time are painted in 2 s each. Seconds since all asked; *after painting*: the "
    "most between the end of painting and the picture in the chat; *refused*: requests that the platform answered with "
    "429; *CPU*: of the program and of the simulated platform; *load*: how many processes wanted the machine. Results "
    "mention their members on Discord at once (mention_after_seconds = 0). The bars are for every run."
)
_HEADINGS = (
    "scene",
    "first s",
    "p50 s",
    "20th s",
    "last s",
    "after painting s",
    "refused",
    "CPU s",
    "fake's CPU s",
    "load",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A scene, once."""

    figures: Figures
    cpu_seconds: float  # of the program, without the processes that read pictures
    load: float  # of the machine, at its end


def compare() -> Comparison:
    """Measure every scene."""
    found: dict[str, list[Run]] = {scene: [] for scene in (GROUP, CHANNEL, PRIVATE)}
    for scene in track([scene for _ in range(ROUNDS) for scene in found], "Delivering …", transient=True):
        os.sync()
        found[scene].append(measured(scene))
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={scene: _row(runs) for scene, runs in found.items()},
        bars=_bars(found),
    )


def measured(scene: str) -> Run:
    """Run a scene once, in fresh processes, and return what was measured."""
    with town_process(scene) as town, program(scene, town) as pid:
        begun = cpu_seconds(pid)
        figures = town.ask()
        return Run(figures=figures, cpu_seconds=cpu_seconds(pid) - begun, load=os.getloadavg()[0])


def _row(runs: Sequence[Run]) -> tuple[Spread, ...]:
    return (
        Spread([_nth(run, 1) for run in runs], 1),
        Spread([statistics.median(run.figures.shown) if run.figures.shown else float("inf") for run in runs], 1),
        Spread([_nth(run, TWENTY) for run in runs], 1),
        Spread([_last(run) for run in runs], 1),
        Spread([max(run.figures.after_painting, default=float("inf")) for run in runs], 1),
        Spread([run.figures.refused for run in runs], 0),
        Spread([run.cpu_seconds for run in runs], 1),
        Spread([run.figures.town_cpu_seconds for run in runs], 1),
        Spread([run.load for run in runs], 1),
    )


def _nth(run: Run, number: int) -> float:
    """Return when picture `number` was shown; the last one's time if fewer were asked for, infinity if none was."""
    return run.figures.shown[min(number, len(run.figures.shown)) - 1] if run.figures.shown else float("inf")


def _last(run: Run) -> float:
    """Return when the last picture was shown; infinity where somebody has none."""
    return (
        float("inf")
        if any("has no picture" in one for one in run.figures.complaints)
        else _nth(run, len(run.figures.shown))
    )


def _bars(found: Mapping[str, Sequence[Run]]) -> tuple[Bar, ...]:
    def worst(scene: str, figure: Callable[[Run], float]) -> float:
        return max(map(figure, found[scene]))

    bars = [
        _bar(f"{GROUP}: the first picture", worst(GROUP, lambda run: _nth(run, 1)), MOST_SECONDS["first"]),
        _bar(f"{GROUP}: {TWENTY} pictures", worst(GROUP, lambda run: _nth(run, TWENTY)), MOST_SECONDS["20 pictures"]),
        _bar(f"{GROUP}: the last", worst(GROUP, _last), MOST_SECONDS["last"]),
        _bar(
            f"{CHANNEL}: each after it was painted",
            worst(CHANNEL, lambda run: max(run.figures.after_painting, default=float("inf"))),
            MOST_AFTER_PAINTING,
        ),
        _bar(
            f"{PRIVATE}: half of them",
            worst(PRIVATE, lambda run: statistics.median(run.figures.shown)),
            MOST_PRIVATE_MIDDLE,
        ),
        _bar(f"{PRIVATE}: the last", worst(PRIVATE, _last), MOST_PRIVATE_LAST),
    ]
    for scene, runs in found.items():
        complaints = [complaint for run in runs for complaint in run.figures.complaints]
        extra = sum(run.figures.requests - SCENES[scene].members for run in runs)
        example = f", such as: {complaints[0]}" if complaints else ""
        text = f"{scene}: each picture once and noticed, nothing left behind: {len(complaints)} complaints{example}"
        bars.append(Bar(f"{text}; {extra} requests too many for pictures", not complaints and not extra))
        left = sum(run.figures.reactions for run in runs)
        bars.append(Bar(f"{scene}: {left} reactions are left under what members wrote", not left))
    return tuple(bars)


def _bar(text: str, seconds: float, most: float) -> Bar:
    return Bar(f"{text} within {seconds:.1f} s (at most {most:g})", seconds <= most)
