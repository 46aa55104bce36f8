"""The ledger and its balances: the only code that moves credits.

Every movement is a ledger row, and the same call adds its deltas to the balance of its bucket (`write_movements`), so
balances always equal the ledger's sums. A job reserves credits from the buckets that expire soonest. Each reservation
ends once per bucket: settled or released. Later refunds are in `refunds`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.domain.credits import CreditPolicy, Grant, LedgerPhase
from bot.domain.errors import CreditsExhausted
from bot.domain.requests.requests import AccountId, JobId
from bot.storage.column_types import in_text
from bot.storage.engines.prepared import prepared
from bot.storage.schema import balances, ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A ledger row."""

    account: AccountId
    job: JobId | None
    phase: LedgerPhase
    bucket: str
    available_delta: int
    reserved_delta: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Credits of an account that expire together."""

    name: str
    available: int
    expires_at: datetime


# Built once: SQLAlchemy takes about as long to build a statement as to execute it.
_OPEN_BUCKETS = prepared(
    select(balances.c.bucket, balances.c.available, balances.c.expires_at)
    .where(balances.c.account == bindparam("of_account"), ~balances.c.is_closed)
    .order_by(balances.c.expires_at, balances.c.bucket)
)
_IS_GIVEN = prepared(
    select(
        select(balances.c.account)
        .where(balances.c.account == bindparam("of_account"), balances.c.bucket == bindparam("of_bucket"))
        .exists()
    )
)
_OPEN_BUCKET = prepared(sqlite_insert(balances).on_conflict_do_nothing())
_WRITE_ROWS = prepared(insert(ledger))
_MOVE_BALANCE = prepared(
    update(balances)
    .where(balances.c.account == bindparam("of_account"), balances.c.bucket == bindparam("of_bucket"))
    .values(
        available=balances.c.available + bindparam("available_delta"),
        reserved=balances.c.reserved + bindparam("reserved_delta"),
    )
)
_RESERVED_FOR = prepared(
    select(ledger.c.account, ledger.c.bucket, ledger.c.reserved_delta, balances.c.is_closed)
    .join(balances, (balances.c.account == ledger.c.account) & (balances.c.bucket == ledger.c.bucket))
    .where(ledger.c.job == bindparam("of_job"), ledger.c.phase == in_text(LedgerPhase.RESERVE))
)


def credits_left(connection: Connection, account: AccountId | None, policy: CreditPolicy, now: datetime) -> int:
    """Return what an account could spend now. Today's grant counts even if it was not written yet."""
    if account is None:
        return policy.grant_for(now).amount
    grant, buckets = policy.grant_for(now), _open_buckets(connection, account)
    live = sum(bucket.available for bucket in buckets if bucket.expires_at > now)
    is_given = any(bucket.name == grant.bucket for bucket in buckets) or connection.scalar(
        _IS_GIVEN, {"of_account": account, "of_bucket": grant.bucket}
    )
    return live if is_given else live + grant.amount


def reserve(
    connection: Connection, account: AccountId, jobs: Sequence[JobId], price: int, policy: CreditPolicy, now: datetime
) -> int:
    """Reserve the price of every job. Returns the credits that the account can still spend.

    Raises `CreditsExhausted`; then the caller must roll back the transaction.
    """
    live = live_buckets(connection, account, policy, now)
    available = sum(bucket.available for bucket in live)
    _check(price * len(jobs), available, policy)
    draws = _draw(live, jobs, price)
    write_movements(
        connection,
        [
            Movement(
                account=account,
                job=job,
                phase=LedgerPhase.RESERVE,
                bucket=bucket,
                available_delta=-amount,
                reserved_delta=amount,
            )
            for job, bucket, amount in draws
        ],
        now,
    )
    return available - price * len(jobs)


def check_affordable(
    connection: Connection, account: AccountId, total_price: int, policy: CreditPolicy, now: datetime
) -> int:
    """Check that an account could pay, without reserving. Returns what it can spend. Raises `CreditsExhausted`."""
    left = credits_left(connection, account, policy, now)
    _check(total_price, left, policy)
    return left


def _check(total_price: int, left: int, policy: CreditPolicy) -> None:
    is_anything_allowed = policy.daily > 0 or left > 0
    if total_price > left or not is_anything_allowed:
        raise CreditsExhausted(price=total_price, left=left, daily=policy.daily)


def settle(connection: Connection, job: JobId, now: datetime) -> None:
    """Settle the credits reserved for a job: they are spent."""
    movements = [
        Movement(
            account=row.account,
            job=job,
            phase=LedgerPhase.SETTLE,
            bucket=row.bucket,
            available_delta=0,
            reserved_delta=-row.amount,
        )
        for row in _reserved_for(connection, job)
    ]
    write_movements(connection, movements, now)


def release(connection: Connection, job: JobId, now: datetime) -> None:
    """Release the credits reserved for a job, back to their buckets. In a closed bucket they expire at once."""
    movements = []
    for row in _reserved_for(connection, job):
        back = Movement(
            account=row.account,
            job=job,
            phase=LedgerPhase.RELEASE,
            bucket=row.bucket,
            available_delta=row.amount,
            reserved_delta=-row.amount,
        )
        movements.append(back)
        if row.is_closed:
            movements.append(_expiry(row.account, job, row.bucket, row.amount))
    write_movements(connection, movements, now)


def live_buckets(connection: Connection, account: AccountId, policy: CreditPolicy, now: datetime) -> Sequence[Bucket]:
    """Write the due grant and expire old buckets. Returns the remaining buckets, soonest expiry first."""
    grant = policy.grant_for(now)
    buckets = _open_buckets(connection, account)
    is_new = grant.amount > 0 and all(bucket.name != grant.bucket for bucket in buckets)
    if is_new and _give(connection, account, grant, now):
        given = Bucket(grant.bucket, grant.amount, grant.expires_at)
        buckets = sorted([*buckets, given], key=lambda bucket: (bucket.expires_at, bucket.name))
    over = [bucket for bucket in buckets if bucket.expires_at <= now]
    if over:
        _close(connection, account, over, now)
    return [bucket for bucket in buckets if bucket.expires_at > now]


def _open_buckets(connection: Connection, account: AccountId) -> Sequence[Bucket]:
    rows = connection.execute(_OPEN_BUCKETS, {"of_account": account})
    return [Bucket(row.bucket, row.available, row.expires_at) for row in rows]


def _give(connection: Connection, account: AccountId, grant: Grant, now: datetime) -> bool:
    """Write a grant. False if it was given before and its bucket is closed, as after a clock stepped back."""
    opened = connection.execute(
        _OPEN_BUCKET,
        {"account": account, "bucket": grant.bucket, "available": 0, "reserved": 0, "expires_at": grant.expires_at},
    )
    if opened.rowcount == 0:
        return False
    movement = Movement(
        account=account, job=None, phase=LedgerPhase.GRANT, bucket=grant.bucket, available_delta=grant.amount
    )
    write_movements(connection, [movement], now)
    return True


def _close(connection: Connection, account: AccountId, over: Sequence[Bucket], now: datetime) -> None:
    expiries = [_expiry(account, None, bucket.name, bucket.available) for bucket in over if bucket.available]
    write_movements(connection, expiries, now)
    connection.execute(
        update(balances)
        .where(balances.c.account == account, balances.c.bucket.in_([bucket.name for bucket in over]))
        .values(is_closed=True)
    )


def _expiry(account: AccountId, job: JobId | None, bucket: str, amount: int) -> Movement:
    return Movement(account=account, job=job, phase=LedgerPhase.EXPIRE, bucket=bucket, available_delta=-amount)


def _draw(live: Iterable[Bucket], jobs: Sequence[JobId], price: int) -> Iterator[tuple[JobId, str, int]]:
    """Distribute the price of each job over the buckets in their order. Yields job, bucket, amount."""
    rest = {bucket.name: bucket.available for bucket in live}
    for job in jobs:
        missing = price
        for bucket, available in rest.items():
            amount = min(missing, available)
            if amount:
                yield job, bucket, amount
                rest[bucket] -= amount
                missing -= amount


@dataclass(frozen=True, slots=True)
class _Reserved:
    account: AccountId
    bucket: str
    amount: int
    is_closed: bool


def _reserved_for(connection: Connection, job: JobId) -> list[_Reserved]:
    rows = connection.execute(_RESERVED_FOR, {"of_job": job})
    return [_Reserved(row.account, row.bucket, row.reserved_delta, row.is_closed) for row in rows]


def write_movements(connection: Connection, movements: Sequence[Movement], now: datetime) -> None:
    """Write ledger rows, and update their balances."""
    if not movements:
        return
    connection.execute(_WRITE_ROWS, [asdict(movement) | {"at": now} for movement in movements])
    connection.execute(
        _MOVE_BALANCE,
        [
            {
                "of_account": movement.account,
                "of_bucket": movement.bucket,
                "available_delta": movement.available_delta,
                "reserved_delta": movement.reserved_delta,
            }
            for movement in movements
        ],
    )
