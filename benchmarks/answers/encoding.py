"""A 35 MB PNG to a picture below 10 MB: this code beside the plain calls of both libraries, and the event loop."""

import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.progress import track

from benchmarks.answers.encoding_ways import (
    MOST_BYTES,
    PILLOW,
    PLANTAIN,
    PYVIPS,
    QUALITY,
    WAYS,
    EncodingFigures,
    measured_in_fresh_process,
)
from benchmarks.answers.photograph import PIXELS, write_photograph
from benchmarks.results import Bar, Comparison, Spread
from benchmarks.rounds import MB

ROUNDS = 7
MOST_RATIO = 1.3
MOST_STALL_MS = 10.0

_TITLE = "A 35 MB PNG to a picture below 10 MB"
_EXPLANATION = (
    f"A PNG of {PIXELS[0]}×{PIXELS[1]} pixels with the noise of a sensor becomes a JPEG of quality {QUALITY}, with its "
    f"colours in a quarter of the pixels. *{PILLOW}* and *{PYVIPS}*: the libraries' plain calls in a thread, which "
    f"sync nothing. *{PLANTAIN}*: this code, from the folder of pictures through a warm process into it, checked and "
    "synced. Ratio: seconds over those of the faster library in the same round. Stall: as above."
)
_HEADINGS = ("way", "seconds", "ratio", "stall ms", "made MB")


def compare() -> Comparison:
    """Measure all ways. Raises RuntimeError if one makes a picture that is too large."""
    found = _measured()
    fastest = [min(plain) for plain in zip(_seconds(found[PILLOW]), _seconds(found[PYVIPS]), strict=True)]
    ratios = {way: _ratios(figures, fastest) for way, figures in found.items()}
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={way: _row(figures, ratios[way]) for way, figures in found.items()},
        bars=_bars(statistics.median(ratios[PLANTAIN]), statistics.median(_stalls_ms(found[PLANTAIN]))),
    )


def _measured() -> Mapping[str, list[EncodingFigures]]:
    found: dict[str, list[EncodingFigures]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "photograph.png"
        write_photograph(picture)
        turns = [way for _ in range(ROUNDS) for way in WAYS]
        for way in track(turns, "Measuring …", transient=True):
            os.sync()
            figures = measured_in_fresh_process(way, picture)
            if figures.made_bytes > MOST_BYTES:
                raise RuntimeError(f"{way} made a picture of {figures.made_bytes:,} bytes")
            found[way].append(figures)
    return found


def _row(figures: Sequence[EncodingFigures], ratios: Sequence[float]) -> tuple[Spread, ...]:
    return (
        Spread(_seconds(figures), 2),
        Spread(ratios, 2),
        Spread(_stalls_ms(figures), 1),
        Spread([one.made_bytes / MB for one in figures], 1),
    )


def _bars(ratio: float, stall_ms: float) -> tuple[Bar, ...]:
    return (
        Bar(
            f"{PLANTAIN} takes {ratio:.2f} times as long as the faster plain calls (at most {MOST_RATIO:.1f})",
            ratio <= MOST_RATIO,
        ),
        Bar(f"its longest stall is {stall_ms:.1f} ms (at most {MOST_STALL_MS:.0f})", stall_ms <= MOST_STALL_MS),
    )


def _seconds(figures: Sequence[EncodingFigures]) -> list[float]:
    return [one.seconds for one in figures]


def _ratios(figures: Sequence[EncodingFigures], fastest: Sequence[float]) -> list[float]:
    return [one.seconds / least for one, least in zip(figures, fastest, strict=True)]


def _stalls_ms(figures: Sequence[EncodingFigures]) -> list[float]:
    return [one.stall_seconds * 1000 for one in figures]
