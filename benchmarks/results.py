"""What was measured, as tables in the terminal and as the page RESULTS.md."""

import os
import platform
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Column, Table

from benchmarks.answers.endpoint import ROOT

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
LINE_LENGTH = 100
_INTRODUCTION = (
    "`make bench` measures and writes this page. Endpoint and client are processes of their own on one machine, "
    "over loopback; each run of each way is a fresh process, the ways take turns, and small answers warm every "
    "connection before anything is measured. A cell is the median of all runs, with the least and the most in "
    "brackets. MB are millions of bytes."
)


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that must hold, with what was measured."""

    text: str
    holds: bool

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'MISSED'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Spread:
    """What some runs came to, one value each, shown with so many digits after the point."""

    values: Sequence[float]
    digits: int

    @property
    def middle(self) -> str:
        """The median."""
        return f"{statistics.median(self.values):.{self.digits}f}"

    def __str__(self) -> str:
        return f"{self.middle} ({min(self.values):.{self.digits}f}–{max(self.values):.{self.digits}f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One table of figures and what must hold of them."""

    title: str
    explanation: str
    headings: tuple[str, ...]  # of the way, and of each of its spreads
    rows: Mapping[str, tuple[Spread, ...]]  # by way
    bars: tuple[Bar, ...]


def show(comparison: Comparison) -> None:
    """Print a comparison: medians."""
    first, *others = comparison.headings
    table = Table(first, *(Column(heading, justify="right") for heading in others), title=comparison.title)
    for way, spreads in comparison.rows.items():
        table.add_row(way, *(spread.middle for spread in spreads))
    Console().print(table, *map(str, comparison.bars), sep="\n", soft_wrap=True)


def keep(comparisons: Sequence[Comparison]) -> None:
    """Write RESULTS.md."""
    sections = [to_markdown(comparison) for comparison in comparisons]
    RESULTS.write_text(
        "\n".join(["# Measured figures\n", _wrapped(f"{_INTRODUCTION} {_machine()}") + "\n", *sections]),
        encoding="utf-8",
    )


def _machine() -> str:
    return (
        f"Measured on {os.cpu_count()} cores with {platform.python_implementation()} {platform.python_version()} "
        f"on {platform.system()}."
    )


def to_markdown(comparison: Comparison) -> str:
    """Write a comparison as a section of RESULTS.md. Cells at the end of a row without figures stay empty."""
    rows = ((way, *map(str, spreads)) for way, spreads in comparison.rows.items())
    lines = (comparison.headings, ("---", *("---:" for _ in comparison.headings[1:])), *rows)
    width = len(comparison.headings)
    table = "\n".join(f"| {' | '.join([*line, *[''] * (width - len(line))])} |" for line in lines)
    bars = "\n".join(_wrapped(f"- {bar}", indent="  ") for bar in comparison.bars)
    return f"## {comparison.title}\n\n{_wrapped(comparison.explanation)}\n\n{table}\n\n{bars}\n"


def _wrapped(text: str, *, indent: str = "") -> str:
    """Wrap prose for the page. Further lines begin with `indent`."""
    return textwrap.fill(text, LINE_LENGTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
