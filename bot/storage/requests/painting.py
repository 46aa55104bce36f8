"""State changes of a job. Each names the state and attempt it expects, and changes nothing if it finds another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from bot.domain.chat import StoredPicture
from bot.domain.requests.requests import (
    AccountId,
    ClaimedJob,
    JobFailure,
    JobId,
    JobState,
    MadePicture,
    PictureLink,
    RequestId,
    Try,
)
from bot.storage.credits.ledger import release, settle
from bot.storage.engines.prepared import prepared
from bot.storage.kept_pictures import PICTURE_COLUMNS, keep_picture, to_stored_picture
from bot.storage.requests.kept_links import to_kept, to_links
from bot.storage.requests.public_ids import new_public_id
from bot.storage.requests.tries import end_painted_try, end_try, reserve_first_try
from bot.storage.requests.turns import NEWEST_CLAIM, next_job, refresh, refresh_after_claim, refresh_after_put_back
from bot.storage.requests.views import CAN_BE_CANCELLED, to_wish
from bot.storage.schema import SpendState, jobs, pictures, results, sources

# Built once: SQLAlchemy takes about as long to build a statement as to execute it.
_TAKE = prepared(
    update(jobs)
    .where(
        jobs.c.id == bindparam("of_job"),
        jobs.c.state == JobState.QUEUED,
        jobs.c.attempt == bindparam("of_attempt"),
    )
    .values(
        state=JobState.PAINTING,
        attempt=bindparam("of_attempt") + 1,
        claim=NEWEST_CLAIM + 1,
        claimed_at=bindparam("now"),
        left_at=None,
    )
    .returning(jobs.c.claim)
)
_SOURCE_PICTURES = prepared(
    select(*PICTURE_COLUMNS)
    .join(sources, sources.c.sha256 == pictures.c.sha256)
    .where(sources.c.request == bindparam("of_request"))
    .order_by(sources.c.number)
)
_MOVE = prepared(
    update(jobs)
    .where(
        jobs.c.id == bindparam("of_job"),
        jobs.c.state == JobState.PAINTING,
        jobs.c.attempt == bindparam("of_attempt"),
    )
    .returning(jobs.c.request)
)
_OWN_NUMBER = select(jobs.c.number).where(jobs.c.id == bindparam("of_job")).scalar_subquery()
_NUMBERS = (
    select(jobs.c.number)
    .where(jobs.c.request == bindparam("of_request"))
    .union_all(select(results.c.number).where(results.c.request == bindparam("of_request")))
    .subquery()
)
_NUMBER_ABOVE = select(func.max(_NUMBERS.c.number) + 1).scalar_subquery()
_KEEP_RESULT = insert(results).values(
    public_id=bindparam("of_public_id"),
    request=bindparam("of_request"),
    job=bindparam("of_job"),
    sha256=bindparam("of_sha256"),
    words=bindparam("of_words"),
)
_KEEP_FIRST = prepared(_KEEP_RESULT.values(number=_OWN_NUMBER))
"""The first result of a job has the job's number."""

_KEEP_FURTHER = prepared(_KEEP_RESULT.values(number=_NUMBER_ABOVE))
"""A further result has a number above all results and all jobs."""


def claim(connection: Connection, now: datetime) -> ClaimedJob | None:
    """Claim the next job: that of the account whose last claim is oldest. Ties go by acceptance."""
    row = next_job(connection, now)
    if row is None:
        return None
    taken = connection.scalar(_TAKE, {"of_job": row.job, "of_attempt": row.attempt, "now": now})
    if taken is None:
        return None  # with parallel transactions: another one has moved it meanwhile
    refresh_after_claim(connection, AccountId(row.account), taken)
    attempt = row.attempt + 1
    links = to_links(row.links)
    if not links:  # a job that only downloads is paid already
        reserve_first_try(connection, JobId(row.job), attempt, row.cost, now)
    request, wish = RequestId(row.id), to_wish(row)
    return ClaimedJob(
        job=JobId(row.job),
        request=request,
        attempt=attempt,
        account=AccountId(row.account),
        wish=replace(wish, prompt=row.own_prompt or wish.prompt),
        sources=_source_pictures(connection, request),
        links=links,
        sent_attempts=row.sent_attempts,
    )


def _source_pictures(connection: Connection, request: RequestId) -> tuple[StoredPicture, ...]:
    return tuple(to_stored_picture(row) for row in connection.execute(_SOURCE_PICTURES, {"of_request": request}))


def keep_links(connection: Connection, job: JobId, attempt: int, links: Sequence[PictureLink]) -> bool:
    """Record the picture links of a job. Until the pictures are downloaded, it is paid and needs only that."""
    return _move(connection, job, attempt, links=to_kept(links)) is not None


def painted(
    connection: Connection,
    job: JobId,
    attempt: int,
    made: Sequence[MadePicture],
    tried: Try | None,
    now: datetime,
) -> bool:
    """Record the pictures as results, and settle the job's credits and the owner's money."""
    request = _move(connection, job, attempt, state=JobState.PAINTED, links=None)
    if request is None:
        return False
    for place, each in enumerate(made):
        keep_picture(connection, each.picture, now)
        row = {
            "of_public_id": new_public_id(),
            "of_request": request,
            "of_job": job,
            "of_sha256": each.picture.sha256,
            "of_words": None if each.words is None else each.words.words,
        }
        connection.execute(_KEEP_FIRST if place == 0 else _KEEP_FURTHER, row)
    settle(connection, job, now)
    end_painted_try(connection, job, attempt, tried, now)
    return True


def failed(
    connection: Connection, job: JobId, attempt: int, failure: JobFailure, now: datetime, *, is_billed: bool
) -> bool:
    """Release the job's credits. Record whether the owner was probably billed for a try that did not end."""
    if _move(connection, job, attempt, state=JobState.FAILED, links=None, **failure_values(failure)) is None:
        return False
    release(connection, job, now)
    end_try(connection, job, attempt, SpendState.SETTLED if is_billed else SpendState.RELEASED)
    return True


def put_back(connection: Connection, job: JobId, attempt: int) -> bool:
    """Requeue a job that has no request under way, or only downloads. Its claim does not count."""
    put = connection.execute(
        update(jobs)
        .where(
            jobs.c.id == job,
            jobs.c.state == JobState.PAINTING,
            jobs.c.attempt == attempt,
            or_(jobs.c.left_at.is_(None), jobs.c.links.is_not(None)),
        )
        .values(state=JobState.QUEUED, claim=None, claimed_at=None)
        .returning(jobs.c.links, jobs.c.account)
    ).one_or_none()
    if put is None:
        return False
    refresh_after_put_back(connection, AccountId(put.account))
    end_try(connection, job, attempt, SpendState.SETTLED if put.links else SpendState.RELEASED)
    return True


def cancel(connection: Connection, request: RequestId, now: datetime) -> bool:
    """Cancel the offered and waiting jobs of a request."""
    return _end_waiting(connection, request, now, state=JobState.CANCELLED)


def fail_queued(connection: Connection, request: RequestId, failure: JobFailure, now: datetime) -> bool:
    """Fail the waiting jobs of a request, because they cannot be painted."""
    return _end_waiting(connection, request, now, state=JobState.FAILED, **failure_values(failure))


def _end_waiting(connection: Connection, request: RequestId, now: datetime, **values: Any) -> bool:
    """End jobs that wait in the queue or at an endpoint. A worker with such a job notices before it sends a request."""
    ended = connection.execute(
        update(jobs)
        .where(jobs.c.request == request, CAN_BE_CANCELLED)
        .values(links=None, **values)
        .returning(jobs.c.id, jobs.c.account, jobs.c.attempt)
    ).all()
    for row in ended:
        release(connection, JobId(row.id), now)
        if row.attempt:
            end_try(connection, JobId(row.id), row.attempt, SpendState.RELEASED)
    for account in {row.account for row in ended}:
        refresh(connection, AccountId(account))
    return bool(ended)


def failure_values(failure: JobFailure) -> dict[str, str | int | None]:
    """Return the columns of `jobs` that store a failure."""
    return {
        "failure_code": failure.code,
        "failure_words": None if failure.words is None else failure.words.words,
        "failure_retry_after_seconds": failure.retry_after_seconds,
    }


def _move(connection: Connection, job: JobId, attempt: int, **values: Any) -> RequestId | None:
    """Change a job that is painting in this attempt. Returns its request, or None if there is no such job."""
    moved = connection.scalar(_MOVE, {"of_job": job, "of_attempt": attempt, **values})
    return None if moved is None else RequestId(moved)
