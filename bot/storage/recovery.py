"""After a start: every painting job was left by a dead process."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.domain.errors import Interrupted
from bot.domain.requests import AfterCrash, JobFailure, JobId, JobState
from bot.storage.painting import end_spend, failed, put_back
from bot.storage.schema import SpendState, jobs


def recover(connection: Connection, now: datetime, *, after_crash: AfterCrash, max_attempts: int) -> int:
    """Queue again what may be painted again, and refund the rest. Returns how many jobs there were."""
    left = connection.execute(
        select(jobs.c.id, jobs.c.attempt, jobs.c.left_at, jobs.c.sent_attempts).where(jobs.c.state == JobState.PAINTING)
    ).all()
    interrupted = JobFailure(code=Interrupted.code)
    for row in left:
        if row.left_at is None:
            put_back(connection, JobId(row.id), row.attempt)
        elif after_crash is AfterCrash.REPAINT and row.sent_attempts < max_attempts:
            _paint_again(connection, JobId(row.id), row.attempt)
        else:
            failed(connection, JobId(row.id), row.attempt, interrupted, now, is_billed=True)
    return len(left)


def _paint_again(connection: Connection, job: JobId, attempt: int) -> None:
    # The claim stays: the member's turn was used, only its picture did not arrive.
    connection.execute(update(jobs).where(jobs.c.id == job).values(state=JobState.QUEUED, claimed_at=None))
    end_spend(connection, job, attempt, SpendState.SETTLED)
