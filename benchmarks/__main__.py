"""`python -m benchmarks`: every comparison, printed and kept in RESULTS.md; exit status 1 if a bar is missed."""

import sys

from benchmarks import (
    answers,
    body_memory,
    delivery,
    encoding,
    first_sign,
    first_words,
    growth,
    page_queue,
)
from benchmarks.results import keep, show


def main() -> None:
    """Compare everything."""
    comparisons = []
    for benchmark in (answers, body_memory, encoding, first_words, first_sign, delivery, growth, page_queue):
        comparisons.append(benchmark.compare())
        show(comparisons[-1])
    keep(comparisons)
    sys.exit(0 if all(bar.holds for comparison in comparisons for bar in comparison.bars) else 1)


if __name__ == "__main__":
    main()
