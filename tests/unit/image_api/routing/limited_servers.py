"""Requests that a `RateLimit` lets leave for a server with a limit of its own. Time is only counted; nobody waits."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.image_api.routing.rate_limit import Permit, RateLimit
from tests.simulators.image_api.rate_limits import Limit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Story:
    """What came of requests."""

    accepted: list[float] = field(default_factory=list)  # the seconds when they left
    refused: list[float] = field(default_factory=list)


def run(
    server: Limit,
    count: int,
    *,
    asks: Callable[[float], float | None] = lambda seconds: seconds,
    seconds: float = 0.5,
    refusal_seconds: float = 0.5,
    limit: RateLimit | None = None,
    until: float = 3600.0,
) -> Story:
    """Simulate so many requests that all want to leave at second 0, until each was accepted.

    A picture takes `seconds`, a refusal `refusal_seconds`; `asks` is what the server says of the time that it asks for.
    """
    limit, story, waiting, now = limit or RateLimit(), Story(), count, 0.0
    ends: list[tuple[float, int, Permit, float | None, bool]] = []
    numbers = itertools.count()
    while (waiting or ends) and now < until:
        moment = NOON + timedelta(seconds=now)
        while ends and ends[0][0] <= now:
            _, _, permit, asked, is_refused = heapq.heappop(ends)
            if is_refused:
                limit.refuse(permit, moment, asked)
                waiting += 1
            else:
                limit.accept(permit, moment)
        free_in = limit.seconds_until_free(moment)
        if waiting and free_in <= 0:
            permit, refused = limit.leave(moment), server.refuses(now)
            waiting -= 1
            (story.accepted if refused is None else story.refused).append(now)
            takes, asked = (seconds, None) if refused is None else (refusal_seconds, asks(refused))
            heapq.heappush(ends, (now + takes, next(numbers), permit, asked, refused is not None))
        else:
            now = min([now + max(free_in, 1e-6)] * bool(waiting) + [each[0] for each in ends[:1]] or [now])
    return story
