"""The order of claims: stored with each account, and updated with each state change of its jobs.

`last_claim` and `next_request` of an account are enough to find the next job, so a claim costs the same with a hundred
thousand waiting jobs as with one. A job that waits for its sources has no turn. Each change that may affect the order
calls `refresh`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, literal_column, select, tuple_, update

from bot.domain.requests.requests import AccountId
from bot.storage.column_types import UtcTime
from bot.storage.engines.prepared import prepared
from bot.storage.schema import JOB_IS_OPEN, accounts, jobs, requests, sources

_Row = Row[*tuple[Any, ...]]

_FIRST_READ = 8
_MOST_READ = 512
_ANY_TIME = 0

MISSES_A_SOURCE = (
    select(sources.c.number).where(sources.c.request == jobs.c.request, sources.c.sha256.is_(None)).exists()
)
"""Whether a source picture of the job's request is still to be downloaded."""

IS_QUEUED = (jobs.c.state == literal_column("'queued'")) & JOB_IS_OPEN
"""Whether a job is queued. Written so that SQLite uses the index of the open jobs."""

_OLDEST = (
    select(jobs.c.request)
    .where(jobs.c.account == bindparam("of_account"), IS_QUEUED, ~MISSES_A_SOURCE)
    .order_by(jobs.c.request, jobs.c.id)
    .limit(1)
    .scalar_subquery()
)
_IS_ACCOUNT = accounts.c.id == bindparam("of_account")
_REFRESH = prepared(update(accounts).where(_IS_ACCOUNT).values(next_request=_OLDEST))
_CLAIMED = prepared(update(accounts).where(_IS_ACCOUNT).values(next_request=_OLDEST, last_claim=bindparam("claim")))
_NEWEST_KEPT = (
    select(func.coalesce(func.max(jobs.c.claim), 0)).where(jobs.c.account == bindparam("of_account")).scalar_subquery()
)
_TAKEN_BACK = prepared(update(accounts).where(_IS_ACCOUNT).values(next_request=_OLDEST, last_claim=_NEWEST_KEPT))

NEWEST_CLAIM = select(func.coalesce(func.max(accounts.c.last_claim), 0)).scalar_subquery()
"""The newest claim of all accounts; 0 if there was none."""

IN_ORDER = (
    select(accounts.c.id, accounts.c.last_claim, accounts.c.next_request)
    .where(accounts.c.next_request.is_not(None))
    .order_by(accounts.c.last_claim, accounts.c.next_request)
)
"""The accounts that have a turn, the next one first."""

_FIRST = prepared(IN_ORDER.limit(bindparam("most")))
_AFTER = prepared(
    IN_ORDER.where(
        tuple_(accounts.c.last_claim, accounts.c.next_request)
        > tuple_(bindparam("last_claim"), bindparam("next_request"))
    ).limit(bindparam("most"))
)

_NEXT_OF_ACCOUNT = prepared(
    select(
        jobs.c.id.label("job"),
        jobs.c.attempt,
        jobs.c.links,
        jobs.c.prompt.label("own_prompt"),
        jobs.c.sent_attempts,
        requests,
    )
    .join(requests, requests.c.id == jobs.c.request)
    .where(
        jobs.c.account == bindparam("of_account"),
        IS_QUEUED,
        ~MISSES_A_SOURCE,
        func.coalesce(requests.c.claim_after, _ANY_TIME) <= bindparam("now", type_=UtcTime),
    )
    .order_by(jobs.c.request, jobs.c.id)
    .limit(1)
)


def refresh(connection: Connection, account: AccountId) -> None:
    """Update the turn of an account after its jobs were added, ended, or got the last of their sources."""
    connection.execute(_REFRESH, {"of_account": account})


def refresh_after_claim(connection: Connection, account: AccountId, claim: int) -> None:
    """Update the turn of an account after a claim with this number."""
    connection.execute(_CLAIMED, {"of_account": account, "claim": claim})


def refresh_after_put_back(connection: Connection, account: AccountId) -> None:
    """Update the turn of an account after a claim that does not count.

    Its last claim is then the newest of its jobs that still exist.
    """
    connection.execute(_TAKEN_BACK, {"of_account": account})


def next_job(connection: Connection, now: datetime) -> _Row | None:
    """Find the job whose turn it is, with its request.

    A request from an album may have to wait two seconds for further pictures. Then the account's next request counts,
    and another account with the same last claim may come first.
    """
    best: _Row | None = None
    best_turn = (0, 0)
    for turn in _in_order(connection):
        if best is not None and (turn.last_claim, turn.next_request) > best_turn:
            break
        found = connection.execute(_NEXT_OF_ACCOUNT, {"of_account": turn.id, "now": now}).one_or_none()
        if found is not None and (best is None or (turn.last_claim, found.id) < best_turn):
            best, best_turn = found, (turn.last_claim, found.id)
    return best


def _in_order(connection: Connection) -> Iterator[_Row]:
    """Yield the accounts by turn, read in small batches: the first one nearly always has the job."""
    most = _FIRST_READ
    read = connection.execute(_FIRST, {"most": most}).all()
    while read:
        yield from read
        if len(read) < most:
            return
        most = min(2 * most, _MOST_READ)
        after = {"last_claim": read[-1].last_claim, "next_request": read[-1].next_request}
        read = connection.execute(_AFTER, {"most": most, **after}).all()
