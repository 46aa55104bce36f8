"""Discord's limits for a channel: five messages and five edits in five seconds, each counted for itself.

The library waits them out in real time; so here, and only here, real time counts.
"""

import re
import time
from dataclasses import dataclass

MOST = 5
SECONDS = 5.0

_LIMITED = {
    "POST": re.compile(r"/channels/(\d+)/messages"),
    "PATCH": re.compile(r"/channels/(\d+)/messages/\d+"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a limit, as the headers of an answer say it."""

    limit: int
    remaining: int
    reset_after: float

    def headers(self, now: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{now + self.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
        }


@dataclass(slots=True)
class _Window:
    begun: float
    count: int = 0

    @property
    def reset_after(self) -> float:
        return self.begun + SECONDS - time.monotonic()


class Pace:
    """Counts what each channel takes in a window, which begins with its first request."""

    def __init__(self) -> None:
        self.refused = 0  # requests that came too soon
        self.full: list[
            tuple[float, float]
        ] = []  # from when until when no more posts were taken, on the machine's clock
        self._windows: dict[tuple[str, str], _Window] = {}

    def refusal(self, method: str, path: str) -> float | None:
        """Count a request. Return the seconds after which it would be taken; None if it is taken now."""
        window = self._of(method, path)
        if window is None:
            return None
        if window.count >= MOST:
            self.refused += 1
            return max(0.0, window.reset_after)
        window.count += 1
        if window.count == MOST and method == "POST":
            now = time.time()
            self.full.append((now, now + window.reset_after))
        return None

    def left(self, method: str, path: str) -> Left | None:
        """Return what is left for such requests; None where there is no limit for a channel."""
        window = self._of(method, path)
        if window is None:
            return None
        return Left(limit=MOST, remaining=MOST - window.count, reset_after=max(0.0, window.reset_after))

    def _of(self, method: str, path: str) -> _Window | None:
        pattern = _LIMITED.get(method)
        match = pattern.fullmatch(path) if pattern else None
        if match is None:
            return None
        key = (method, match[1])
        window = self._windows.get(key)
        if window is None or window.reset_after <= 0:
            window = self._windows[key] = _Window(begun=time.monotonic())
        return window
