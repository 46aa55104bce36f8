"""Sixteen answers of a 4K picture each, eight at a time: time against the limit, memory, and the event loop."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from benchmarks.answers.ways import LIMIT, PLAIN, PLANTAIN, PLANTAIN_OPENAI, WAYS
from benchmarks.measuring import Figures, Load
from benchmarks.results import Bar, Comparison, Spread
from benchmarks.rounds import MB, measure_rounds

LOAD = Load(answers=16, at_once=8)
ROUNDS = 5
PIXELS = (3000, 2222)  # 20 MB as a PNG of noise, 26.7 MB as base64
MOST_RATIO = 2.0
MOST_GROWTH_MB = 2.0
MOST_STALL_MS = 10.0
"""Above the limit's own."""

_TITLE = "Sixteen answers of 20 MB, eight at a time"
_EXPLANATION = (
    f"*{LIMIT}*: httpx reads the answer and throws it away, then a thread writes as many bytes as the picture has and "
    f"syncs them. *{PLANTAIN}*: this code, which checks the picture and syncs it into the folder of pictures; "
    f"*{PLANTAIN_OPENAI}*: the picture comes as a `data:` URI in the text of a chat completion. *{PLAIN}*: httpx, "
    "`response.json()`, `b64decode`, write. *google-genai*: Google's own client (over aiohttp, which it takes where "
    "it is installed), write. The last two do not sync. Ratio: seconds over the limit's of the same round. Growth: "
    "of the resident set's high-water mark, for each answer in flight. Stall: the longest time that a callback "
    "was late which the event loop should make every millisecond."
)
_HEADINGS = ("way", "seconds", "ratio", "CPU seconds", "growth MB", "stall ms")


def compare() -> Comparison:
    """Measure all ways. Raises RuntimeError if one does not do its work."""
    found = measure_rounds(tuple(WAYS), LOAD, rounds=ROUNDS, pixels=PIXELS)
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={way: _row(figures, found[LIMIT]) for way, figures in found.items()},
        bars=_bars(found),
    )


def _row(figures: Sequence[Figures], limit: Sequence[Figures]) -> tuple[Spread, ...]:
    return (
        Spread([one.seconds for one in figures], 2),
        Spread(_ratios(figures, limit), 2),
        Spread([one.cpu_seconds for one in figures], 2),
        Spread([_growth_mb(one) for one in figures], 1),
        Spread([_stall_ms(one) for one in figures], 0),
    )


def _bars(found: Mapping[str, Sequence[Figures]]) -> tuple[Bar, ...]:
    ours, limit = found[PLANTAIN], found[LIMIT]
    ratio = statistics.median(_ratios(ours, limit))
    growth = _median(_growth_mb, ours)
    stall = _median(_stall_ms, ours) - _median(_stall_ms, limit)
    return (
        Bar(f"{PLANTAIN} takes {ratio:.2f} times as long as the limit (at most {MOST_RATIO:.1f})", ratio <= MOST_RATIO),
        Bar(
            f"it grows by {growth:.1f} MB for each answer in flight (at most {MOST_GROWTH_MB:.1f})",
            growth <= MOST_GROWTH_MB,
        ),
        Bar(
            f"its longest stall is {stall:+.0f} ms beside the limit's own (at most {MOST_STALL_MS:+.0f})",
            stall <= MOST_STALL_MS,
        ),
    )


def _ratios(figures: Sequence[Figures], limit: Sequence[Figures]) -> list[float]:
    return [one.seconds / least.seconds for one, least in zip(figures, limit, strict=True)]


def _growth_mb(figures: Figures) -> float:
    return figures.growth_bytes / LOAD.at_once / MB


def _stall_ms(figures: Figures) -> float:
    return figures.stall_seconds * 1000


def _median(of: Callable[[Figures], float], figures: Sequence[Figures]) -> float:
    return statistics.median(map(of, figures))
