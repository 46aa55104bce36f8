"""Delivery states of outcomes, and the messages that belong to a request.

An outcome is due from acceptance on. It can become final only when its request has no open job. A status message that
still exists then must be deleted.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, text, union, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import MessageRef, Posted
from bot.domain.requests.requests import DeliveryState, RequestId
from bot.storage.column_types import in_text
from bot.storage.credits.refunds import is_refunded
from bot.storage.delivery.shown_in import show_in
from bot.storage.engines.prepared import prepared
from bot.storage.schema import JOB_IS_OPEN, DeliveryKind, deliveries, jobs, messages, requests
from bot.storage.schema import undelivered as undelivered_rows

# Built once: SQLAlchemy takes longer to build a statement than to execute it.
_OF_REQUEST: BindParameter[Any] = bindparam("of_request")
_OF_REF: BindParameter[Any] = bindparam("of_ref")
_STATUS = (deliveries.c.request == _OF_REQUEST) & (deliveries.c.kind == in_text(DeliveryKind.STATUS))
_BEGIN_STATUS = prepared(insert(deliveries).on_conflict_do_nothing())
_END_STATUS = prepared(delete(deliveries).where(_STATUS))
_END_STATUS_THAT_IS = prepared(delete(deliveries).where(_STATUS, deliveries.c.message_ref == _OF_REF))
_POST_STATUS = insert(deliveries)
_POST_STATUS = prepared(
    _POST_STATUS.on_conflict_do_update(
        index_elements=[deliveries.c.request, deliveries.c.kind],
        set_={"state": _POST_STATUS.excluded.state, "message_ref": _POST_STATUS.excluded.message_ref},
    )
)
_END_OUTCOME = prepared(
    update(deliveries)
    .where(
        deliveries.c.request == _OF_REQUEST,
        deliveries.c.kind == in_text(DeliveryKind.OUTCOME),
        deliveries.c.state == DeliveryState.DUE,
        ~select(jobs.c.id).where(jobs.c.request == _OF_REQUEST, JOB_IS_OPEN).exists(),
    )
    .values(state=bindparam("to_state"), message_ref=_OF_REF)
)
_REMEMBER = insert(messages).values(
    platform=select(requests.c.platform).where(requests.c.id == _OF_REQUEST).scalar_subquery(),
    ref=_OF_REF,
    request=_OF_REQUEST,
    number=bindparam("of_number"),
)
_REMEMBER_ALL = prepared(_REMEMBER.on_conflict_do_nothing())
_REMEMBER_ONE = prepared(
    _REMEMBER.on_conflict_do_update(
        index_elements=[messages.c.platform, messages.c.ref], set_={"number": _REMEMBER.excluded.number}
    )
)


def undelivered(connection: Connection, *, only_ended: bool = False) -> Sequence[RequestId]:
    """Return requests whose outcome is due, or whose status message still exists, oldest first."""
    due = select(deliveries.c.request).where(
        deliveries.c.kind == in_text(DeliveryKind.OUTCOME), deliveries.c.state == DeliveryState.DUE
    )
    # Written as text, because SQLite uses no partial index for a bound parameter.
    standing = select(deliveries.c.request).where(text("kind = 'status'"))
    if only_ended:
        is_open = select(jobs.c.id).where(jobs.c.request == deliveries.c.request, JOB_IS_OPEN).exists()
        due, standing = due.where(~is_open), standing.where(~is_open)
    query = union(due, standing).order_by("request")
    return [RequestId(request) for request in connection.scalars(query)]


def begin_status(connection: Connection, request: RequestId) -> bool:
    """Mark that a status is about to be sent; False if one was sent before, or may have been."""
    row = {"request": request, "kind": DeliveryKind.STATUS, "state": DeliveryState.DUE}
    return connection.execute(_BEGIN_STATUS, row).rowcount > 0


def status_over(connection: Connection, request: RequestId) -> None:
    """Record that the status of a request is gone, or was never sent."""
    connection.execute(_END_STATUS, {"of_request": request})


def status_posted(connection: Connection, request: RequestId, posted: Posted) -> None:
    """Remember the newest status message of a request."""
    row = {"request": request, "kind": DeliveryKind.STATUS, "state": DeliveryState.SENT, "message_ref": posted.ref}
    connection.execute(_POST_STATUS, row)
    remember(connection, request, posted.ref)
    show_in(connection, request, posted.conversation)


def delivered(connection: Connection, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
    """Make a due outcome final; False if it was final already or a job is still open."""
    end = {"of_request": request, "to_state": state, "of_ref": None if posted is None else posted.ref}
    if connection.execute(_END_OUTCOME, end).rowcount == 0:
        return False
    if posted is not None:
        for ref, number in posted.pictures:
            remember(connection, request, ref, number)
        remember(connection, request, posted.ref)
        show_in(connection, request, posted.conversation)
        became_outcome = {"of_request": request, "of_ref": posted.ref}
        connection.execute(_END_STATUS_THAT_IS, became_outcome)
    return True


def messages_of(connection: Connection, request: RequestId) -> Sequence[MessageRef]:
    """Return our messages of a request, in the order they were recorded."""
    platform = select(requests.c.platform).where(requests.c.id == request).scalar_subquery()
    query = (
        select(messages.c.ref)
        .where(messages.c.request == request, messages.c.platform == platform)
        .order_by(text("messages.rowid"))
    )
    return [MessageRef(ref) for ref in connection.scalars(query)]


def redeliver(connection: Connection, request: RequestId) -> bool:
    """Make an outcome due again if it is uncertain, or undeliverable and not refunded. False if it is neither."""
    connection.execute(
        delete(undelivered_rows).where(undelivered_rows.c.request == request, ~undelivered_rows.c.is_refunded)
    )
    moved = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.request == request,
            deliveries.c.kind == in_text(DeliveryKind.OUTCOME),
            deliveries.c.state.in_((DeliveryState.UNCERTAIN, DeliveryState.UNDELIVERABLE)),
            ~is_refunded(request),
        )
        .values(state=DeliveryState.DUE, round=deliveries.c.round + 1)
    )
    return moved.rowcount > 0


def remember(connection: Connection, request: RequestId, ref: MessageRef, number: int | None = None) -> None:
    """Record what a message shows: one picture by its number, or all of the request's."""
    row = {"of_request": request, "of_ref": ref, "of_number": number}
    connection.execute(_REMEMBER_ALL if number is None else _REMEMBER_ONE, row)
