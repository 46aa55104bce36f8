"""The queue: the jobs that wait, whose turn is next, and which place is told."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.requests import AccountId, JobId

MOST_PLACES = 2_000
"""How many places of the queue are planned. A plan of so many takes milliseconds; a longer one helps nobody."""


EXACT_PLACES = 10
"""How many places are told exactly. Of the others is told that at least so many are before, of `_BEFORE`."""


_BEFORE = (EXACT_PLACES, 20, 50, 100, 200, 500, 1_000, MOST_PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJob:
    """A queued job, with what decides its turn."""

    job: JobId
    account: AccountId
    last_claim: int  # the account's newest claim, in the order of claims; 0 if it never had one
    accepted: int  # the order of acceptance
    expected_seconds: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintingJob:
    """A job in a worker's hands."""

    job: JobId
    claimed_at: datetime
    expected_seconds: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Everything that is being painted and what waits, at one moment; of a long queue only its beginning."""

    painting: tuple[PaintingJob, ...]
    waiting: tuple[WaitingJob, ...]
    newest_claim: int
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a waiting job's turn comes.

    Beyond `MOST_PLACES` both numbers are the least that they can be. As it is told, its place is that of `told_place`.
    """

    place: int  # 1 is next
    seconds_until_done: int
    seconds_between: float = 0.0  # until a job would be done that waited right behind it, at an endpoint


def told_place(place: int) -> int:
    """A place as it is told: exact near the front; else the first place with a round number of others before it."""
    if place <= EXACT_PLACES:
        return place
    return max(before for before in _BEFORE if before < place) + 1


def turns(queue: Queue) -> Iterable[WaitingJob]:
    """The waiting jobs in the order they will be taken if nothing else is accepted.

    Members take turns: next is the job of the member whose last claim is oldest; ties go by acceptance.
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
