"""The books: the proof that ledger, balances, jobs and the owner's spending agree."""

from collections.abc import Iterator

from sqlalchemy import Connection, case, func, or_, select
from sqlalchemy.sql import ColumnElement

from bot.domain.credits import LedgerPhase
from bot.domain.requests import OPEN_STATES, JobState
from bot.storage.schema import SpendState, balances, jobs, ledger, requests, spend


def check_books(connection: Connection) -> list[str]:
    """Every disagreement, in words; empty when all is well."""
    return [
        *_balances_against_ledger(connection),
        *_jobs_against_ledger(connection),
        *_spend_against_jobs(connection),
    ]


def _balances_against_ledger(connection: Connection) -> Iterator[str]:
    sums = (
        select(
            ledger.c.account,
            ledger.c.bucket,
            func.sum(ledger.c.available_delta).label("available"),
            func.sum(ledger.c.reserved_delta).label("reserved"),
        )
        .group_by(ledger.c.account, ledger.c.bucket)
        .subquery()
    )
    same = (sums.c.account == balances.c.account) & (sums.c.bucket == balances.c.bucket)
    rows = connection.execute(
        select(
            func.coalesce(balances.c.account, sums.c.account).label("account"),
            func.coalesce(balances.c.bucket, sums.c.bucket).label("bucket"),
            balances.c.available,
            balances.c.reserved,
            balances.c.is_closed,
            sums.c.available.label("proven_available"),
            sums.c.reserved.label("proven_reserved"),
        ).join_from(balances, sums, same, full=True)
    )
    for row in rows:
        name = f"account {row.account}, bucket {row.bucket}"
        if (row.available, row.reserved) != (row.proven_available, row.proven_reserved):
            proven = f"{row.proven_available} available and {row.proven_reserved} reserved"
            yield f"{name}: {row.available} available and {row.reserved} reserved, but the ledger says {proven}"
        elif row.is_closed and row.available:
            yield f"{name}: closed, but {row.available} are still available"
        elif min(row.available, row.reserved) < 0:
            yield f"{name}: overdrawn"


def _jobs_against_ledger(connection: Connection) -> Iterator[str]:
    """Each job reserved its price once, and ended that reservation as its state says."""

    def moved(phase: LedgerPhase) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((ledger.c.phase == phase, func.abs(ledger.c.reserved_delta)), else_=0)), 0)

    rows = connection.execute(
        select(
            jobs.c.id,
            jobs.c.state,
            jobs.c.attempt,
            requests.c.price,
            moved(LedgerPhase.RESERVE).label("reserved"),
            moved(LedgerPhase.SETTLE).label("settled"),
            moved(LedgerPhase.RELEASE).label("released"),
        )
        .join(requests, requests.c.id == jobs.c.request)
        .outerjoin(ledger, ledger.c.job == jobs.c.id)
        .group_by(jobs.c.id, jobs.c.state, jobs.c.attempt, requests.c.price)
    )
    for row in rows:
        # Nothing was reserved for an offer, nor for what ended before it was confirmed.
        is_over = row.state in {JobState.CANCELLED, JobState.FAILED} and row.reserved == row.attempt == 0
        is_offer = row.state is JobState.OFFERED or is_over
        reserved = 0 if is_offer else row.price
        settled = row.price if row.state is JobState.PAINTED else 0
        released = 0 if row.state in OPEN_STATES else reserved - settled
        if (row.reserved, row.settled, row.released) != (reserved, settled, released):
            yield (
                f"job {row.id}, {row.state}, price {row.price}: "
                f"reserved {row.reserved}, settled {row.settled}, released {row.released}"
            )


def _spend_against_jobs(connection: Connection) -> Iterator[str]:
    """The owner's money is reserved for what is being painted, and for nothing else; a picture was paid for."""
    yield from _tries_that_disagree(connection)
    yield from _jobs_without_money(connection)


def _tries_that_disagree(connection: Connection) -> Iterator[str]:
    """A try holds money while it is open: the newest of a job that is being painted. An end by hand has no fault."""
    is_of_claim = (jobs.c.state == JobState.PAINTING) & (jobs.c.attempt == spend.c.attempt)
    later = spend.alias("later")
    has_later = (
        select(later.c.number)
        .where(later.c.job == spend.c.job, later.c.attempt == spend.c.attempt, later.c.number > spend.c.number)
        .exists()
    )
    is_open = spend.c.state == SpendState.RESERVED
    ended_by_hand = ~is_open & is_of_claim & spend.c.fault.is_(None)
    rows = connection.execute(
        select(spend.c.job, spend.c.attempt, spend.c.number, spend.c.state, jobs.c.state.label("job_state"))
        .join(jobs, jobs.c.id == spend.c.job)
        .where(or_(is_open & (~is_of_claim | has_later), ended_by_hand))
    )
    for row in rows:
        of_try = f"the owner's money for try {row.number} of attempt {row.attempt} is {row.state}"
        yield f"job {row.job} is {row.job_state}, but {of_try}"


def _jobs_without_money(connection: Connection) -> Iterator[str]:
    """A request that is under way holds money, a claim has a try unless it only fetches, and a picture was paid."""

    def has_try(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(spend.c.number).where(spend.c.job == jobs.c.id, condition).exists()

    is_painting = jobs.c.state == JobState.PAINTING
    of_claim = spend.c.attempt == jobs.c.attempt
    holds = has_try(of_claim & (spend.c.state == SpendState.RESERVED))
    rows = connection.execute(
        select(jobs.c.id, jobs.c.state).where(
            or_(
                is_painting & jobs.c.left_at.is_not(None) & ~holds,
                is_painting & jobs.c.links.is_(None) & ~has_try(of_claim),
                (jobs.c.state == JobState.PAINTED) & ~has_try(spend.c.state == SpendState.SETTLED),
            )
        )
    )
    for row in rows:
        yield f"job {row.id} is {row.state}, but no money of the owner is kept for it"
