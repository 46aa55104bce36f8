"""`python -m benchmarks`: every comparison, printed and kept in RESULTS.md; exit status 1 if a bar is missed."""

import sys

from benchmarks.answers import body_memory, encoding
from benchmarks.answers import sixteen_answers as answers
from benchmarks.delivery import pictures_in_time as delivery
from benchmarks.intake import first_sign, first_words
from benchmarks.results import keep, show
from benchmarks.store import growth, page_queue


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
