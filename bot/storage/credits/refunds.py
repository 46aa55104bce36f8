"""Refunds: settled credits that go back because a chat or the bot kept a picture from its member.

They go to the account and buckets that they came from. If a bucket has expired, they go to a bucket of today.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.credits import MOST_REFUNDS_A_DAY, CreditPolicy, LedgerPhase, day_of
from bot.domain.requests.requests import AccountId, JobId, JobState, RequestId, ResultId
from bot.storage.column_types import in_text
from bot.storage.credits.ledger import Movement, live_buckets, write_movements
from bot.storage.schema import balances, jobs, ledger, results

_IS_REFUND = ledger.c.phase == in_text(LedgerPhase.REFUND)


def is_refunded(request: RequestId) -> ColumnElement[bool]:
    """Whether any credits of a request were refunded."""
    of_request = select(jobs.c.id).where(jobs.c.request == request)
    return select(ledger.c.id).where(ledger.c.job.in_(of_request), _IS_REFUND).exists()


def give_back(
    connection: Connection, request: RequestId, policy: CreditPolicy, now: datetime, *, kept: Sequence[ResultId] = ()
) -> int:
    """Refund the painted jobs of a request of which no result is in `kept`. Returns the credits, 0 if none.

    All or nothing: nothing is refunded if the account would exceed the daily limit of refunded pictures.
    """
    was_kept = select(results.c.id).where(results.c.job == jobs.c.id, results.c.id.in_(kept)).exists()
    was_refunded = (
        select(ledger.c.id).where(ledger.c.job == jobs.c.id, ledger.c.phase == in_text(LedgerPhase.REFUND)).exists()
    )
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
    """Return how many pictures of an account were refunded today."""
    return connection.execute(
        select(func.count(ledger.c.job.distinct())).where(
            ledger.c.account == account, _IS_REFUND, ledger.c.at >= day_of(now)
        )
    ).scalar_one()


def _movements(
    connection: Connection, account: AccountId, due: Sequence[JobId], policy: CreditPolicy, now: datetime
) -> list[Movement]:
    settled = connection.execute(
        select(ledger.c.job, ledger.c.bucket, ledger.c.reserved_delta).where(
            ledger.c.job.in_(due), ledger.c.phase == in_text(LedgerPhase.SETTLE)
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
    """Open a refund bucket for today, if nothing was granted today. The day's grant can still be given later."""
    grant = policy.grant_for(now)
    name = f"refund:{grant.bucket}"
    bucket = {"account": account, "bucket": name, "available": 0, "reserved": 0, "expires_at": grant.expires_at}
    connection.execute(insert(balances).values(**bucket).on_conflict_do_nothing())
    connection.execute(
        update(balances)
        .where(balances.c.account == account, balances.c.bucket == name)
        .values(is_closed=False)  # it may be closed if the clock stepped back
    )
    return name
