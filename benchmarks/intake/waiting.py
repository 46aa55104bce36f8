"""How long members waited."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Of many at once the median and the 99th percentile, and of one alone the median; milliseconds."""

    middle_ms: float
    longest_ms: float
    alone_ms: float

    @classmethod
    def of(cls, burst_ms: Sequence[float], alone_ms: Sequence[float]) -> "Waiting":
        """Make the figures from the waiting times of each request, in milliseconds."""
        ordered = sorted(burst_ms)
        return cls(
            middle_ms=statistics.median(ordered),
            longest_ms=ordered[max(0, round(0.99 * len(ordered)) - 1)],
            alone_ms=statistics.median(alone_ms),
        )
