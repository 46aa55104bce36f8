"""Offers: requests whose price is to be confirmed before anything is reserved."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.domain.credits import CreditPolicy
from bot.domain.requests import OFFER_EXPIRED, AccountId, JobId, JobState, RequestId
from bot.storage.blocked_accounts import refuse_blocked
from bot.storage.ledger import reserve
from bot.storage.painting import failure_values
from bot.storage.schema import jobs, requests
from bot.storage.turns import refresh


def confirm(connection: Connection, request: RequestId, policy: CreditPolicy, now: datetime) -> bool:
    """Reserve the price of an offer's jobs and queue them; False if it is no open offer.

    Raises `CreditsExhausted` and `NotAllowed`.
    """
    terms = connection.execute(
        select(requests.c.account, requests.c.price).where(requests.c.id == request, requests.c.offered_until > now)
    ).one_or_none()
    if terms is None:
        return False
    refuse_blocked(connection, AccountId(terms.account))
    queued = connection.scalars(
        update(jobs)
        .where(jobs.c.request == request, jobs.c.state == JobState.OFFERED)
        .values(state=JobState.QUEUED)
        .returning(jobs.c.id)
    ).all()
    refresh(connection, AccountId(terms.account))
    reserve(connection, AccountId(terms.account), sorted(JobId(job) for job in queued), terms.price, policy, now)
    return bool(queued)


def expire(connection: Connection, request: RequestId, now: datetime) -> bool:
    """End an offer whose time is over; False if there is none."""
    is_over = select(requests.c.id).where(requests.c.id == jobs.c.request, requests.c.offered_until <= now).exists()
    ended = connection.execute(
        update(jobs)
        .where(jobs.c.request == request, jobs.c.state == JobState.OFFERED, is_over)
        .values(state=JobState.CANCELLED, **failure_values(OFFER_EXPIRED))
    )
    return ended.rowcount > 0
