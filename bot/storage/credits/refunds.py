"""Credits that were settled and go back, because a chat or the bot kept a picture from its member.

They go to the account and the buckets that they came from; what came from a bucket that is over, to one of today.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.credits import MOST_REFUNDS_A_DAY, CreditPolicy, LedgerPhase, day_of
from bot.domain.requests import AccountId, JobId, JobState, RequestId, ResultId
from bot.storage.credits.ledger import Movement, live_buckets, write_movements
from bot.storage.schema import balances, jobs, ledger, results


def is_refunded(request: RequestId) -> ColumnElement[bool]:
    """Whether credits of a request went back."""
    of_request = select(jobs.c.id).where(jobs.c.request == request)
    return select(ledger.c.id).where(ledger.c.job.in_(of_request), ledger.c.phase == LedgerPhase.REFUND).exists()


def give_back(
    connection: Connection, request: RequestId, policy: CreditPolicy, now: datetime, *, kept: Sequence[ResultId] = ()
) -> int:
    """Give back what the painted jobs of a request cost of which no result is kept; the credits, 0 if none are.

    All or nothing: nothing where the account would be given back more pictures than it may be on one day.
    """
    was_kept = select(results.c.id).where(results.c.job == jobs.c.id, results.c.id.in_(kept)).exists()
    was_refunded = select(ledger.c.id).where(ledger.c.job == jobs.c.id, ledger.c.phase == LedgerPhase.REFUND).exists()
    due = connection.execute(
        select(jobs.c.id, jobs.c.account).where(
            jobs.c.request == request, jobs.c.state == JobState.PAINTED, ~was_kept, ~was_refunded
        )
    ).all()
    if not due or _refunds_of_today(connection, AccountId(due[0].account), now) + len(due) > MOST_REFUNDS_A_DAY:
        return 0
    movements = _movements(connection, AccountId(due[0].account), [JobId(row.id) for row in due], policy, now)
    write_movements(connection, movements, now)
    return sum(movement.available_delta for movement in movements)


def _refunds_of_today(connection: Connection, account: AccountId, now: datetime) -> int:
    """How many pictures an account was given the credits of back today."""
    return connection.execute(
        select(func.count(ledger.c.job.distinct())).where(
            ledger.c.account == account, ledger.c.phase == LedgerPhase.REFUND, ledger.c.at >= day_of(now)
        )
    ).scalar_one()


def _movements(
    connection: Connection, account: AccountId, due: Sequence[JobId], policy: CreditPolicy, now: datetime
) -> list[Movement]:
    settled = connection.execute(
        select(ledger.c.job, ledger.c.bucket, ledger.c.reserved_delta).where(
            ledger.c.job.in_(due), ledger.c.phase == LedgerPhase.SETTLE
        )
    ).all()
    live = {bucket.name for bucket in live_buckets(connection, account, policy, now)} if settled else set()
    today = policy.grant_for(now).bucket
    instead = today if today in live else _open_for_refunds(connection, account, policy, now)
    amounts: Counter[tuple[JobId, str]] = Counter()
    for row in settled:
        amounts[JobId(row.job), row.bucket if row.bucket in live else instead] -= row.reserved_delta
    return [
        Movement(account=account, job=job, phase=LedgerPhase.REFUND, bucket=bucket, available_delta=amount)
        for (job, bucket), amount in amounts.items()
    ]


def _open_for_refunds(connection: Connection, account: AccountId, policy: CreditPolicy, now: datetime) -> str:
    """Open a bucket for this day where nothing was granted on it, so that a grant may still come."""
    grant = policy.grant_for(now)
    name = f"refund:{grant.bucket}"
    bucket = {"account": account, "bucket": name, "available": 0, "reserved": 0, "expires_at": grant.expires_at}
    connection.execute(insert(balances).values(**bucket).on_conflict_do_nothing())
    connection.execute(
        update(balances)
        .where(balances.c.account == account, balances.c.bucket == name)
        .values(is_closed=False)  # after a clock stepped back
    )
    return name
