"""The tries of a claim: each request to an endpoint, and the owner's money reserved for it.

A claim reserves the cost of its first try. A request that is sent uses that reservation, or makes a new one if the try
before it has ended. A failed try ends its reservation at once. Then no request is under way: `left_at` is NULL again,
and a try that was certainly not billed is subtracted from `sent_attempts`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, null, select, update

from bot.domain.requests.requests import JobId, JobState, Try
from bot.storage.engines.prepared import prepared
from bot.storage.schema import SpendState, jobs, requests, spend

_Row = Row[*tuple[Any, ...]]

# Built once: SQLAlchemy takes longer to build a statement than to execute it.
_OF_JOB: BindParameter[Any] = bindparam("of_job")
_OF_CLAIM = (spend.c.job == _OF_JOB) & (spend.c.attempt == bindparam("of_attempt"))
_HELD = prepared(
    select(jobs.c.id, jobs.c.left_at, requests.c.cost)
    .join(requests, requests.c.id == jobs.c.request)
    .where(jobs.c.id == _OF_JOB, jobs.c.state == JobState.PAINTING, jobs.c.attempt == bindparam("of_attempt"))
)
_NEWEST = prepared(select(spend).where(_OF_CLAIM).order_by(spend.c.number.desc()).limit(1))
_WRITE = prepared(insert(spend))
_CHANGE = prepared(update(spend).where(_OF_CLAIM, spend.c.number == bindparam("of_number")))
_END_OPEN = prepared(update(spend).where(_OF_CLAIM, spend.c.state == SpendState.RESERVED))
_MARK = prepared(
    update(jobs)
    .where(jobs.c.id == _OF_JOB)
    .values(left_at=bindparam("now"), sent_attempts=jobs.c.sent_attempts + 1, links=null())
)
_UNMARK = update(jobs).where(jobs.c.id == _OF_JOB).values(left_at=null())
_UNMARK_FREE = prepared(_UNMARK.values(sent_attempts=jobs.c.sent_attempts - 1))


def reserve_first_try(connection: Connection, job: JobId, attempt: int, cost: Decimal, now: datetime) -> None:
    """Reserve the owner's money for the first try of a claim."""
    _write(connection, job, attempt, number=1, cost=cost, state=SpendState.RESERVED, at=now)


def mark_request_sent(
    connection: Connection, job: JobId, attempt: int, endpoint: str, cost: Decimal | None, now: datetime
) -> bool:
    """Mark the open try as sent, or open the next one. Marking it again changes nothing and returns True."""
    held, newest = _held(connection, job, attempt), _newest(connection, job, attempt)
    if held is None:
        return False
    if newest is not None and newest.state is SpendState.RESERVED:
        if held.left_at is not None:
            return True
        _change(connection, newest, endpoint=endpoint, cost=newest.cost if cost is None else cost)
    else:
        number = _next_number(newest)
        _write(
            connection,
            job,
            attempt,
            number=number,
            endpoint=endpoint,
            cost=held.cost if cost is None else cost,
            state=SpendState.RESERVED,
            at=now,
        )
    connection.execute(_MARK, {"of_job": job, "now": now})  # a new request makes old links invalid
    return True


def note_try(connection: Connection, job: JobId, attempt: int, ended: Try, now: datetime) -> bool:
    """Record how a try ended. Recording it again changes nothing and returns True."""
    held, newest = _held(connection, job, attempt), _newest(connection, job, attempt)
    if held is None:
        return False
    if newest is None:
        return True  # the claim only downloads: its pictures were paid before it
    told = _told(ended)
    if newest.state is SpendState.RESERVED:
        _end(connection, held, newest, ended, told)
    elif _told_of(newest) != told:
        # No request was sent since the last try ended: this one ended before it sent its own.
        state = SpendState.RESERVED if ended.fault is None else SpendState.RELEASED
        _write(connection, job, attempt, number=_next_number(newest), **told, cost=held.cost, state=state, at=now)
    return True


def _end(connection: Connection, held: _Row, newest: _Row, ended: Try, told: dict[str, Any]) -> None:
    if ended.fault is None:
        _change(connection, newest, **told)  # settled when its pictures are recorded
        return
    is_billed = ended.is_billed and held.left_at is not None
    _change(connection, newest, **told, state=SpendState.SETTLED if is_billed else SpendState.RELEASED)
    if held.left_at is not None:
        connection.execute(_UNMARK if is_billed else _UNMARK_FREE, {"of_job": held.id})


def end_try(connection: Connection, job: JobId, attempt: int, state: SpendState) -> None:
    """Settle or release the owner's money of the open try, if there is one."""
    connection.execute(_END_OPEN, {"of_job": job, "of_attempt": attempt, "state": state})


def end_painted_try(connection: Connection, job: JobId, attempt: int, tried: Try | None, now: datetime) -> None:
    """Settle the owner's money of the try that painted, and record that try if it was not recorded before."""
    told = {} if tried is None else _told(tried)
    settled = {"state": SpendState.SETTLED, **told}
    is_open = connection.execute(_END_OPEN, {"of_job": job, "of_attempt": attempt, **settled}).rowcount > 0
    newest = _newest(connection, job, attempt) if told and not is_open else None
    if newest is not None and _told_of(newest) != told:
        # No request was sent since the last try ended: this one ended before it sent its own.
        _write(connection, job, attempt, number=_next_number(newest), cost=newest.cost, at=now, **settled)


def _told(ended: Try) -> dict[str, Any]:
    return {"endpoint": ended.endpoint, "model": ended.model, "seconds": ended.seconds, "fault": ended.fault}


def _told_of(row: _Row) -> dict[str, Any]:
    return {"endpoint": row.endpoint, "model": row.model, "seconds": row.seconds, "fault": row.fault}


def _held(connection: Connection, job: JobId, attempt: int) -> _Row | None:
    """Return the job with the cost of a try; None if it is not painting in this attempt."""
    return connection.execute(_HELD, {"of_job": job, "of_attempt": attempt}).one_or_none()


def _newest(connection: Connection, job: JobId, attempt: int) -> _Row | None:
    return connection.execute(_NEWEST, {"of_job": job, "of_attempt": attempt}).one_or_none()


def _next_number(newest: _Row | None) -> int:
    return 1 if newest is None else newest.number + 1


def _write(connection: Connection, job: JobId, attempt: int, **values: Any) -> None:
    connection.execute(_WRITE, {"job": job, "attempt": attempt, **values})


def _change(connection: Connection, row: _Row, **values: Any) -> None:
    which = {"of_job": row.job, "of_attempt": row.attempt, "of_number": row.number}
    connection.execute(_CHANGE, which | values)
