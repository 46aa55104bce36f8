"""Recovery after a start: every painting job was left by a dead process."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.domain.requests.requests import INTERRUPTED, AccountId, AfterCrash, JobId, JobState
from bot.storage.requests.painting import failed, put_back
from bot.storage.requests.tries import end_try
from bot.storage.requests.turns import refresh
from bot.storage.schema import SpendState, jobs


def recover(connection: Connection, now: datetime, *, after_crash: AfterCrash, max_attempts: int) -> int:
    """Requeue jobs that may be downloaded or painted again, and refund the rest. Returns how many jobs there were."""
    left = connection.execute(
        select(jobs.c.id, jobs.c.account, jobs.c.attempt, jobs.c.left_at, jobs.c.links, jobs.c.sent_attempts).where(
            jobs.c.state == JobState.PAINTING
        )
    ).all()
    for row in left:
        job, has_left = JobId(row.id), row.left_at is not None
        if row.links or (not has_left and row.sent_attempts < max_attempts):
            put_back(connection, job, row.attempt)
        elif after_crash is AfterCrash.REPAINT and row.sent_attempts < max_attempts:
            _paint_again(connection, job, AccountId(row.account), row.attempt)
        else:
            failed(connection, job, row.attempt, INTERRUPTED, now, is_billed=has_left)
    return len(left)


def _paint_again(connection: Connection, job: JobId, account: AccountId, attempt: int) -> None:
    # The claim counts: the member has used the turn, only its picture did not arrive.
    connection.execute(update(jobs).where(jobs.c.id == job).values(state=JobState.QUEUED, claimed_at=None))
    refresh(connection, account)
    end_try(connection, job, attempt, SpendState.SETTLED)
