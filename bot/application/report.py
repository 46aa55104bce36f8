"""Compares the endpoints, and logs the comparison for the owner once a day and when the bot stops."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain.requests.requests import EndpointFigures
from bot.ports import Clock, Store

log = structlog.get_logger()

EVERY_SECONDS = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An endpoint's figures for one model, compared with the other endpoints that serve it."""

    figures: EndpointFigures
    share: float  # of all tries for the model, 0 to 1
    errors: float  # of its own tries, 0 to 1


def standings(figures: Sequence[EndpointFigures]) -> Sequence[Standing]:
    """Compute each endpoint's share and error rate, sorted by model.

    Of each model, the endpoint with the most tries comes first, so that a new endpoint stands below an old one.
    """
    tries: Counter[str] = Counter()
    for each in figures:
        tries[each.model] += each.tries
    return [
        Standing(figures=each, share=each.tries / tries[each.model], errors=1 - each.painted / each.tries)
        for each in sorted(figures, key=lambda each: (each.model, -each.tries, each.endpoint))
    ]


class OwnersReport:
    """Logs the endpoints' figures since the last report."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._since = clock.now()

    async def run(self) -> None:
        """Write a report once a day until cancelled."""
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Log a line for each endpoint and model. If the figures cannot be read now, the next report includes them."""
        until = self._clock.now()
        try:
            figures = await self._store.endpoint_figures(self._since)
        except Exception:
            log.exception("endpoint-report-failed")
            return
        self._since = until
        for standing in standings(figures):
            log.info("endpoint-report", **_values(standing))


def _values(standing: Standing) -> dict[str, object]:
    figures = standing.figures
    median = figures.median_seconds
    return {
        "endpoint": figures.endpoint,
        "model": figures.model,
        "tries": figures.tries,
        "share_percent": round(100 * standing.share, 1),
        "errors_percent": round(100 * standing.errors, 1),
        "median_seconds": None if median is None else round(median, 1),
        "faults": dict(figures.faults),
    }
