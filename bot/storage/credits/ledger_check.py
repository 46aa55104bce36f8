"""The ledger check: the proof that the ledger, balances, jobs and the owner's spending agree.

Each check reads its tables once, in the database, and only contradictions are returned. A year of a busy server takes
seconds, so `SqlStore` runs the check on a read-only connection of its own, beside the main one.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Subquery,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from bot.domain.credits import Disagreement, LedgerPhase
from bot.domain.requests.requests import OPEN_STATES, AccountId, JobState
from bot.storage.schema import SpendState, balances, jobs, ledger, requests, spend


def check_ledger(connection: Connection) -> list[Disagreement]:
    """Find every disagreement. The list is empty if everything agrees."""
    return [
        *_balances_against_ledger(connection),
        *_jobs_against_ledger(connection),
        *_ledger_of_jobs_gone(connection),
        *_spend_against_jobs(connection),
    ]


def _balances_against_ledger(connection: Connection) -> Iterator[Disagreement]:
    """Check that each balance equals the sum of its ledger rows, is not negative, and is empty after its closing."""
    for row in connection.execute(_balances_that_disagree()):
        text = f"account {row.account}, bucket {row.bucket}: {_balance_text(row)}"
        yield Disagreement(account=AccountId(row.account), text=text)


def _balances_that_disagree() -> Select[*tuple[Any, ...]]:
    both = _balances_and_ledger()
    available, reserved = func.sum(both.c.available), func.sum(both.c.reserved)
    proven_available, proven_reserved = func.sum(both.c.proven_available), func.sum(both.c.proven_reserved)
    has_balance, has_movements = func.sum(both.c.balances) > 0, func.sum(both.c.movements) > 0
    is_closed = func.max(case((both.c.is_closed, 1), else_=0)) > 0
    disagrees = or_(
        ~has_balance,
        ~has_movements,
        available != proven_available,
        reserved != proven_reserved,
        is_closed & (available != 0),
        available < 0,
        reserved < 0,
    )
    return (
        select(
            both.c.account,
            both.c.bucket,
            has_balance.label("has_balance"),
            has_movements.label("has_movements"),
            is_closed.label("is_closed"),
            available.label("available"),
            reserved.label("reserved"),
            proven_available.label("proven_available"),
            proven_reserved.label("proven_reserved"),
        )
        .group_by(both.c.account, both.c.bucket)
        .having(disagrees)
    )


def _balances_and_ledger() -> Subquery:
    """Put balances and ledger rows into one table. A column that a row does not have is 0 there."""
    none = literal(0, Integer)
    kept = select(
        balances.c.account,
        balances.c.bucket,
        literal(1, Integer).label("balances"),
        balances.c.available,
        balances.c.reserved,
        balances.c.is_closed,
        none.label("movements"),
        none.label("proven_available"),
        none.label("proven_reserved"),
    )
    proven = select(
        ledger.c.account,
        ledger.c.bucket,
        none.label("balances"),
        none.label("available"),
        none.label("reserved"),
        false().label("is_closed"),
        literal(1, Integer).label("movements"),
        ledger.c.available_delta.label("proven_available"),
        ledger.c.reserved_delta.label("proven_reserved"),
    )
    return union_all(kept, proven).subquery("both")


def _balance_text(row: Row[*tuple[Any, ...]]) -> str:
    """Say what is wrong with a balance."""
    kept = f"{row.available} available and {row.reserved} reserved" if row.has_balance else "no balance"
    proven = f"{row.proven_available} available and {row.proven_reserved} reserved"
    if not row.has_movements:
        proven = "nothing of it"
    if kept != proven:
        return f"{kept}, but the ledger says {proven}"
    return f"closed, but {row.available} are still available" if row.is_closed else f"overdrawn: {kept}"


def _moved(phase: LedgerPhase) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((ledger.c.phase == phase, func.abs(ledger.c.reserved_delta)), else_=0)), 0)


_REFUNDED = func.coalesce(func.sum(case((ledger.c.phase == LedgerPhase.REFUND, ledger.c.available_delta), else_=0)), 0)
_RESERVED, _SETTLED, _RELEASED = map(_moved, (LedgerPhase.RESERVE, LedgerPhase.SETTLE, LedgerPhase.RELEASE))


def _jobs_against_ledger(connection: Connection) -> Iterator[Disagreement]:
    """Check that each job reserved its price once, and that its state matches the end of the reservation.

    An offer reserves nothing, nor does a job that ended before it was confirmed. Settled credits may have been
    refunded, once and in full.
    """
    has_ended_unclaimed = jobs.c.state.in_((JobState.CANCELLED, JobState.FAILED)) & (jobs.c.attempt == 0)
    is_offer = (jobs.c.state == JobState.OFFERED) | (has_ended_unclaimed & (_RESERVED == 0))
    due_reserved = case((is_offer, 0), else_=requests.c.price)
    due_settled = case((jobs.c.state == JobState.PAINTED, requests.c.price), else_=0)
    due_released = case((jobs.c.state.in_(OPEN_STATES), 0), else_=due_reserved - due_settled)
    rows = connection.execute(
        select(
            jobs.c.id,
            jobs.c.account,
            jobs.c.state,
            requests.c.price,
            _RESERVED.label("reserved"),
            _SETTLED.label("settled"),
            _RELEASED.label("released"),
            _REFUNDED.label("refunded"),
        )
        .join(requests, requests.c.id == jobs.c.request)
        .outerjoin(ledger, ledger.c.job == jobs.c.id)
        .group_by(jobs.c.id, jobs.c.account, jobs.c.state, jobs.c.attempt, requests.c.price)
        .having(
            or_(
                due_reserved != _RESERVED,
                due_settled != _SETTLED,
                due_released != _RELEASED,
                _REFUNDED.not_in((0, due_settled)),
            )
        )
    )
    for row in rows:
        moved = f"reserved {row.reserved}, settled {row.settled}, released {row.released}"
        moved += f", refunded {row.refunded}" if row.refunded else ""
        text = f"job {row.id}, {row.state}, price {row.price}: {moved}"
        yield Disagreement(account=AccountId(row.account), text=text)


def _ledger_of_jobs_gone(connection: Connection) -> Iterator[Disagreement]:
    """Check deleted jobs: nothing may be reserved for them, and every reservation was settled or released."""
    rows = connection.execute(
        select(
            ledger.c.job, func.min(ledger.c.account).label("account"), func.sum(ledger.c.reserved_delta).label("left")
        )
        .where(ledger.c.job.is_not(None), ~select(jobs.c.id).where(jobs.c.id == ledger.c.job).exists())
        .group_by(ledger.c.job)
        .having(or_(func.sum(ledger.c.reserved_delta) != 0, _RESERVED == 0, _REFUNDED.not_in((0, _SETTLED))))
    )
    for row in rows:
        text = f"job {row.job} is not kept any more, but {row.left} are reserved for it"
        yield Disagreement(account=AccountId(row.account), text=text)


def _spend_against_jobs(connection: Connection) -> Iterator[Disagreement]:
    """Check that the owner's money is reserved only for painting jobs, and that each picture was paid for."""
    yield from _tries_that_disagree(connection)
    yield from _jobs_without_money(connection)


def _tries_that_disagree(connection: Connection) -> Iterator[Disagreement]:
    """Find tries whose state does not match their job.

    Only the newest try of a painting job may be open (its money is reserved). A closed row of its
    claim with `fault IS NULL` was closed manually, which is reported too.
    """
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
        yield Disagreement(account=None, text=f"job {row.job} is {row.job_state}, but {of_try}")


def _jobs_without_money(connection: Connection) -> Iterator[Disagreement]:
    """Find jobs that should have a spend row and have none.

    A request under way has reserved money. A claim has a try unless it only downloads. A painted picture has a settled
    try, unless a request bought it (`claims`).
    """

    def has_try(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(spend.c.number).where(spend.c.job == jobs.c.id, condition).exists()

    is_painting = jobs.c.state == JobState.PAINTING
    of_claim = spend.c.attempt == jobs.c.attempt
    is_bought = select(requests.c.id).where(requests.c.id == jobs.c.request, requests.c.claims.is_not(None)).exists()
    holds = has_try(of_claim & (spend.c.state == SpendState.RESERVED))
    rows = connection.execute(
        select(jobs.c.id, jobs.c.state).where(
            or_(
                is_painting & jobs.c.left_at.is_not(None) & ~holds,
                is_painting & jobs.c.links.is_(None) & ~has_try(of_claim),
                (jobs.c.state == JobState.PAINTED) & ~is_bought & ~has_try(spend.c.state == SpendState.SETTLED),
            )
        )
    )
    for row in rows:
        text = f"job {row.id} is {row.state}, but no money of the owner is kept for it"
        yield Disagreement(account=None, text=text)
