"""The plan of turns: when every waiting job is done, if nothing else is accepted."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.domain.requests.queue import Queue, Turn, turns
from bot.domain.requests.requests import JobId


@dataclass(frozen=True, slots=True)
class ToldTurn:
    """A turn as a member is told it. `place` is a `told_place`."""

    place: int
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The rate at which the endpoints of a model finish jobs, if jobs wait for them."""

    next_done_in: float  # seconds until a job that arrives next is done
    seconds_between: float  # after that, between two jobs


NO_PACES: Mapping[str, Pace] = MappingProxyType({})


def plan_turns(
    queue: Queue,
    *,
    slots: int,
    now: datetime,
    seconds_between_claims: float = 0.0,
    paces: Mapping[str, Pace] = NO_PACES,
) -> Mapping[JobId, Turn]:
    """Compute the place of every waiting job, and the seconds until its picture is expected, with `slots` workers.

    `paces` has the models, by name, whose endpoints make jobs wait. There, a claimed job joins the end of the
    endpoint's queue.
    """
    free_at = [max(0.0, job.expected_seconds - (now - job.claimed_at).total_seconds()) for job in queue.painting]
    free_at += [0.0] * max(0, slots - len(free_at))
    heapq.heapify(free_at)
    next_done = {model: pace.next_done_in for model, pace in paces.items()}
    planned: dict[JobId, Turn] = {}
    for place, job in enumerate(turns(queue), start=1):
        done = max(heapq.heappop(free_at), place * seconds_between_claims) + job.expected_seconds
        if job.model in next_done:
            done = max(done, next_done[job.model])
            next_done[job.model] = done + paces[job.model].seconds_between
        heapq.heappush(free_at, done)
        planned[job.job] = Turn(place=place, seconds_until_done=round(done))
    return planned
