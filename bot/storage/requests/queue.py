"""The queue: painting jobs, and waiting jobs in the order they will be claimed. A long queue is cut."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from bot.domain.requests.queue import PaintingJob, Queue, WaitingJob, turns
from bot.domain.requests.requests import AccountId, JobId, JobState
from bot.storage.engines.prepared import prepared
from bot.storage.requests.turns import IN_ORDER, IS_QUEUED, MISSES_A_SOURCE, NEWEST_CLAIM
from bot.storage.schema import jobs, requests

_Row = Row[*tuple[Any, ...]]

_PAINTING = prepared(
    select(jobs.c.id, jobs.c.claimed_at, requests.c.expected_seconds, requests.c.model)
    .join(requests, requests.c.id == jobs.c.request)
    .where(jobs.c.state == JobState.PAINTING)
    .order_by(jobs.c.id)
)
_FIRST_ACCOUNTS = IN_ORDER.limit(bindparam("most_accounts")).subquery("turn")
_COUNT_OF_ACCOUNTS = prepared(select(func.count()).select_from(_FIRST_ACCOUNTS))
_waiting = jobs.alias("waiting")
_OLDEST_OF_ACCOUNT = (
    select(jobs.c.id)
    .where(jobs.c.account == _FIRST_ACCOUNTS.c.id, IS_QUEUED, ~MISSES_A_SOURCE)
    .order_by(jobs.c.request, jobs.c.id)
    .limit(bindparam("most_each"))
    .correlate(_FIRST_ACCOUNTS)
)
_WAITING = prepared(
    select(
        _waiting.c.id,
        _waiting.c.account,
        _waiting.c.request,
        requests.c.expected_seconds,
        requests.c.model,
        _FIRST_ACCOUNTS.c.last_claim,
    )
    .select_from(_FIRST_ACCOUNTS)
    .join(_waiting, _waiting.c.id.in_(_OLDEST_OF_ACCOUNT))
    .join(requests, requests.c.id == _waiting.c.request)
)


def queue(connection: Connection, most: int) -> Queue:
    """Read all painting jobs, and the first `most` waiting jobs."""
    painting = tuple(
        PaintingJob(
            job=JobId(row.id), claimed_at=row.claimed_at, expected_seconds=row.expected_seconds, model=row.model
        )
        for row in connection.execute(_PAINTING)
    )
    waiting = tuple(
        WaitingJob(
            job=JobId(row.id),
            account=AccountId(row.account),
            last_claim=row.last_claim,
            accepted=row.request,
            expected_seconds=row.expected_seconds,
            model=row.model,
        )
        for row in _enough_rows(connection, most)
    )
    read = Queue(painting=painting, waiting=waiting, newest_claim=connection.scalar(select(NEWEST_CLAIM)) or 0)
    return replace(read, waiting=tuple(islice(turns(read), most)), is_whole=len(waiting) <= most)


def _enough_rows(connection: Connection, most: int) -> Sequence[_Row]:
    """Read the oldest jobs of the first accounts: more than `most` rows, if there are so many.

    Members take turns, so each account needs only a few of its jobs here. More jobs of each account are read only if
    the other accounts have too few.
    """
    accounts = connection.scalar(_COUNT_OF_ACCOUNTS, {"most_accounts": most + 1}) or 0
    if accounts == 0:
        return ()
    most_each = -(-(most + 1) // accounts)
    while True:
        rows = connection.execute(_WAITING, {"most_accounts": most + 1, "most_each": most_each}).all()
        if len(rows) > most or max(Counter(row.account for row in rows).values(), default=0) < most_each:
            return rows
        most_each *= 2
