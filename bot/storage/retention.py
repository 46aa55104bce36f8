"""Deletes expired data in small transactions, so that nobody waits for it.

The ledger stays for ever, and with it balances, accounts and identities. The newest request, the newest result and the
newest entry of each conversation stay too: SQLite assigns the largest existing number plus one, and a number must never
be used twice.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, true, tuple_, update

from bot.domain.requests.requests import OPEN_STATES, DeliveryState, RequestId
from bot.domain.retention import RetentionGroup
from bot.storage.column_types import in_text
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
"""The tables that are deleted with a request, in an order that leaves no row without the one it references."""


def forget(connection: Connection, what: RetentionGroup, before: datetime, most: int) -> int:
    """Delete at most `most` rows older than `before`. Returns how many were deleted."""
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
    """Stop keeping paid pictures that wait too long. After that the normal retention of their requests applies."""
    oldest = (
        select(undelivered.c.request)
        .join(requests, requests.c.id == undelivered.c.request)
        .where(~undelivered.c.is_refunded, requests.c.accepted_at < before)
        .limit(most)
    )
    return connection.execute(delete(undelivered).where(undelivered.c.request.in_(oldest))).rowcount


def _has_later() -> ColumnElement[bool]:
    """Whether an entry is neither the last of its conversation nor the one changed last."""
    later = transcript.alias("later")
    of_conversation = select(later.c.key).where(later.c.conversation == transcript.c.conversation)
    return (
        of_conversation.where(later.c.position > transcript.c.position).exists()
        & of_conversation.where(later.c.revision > transcript.c.revision).exists()
    )


def forget_requests(
    connection: Connection, before: datetime, *, after: RequestId, most: int
) -> tuple[int, RequestId | None]:
    """Look at the next `most` requests, and delete those that are old and not needed any more.

    Returns how many were deleted, and the last one that was looked at; None if there are no older ones.
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
    """Whether a request is ended and delivered or refunded, and no younger one uses its pictures.

    An event that refers to it keeps it too: event keys have a retention of their own.
    """
    own = results.alias("own")
    younger = select(own.c.id).where(own.c.request == requests.c.id, _is_used(own.c.sha256, before))
    newest = select(func.max(requests.c.id)).scalar_subquery()
    newest_result = select(func.max(results.c.id)).scalar_subquery()
    has_newest_result = select(own.c.id).where(own.c.request == requests.c.id, own.c.id == newest_result)
    is_open = select(jobs.c.id).where(jobs.c.request == requests.c.id, jobs.c.state.in_(OPEN_STATES))
    is_due = select(deliveries.c.request).where(
        deliveries.c.request == requests.c.id,
        deliveries.c.kind == in_text(DeliveryKind.OUTCOME),
        deliveries.c.state == DeliveryState.DUE,
    )
    waits = select(undelivered.c.request).where(undelivered.c.request == requests.c.id, ~undelivered.c.is_refunded)
    has_event = select(events.c.key).where(events.c.request == requests.c.id)
    kept_by = (younger, has_newest_result, is_open, is_due, waits, has_event)
    return (requests.c.id != newest) & ~or_(*(reason.exists() for reason in kept_by))


def _is_used(sha256: ColumnElement[str], before: datetime) -> ColumnElement[bool]:
    """Whether a request younger than `before` has made this picture, or used it as a source."""
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
    """Delete requests with everything that belongs to them, and picture rows that nothing references any more."""
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
