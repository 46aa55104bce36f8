"""How the endpoints stand beside one another, and the lines of the log that tell the owner once a day and at a stop."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain.requests import EndpointFigures
from bot.ports import Clock, Store

log = structlog.get_logger()

EVERY_SECONDS = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An endpoint's figures for a model, beside those of the others that serve it."""

    figures: EndpointFigures
    share: float  # of all tries for the model, 0 to 1
    errors: float  # of its own tries, 0 to 1


def standings(figures: Sequence[EndpointFigures]) -> Sequence[Standing]:
    """By model, and the endpoint with the most tries first, so that a new one stands below the old."""
    tries: Counter[str] = Counter()
    for each in figures:
        tries[each.model] += each.tries
    return [
        Standing(figures=each, share=each.tries / tries[each.model], errors=1 - each.painted / each.tries)
        for each in sorted(figures, key=lambda each: (each.model, -each.tries, each.endpoint))
    ]


class OwnersReport:
    """Writes the figures since it was written last."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._since = clock.now()

    async def run(self) -> None:
        """Write once a day until cancelled."""
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write a line for each endpoint and model. What cannot be read now is in the next report."""
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
