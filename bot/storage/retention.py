"""Deletes what is kept no longer, a small piece in each transaction, so that nobody waits for it.

The ledger stays for ever, and with it balances, accounts and identities. The newest request and the newest result stay
too, and the newest entry of each conversation: SQLite gives the number after the largest that is there, and a number
must never come twice.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, true, tuple_, update

from bot.domain.requests import OPEN_STATES, DeliveryState, RequestId
from bot.domain.retention import RetentionGroup
from bot.storage.schema import (
    DeliveryKind,
    album_pictures,
    deliveries,
    delivery_parts,
    events,
    jobs,
    messages,
    pictures,
    requests,
    results,
    shown_in,
    sources,
    spend,
    transcript,
    undelivered,
)

OF_REQUESTS = (
    messages.c.request,
    shown_in.c.request,
    delivery_parts.c.request,
    undelivered.c.request,
    deliveries.c.request,
    results.c.request,
    jobs.c.request,
    sources.c.request,
)
"""What goes with a request, in an order that leaves no row without the one that it names."""


def forget(connection: Connection, what: RetentionGroup, before: datetime, most: int) -> int:
    """Delete at most `most` rows that are older; returns how many there were."""
    if what is RetentionGroup.WAITING:
        return _wait_no_longer(connection, before, most)
    table, at, is_free = {
        RetentionGroup.EVENTS: (events, events.c.at, true()),
        RetentionGroup.ALBUMS: (album_pictures, album_pictures.c.seen_at, true()),
        RetentionGroup.ENTRIES: (transcript, transcript.c.changed_at, _has_later()),
    }[what]
    key = tuple(table.primary_key.columns)
    oldest = select(*key).where(at < before, is_free).order_by(at).limit(most)
    return connection.execute(delete(table).where(tuple_(*key).in_(oldest))).rowcount


def _wait_no_longer(connection: Connection, before: datetime, most: int) -> int:
    """Let go of paid pictures that wait: from now on their requests are as old as others."""
    oldest = (
        select(undelivered.c.request)
        .join(requests, requests.c.id == undelivered.c.request)
        .where(~undelivered.c.is_refunded, requests.c.accepted_at < before)
        .limit(most)
    )
    return connection.execute(delete(undelivered).where(undelivered.c.request.in_(oldest))).rowcount


def _has_later() -> ColumnElement[bool]:
    """Whether an entry is neither the last of its conversation nor the one that was changed last."""
    later = transcript.alias("later")
    of_conversation = select(later.c.key).where(later.c.conversation == transcript.c.conversation)
    return (
        of_conversation.where(later.c.position > transcript.c.position).exists()
        & of_conversation.where(later.c.revision > transcript.c.revision).exists()
    )


def forget_requests(
    connection: Connection, before: datetime, *, after: RequestId, most: int
) -> tuple[int, RequestId | None]:
    """Look at the next `most` requests, and delete those of them that are older and wanted no more.

    Returns how many were deleted, and the last that was looked at; None where there are no older ones.
    """
    looked_at = connection.execute(
        select(requests.c.id, requests.c.accepted_at).where(requests.c.id > after).order_by(requests.c.id).limit(most)
    ).all()
    older = [row.id for row in looked_at if row.accepted_at < before]
    over = connection.scalars(select(requests.c.id).where(requests.c.id.in_(older), _is_over(before))).all()
    if over:
        _delete(connection, over)
    return len(over), RequestId(older[-1]) if len(older) == most else None


def _is_over(before: datetime) -> ColumnElement[bool]:
    """Whether a request is ended and delivered or given back, and no younger one has to do with its pictures.

    An event that stands for it keeps it too: the key has a retention of its own.
    """
    own = results.alias("own")
    younger = select(own.c.id).where(own.c.request == requests.c.id, _is_used(own.c.sha256, before))
    newest = select(func.max(requests.c.id)).scalar_subquery()
    newest_result = select(func.max(results.c.id)).scalar_subquery()
    has_newest_result = select(own.c.id).where(own.c.request == requests.c.id, own.c.id == newest_result)
    is_open = select(jobs.c.id).where(jobs.c.request == requests.c.id, jobs.c.state.in_(OPEN_STATES))
    is_due = select(deliveries.c.request).where(
        deliveries.c.request == requests.c.id,
        deliveries.c.kind == DeliveryKind.OUTCOME,
        deliveries.c.state == DeliveryState.DUE,
    )
    waits = select(undelivered.c.request).where(undelivered.c.request == requests.c.id, ~undelivered.c.is_refunded)
    has_event = select(events.c.key).where(events.c.request == requests.c.id)
    kept_by = (younger, has_newest_result, is_open, is_due, waits, has_event)
    return (requests.c.id != newest) & ~or_(*(reason.exists() for reason in kept_by))


def _is_used(sha256: ColumnElement[str], before: datetime) -> ColumnElement[bool]:
    """Whether a request that is not old has made this very picture, or had it along."""
    later = requests.alias("later")
    return or_(
        *(
            select(later.c.id)
            .join(table, table.c.request == later.c.id)
            .where(table.c.sha256 == sha256, later.c.accepted_at >= before)
            .exists()
            for table in (results.alias("made_again"), sources.alias("taken_along"))
        )
    )


def _delete(connection: Connection, over: Sequence[int]) -> None:
    """Delete requests with all that belongs to them, and what is known of pictures that nothing names any more."""
    named = [
        sha256
        for table in (results, sources)
        for sha256 in connection.scalars(
            select(table.c.sha256).where(table.c.request.in_(over), table.c.sha256.is_not(None))
        )
    ]
    connection.execute(update(requests).where(requests.c.repeats.in_(over)).values(repeats=None))
    of_jobs = select(jobs.c.id).where(jobs.c.request.in_(over))
    connection.execute(delete(spend).where(spend.c.job.in_(of_jobs)))
    for column in OF_REQUESTS:
        connection.execute(delete(column.table).where(column.in_(over)))
    connection.execute(delete(requests).where(requests.c.id.in_(over)))
    is_named = or_(*(select(t.c.request).where(t.c.sha256 == pictures.c.sha256).exists() for t in (results, sources)))
    connection.execute(delete(pictures).where(pictures.c.sha256.in_(named), ~is_named))
