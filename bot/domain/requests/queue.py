"""The queue: the waiting jobs, their order, and the place that members are told."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.requests.requests import AccountId, JobId

MOST_PLACES = 2_000
"""The number of queue places that are planned. A plan of this length takes milliseconds; a longer one helps nobody."""


EXACT_PLACES = 10
"""The number of exact places. Further back, members are told "at least N before you", with N from `_BEFORE`."""


_BEFORE = (EXACT_PLACES, 20, 50, 100, 200, 500, 1_000, MOST_PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJob:
    """A queued job, with the values that decide its order."""

    job: JobId
    account: AccountId
    last_claim: int  # the account's newest claim, in the order of claims; 0 if it never had one
    accepted: int  # the order of acceptance
    expected_seconds: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintingJob:
    """A job that a worker has claimed."""

    job: JobId
    claimed_at: datetime
    expected_seconds: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """All painting jobs and the waiting jobs at one moment. A long queue is cut after its first jobs."""

    painting: tuple[PaintingJob, ...]
    waiting: tuple[WaitingJob, ...]
    newest_claim: int
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The turn of a waiting job.

    Beyond `MOST_PLACES` both numbers are lower bounds. Members are told `told_place(place)`.
    """

    place: int  # 1 is next
    seconds_until_done: int
    seconds_between: float = 0.0  # seconds until a job right behind this one would be done, at the same endpoint


def told_place(place: int) -> int:
    """Return the place that a member is told: exact near the front, else rounded down to a round number."""
    if place <= EXACT_PLACES:
        return place
    return max(before for before in _BEFORE if before < place) + 1


def turns(queue: Queue) -> Iterable[WaitingJob]:
    """Yield the waiting jobs in the order they will be claimed if nothing else is accepted.

    Members take turns: the next job belongs to the member whose last claim is oldest. Ties go by acceptance.
    """
    last_claim = {job.account: job.last_claim for job in queue.waiting}
    per_account: dict[AccountId, list[WaitingJob]] = {}
    for job in sorted(queue.waiting, key=lambda job: (job.accepted, job.job), reverse=True):
        per_account.setdefault(job.account, []).append(job)
    heap = [(last_claim[account], jobs[-1].accepted, account) for account, jobs in per_account.items()]
    heapq.heapify(heap)
    claim = queue.newest_claim
    while heap:
        _, _, account = heapq.heappop(heap)
        yield per_account[account].pop()
        claim += 1
        if per_account[account]:
            heapq.heappush(heap, (claim, per_account[account][-1].accepted, account))
