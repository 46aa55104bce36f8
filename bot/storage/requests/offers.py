"""Offers: requests whose price must be confirmed before anything is reserved."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import OFFER_EXPIRED, AccountId, JobId, JobState, RequestId
from bot.storage.credits.blocked_accounts import refuse_blocked
from bot.storage.credits.ledger import reserve, settle
from bot.storage.delivery.undelivered import take_over
from bot.storage.requests.painting import failure_values
from bot.storage.requests.turns import refresh
from bot.storage.schema import jobs, requests


def confirm(connection: Connection, request: RequestId, policy: CreditPolicy, now: datetime) -> bool:
    """Reserve the price of an offer's jobs and queue them; False if it is not an open offer.

    If its pictures are painted already, charge them at once; False too if they do not wait any more. Raises
    `CreditsExhausted` and `NotAllowed`.
    """
    terms = connection.execute(
        select(requests.c.account, requests.c.price, requests.c.claims).where(
            requests.c.id == request, requests.c.offered_until > now
        )
    ).one_or_none()
    offered = connection.scalars(
        select(jobs.c.id).where(jobs.c.request == request, jobs.c.state == JobState.OFFERED).order_by(jobs.c.id)
    ).all()
    if terms is None or not offered:
        return False
    account, is_painted = AccountId(terms.account), terms.claims is not None
    refuse_blocked(connection, account)
    if is_painted and not take_over(connection, request, RequestId(terms.claims)):
        return False
    state = JobState.PAINTED if is_painted else JobState.QUEUED
    connection.execute(update(jobs).where(jobs.c.id.in_(offered)).values(state=state))
    refresh(connection, account)
    reserve(connection, account, [JobId(job) for job in offered], terms.price, policy, now)
    for job in offered if is_painted else ():
        settle(connection, JobId(job), now)
    return True


def expire(connection: Connection, request: RequestId, now: datetime) -> bool:
    """Cancel an offer that has expired; False if there is none."""
    is_over = select(requests.c.id).where(requests.c.id == jobs.c.request, requests.c.offered_until <= now).exists()
    ended = connection.execute(
        update(jobs)
        .where(jobs.c.request == request, jobs.c.state == JobState.OFFERED, is_over)
        .values(state=JobState.CANCELLED, **failure_values(OFFER_EXPIRED))
    )
    return ended.rowcount > 0
