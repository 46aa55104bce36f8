"""The tries of a claim: each request to an endpoint, and the owner's money that it may take.

A claim reserves the cost of its first try. A request that leaves takes that reservation, or makes one of its own where
the try before it has ended. A try that failed ends its reservation at once, so nothing is under way then: `left_at`
is NULL again, and what was surely not billed does not count in `sent_attempts`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.sql import ColumnElement

from bot.domain.requests import JobId, JobState, Try
from bot.storage.schema import SpendState, jobs, requests, spend

_Row = Row[*tuple[Any, ...]]


def reserve_first_try(connection: Connection, job: JobId, attempt: int, cost: Decimal, now: datetime) -> None:
    """The owner's money for what a claim will probably ask for."""
    _write(connection, job, attempt, number=1, cost=cost, state=SpendState.RESERVED, at=now)


def mark_leaving(connection: Connection, job: JobId, attempt: int, endpoint: str, now: datetime) -> bool:
    """Set the mark of the open try, or of a next one; setting it again changes nothing, and is still True."""
    held, newest = _held(connection, job, attempt), _newest(connection, job, attempt)
    if held is None:
        return False
    if newest is not None and newest.state is SpendState.RESERVED:
        if held.left_at is not None:
            return True
        _change(connection, newest, endpoint=endpoint)
    else:
        number = _next_number(newest)
        _write(
            connection,
            job,
            attempt,
            number=number,
            endpoint=endpoint,
            cost=held.cost,
            state=SpendState.RESERVED,
            at=now,
        )
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job)
        .values(left_at=now, sent_attempts=jobs.c.sent_attempts + 1, links=None)  # what is asked for anew lies nowhere
    )
    return True


def note_try(connection: Connection, job: JobId, attempt: int, ended: Try, now: datetime) -> bool:
    """Keep how a try ended; noting it again changes nothing, and is still True."""
    held, newest = _held(connection, job, attempt), _newest(connection, job, attempt)
    if held is None:
        return False
    if newest is None:
        return True  # the claim only fetches: its pictures were paid before it
    told = {"endpoint": ended.endpoint, "model": ended.model, "seconds": ended.seconds, "fault": ended.fault}
    if newest.state is SpendState.RESERVED:
        _end(connection, held, newest, ended, told)
    elif (newest.endpoint, newest.model, newest.seconds, newest.fault) != tuple(told.values()):
        # No request has left since the last try ended: this one ended before its own could.
        state = SpendState.RESERVED if ended.fault is None else SpendState.RELEASED
        _write(connection, job, attempt, number=_next_number(newest), **told, cost=held.cost, state=state, at=now)
    return True


def _end(connection: Connection, held: _Row, newest: _Row, ended: Try, told: dict[str, Any]) -> None:
    if ended.fault is None:
        _change(connection, newest, **told)  # paid when its pictures are kept
        return
    is_billed = ended.is_billed and held.left_at is not None
    _change(connection, newest, **told, state=SpendState.SETTLED if is_billed else SpendState.RELEASED)
    if held.left_at is not None:
        sent = jobs.c.sent_attempts if is_billed else jobs.c.sent_attempts - 1
        connection.execute(update(jobs).where(jobs.c.id == held.id).values(left_at=None, sent_attempts=sent))


def end_try(connection: Connection, job: JobId, attempt: int, state: SpendState) -> None:
    """The owner's money for the try that is still open, if one is: it was probably taken, or it was not."""
    connection.execute(update(spend).where(_of(job, attempt), spend.c.state == SpendState.RESERVED).values(state=state))


def _held(connection: Connection, job: JobId, attempt: int) -> _Row | None:
    """The job with the cost of a try; None if it is not painted in this attempt."""
    return connection.execute(
        select(jobs.c.id, jobs.c.left_at, requests.c.cost)
        .join(requests, requests.c.id == jobs.c.request)
        .where(jobs.c.id == job, jobs.c.state == JobState.PAINTING, jobs.c.attempt == attempt)
    ).one_or_none()


def _newest(connection: Connection, job: JobId, attempt: int) -> _Row | None:
    return connection.execute(
        select(spend).where(_of(job, attempt)).order_by(spend.c.number.desc()).limit(1)
    ).one_or_none()


def _next_number(newest: _Row | None) -> int:
    return 1 if newest is None else newest.number + 1


def _write(connection: Connection, job: JobId, attempt: int, **values: Any) -> None:
    connection.execute(insert(spend).values(job=job, attempt=attempt, **values))


def _change(connection: Connection, row: _Row, **values: Any) -> None:
    connection.execute(update(spend).where(_of(row.job, row.attempt), spend.c.number == row.number).values(values))


def _of(job: JobId, attempt: int) -> ColumnElement[bool]:
    return (spend.c.job == job) & (spend.c.attempt == attempt)
