"""How much a process grows while it reads one 35 MB picture: this code, and the plain way."""

from benchmarks.answers.ways import PLAIN, PLANTAIN
from benchmarks.measuring import Figures, Load
from benchmarks.results import Bar, Comparison, Spread
from benchmarks.rounds import MB, measure_rounds

LOAD = Load(answers=1, at_once=1)
ROUNDS = 3
PIXELS = (4096, 2850)  # 35 MB as a PNG of noise
MOST_GROWTH_MB = 8.0
LEAST_PLAIN_GROWTH_MB = 60.0

_TITLE = "One 35 MB picture in one answer"
_EXPLANATION = (
    f"How much the process grows while it reads the answer. *{PLANTAIN}* streams into the folder of pictures and "
    f"syncs it; *{PLAIN}* is `response.json()`, `b64decode` and a write. The bars are for every run."
)
_HEADINGS = ("way", "seconds", "growth MB")


def compare() -> Comparison:
    """Measure both ways. Raises RuntimeError if one does not do its work."""
    found = measure_rounds((PLANTAIN, PLAIN), LOAD, rounds=ROUNDS, pixels=PIXELS)
    growth = {way: [_growth_mb(one) for one in figures] for way, figures in found.items()}
    most, least_plain = max(growth[PLANTAIN]), min(growth[PLAIN])
    return Comparison(
        title=_TITLE,
        explanation=_EXPLANATION,
        headings=_HEADINGS,
        rows={
            way: (Spread([one.seconds for one in figures], 2), Spread(growth[way], 1)) for way, figures in found.items()
        },
        bars=(
            Bar(f"{PLANTAIN} grows by {most:.1f} MB (below {MOST_GROWTH_MB:.0f})", most < MOST_GROWTH_MB),
            Bar(
                f"{PLAIN} grows by {least_plain:.0f} MB (below {LEAST_PLAIN_GROWTH_MB:.0f} nothing is measured here)",
                least_plain >= LEAST_PLAIN_GROWTH_MB,
            ),
        ),
    )


def _growth_mb(figures: Figures) -> float:
    return figures.growth_bytes / MB
