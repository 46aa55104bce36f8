"""How far the outcome of a request has come, and which messages of ours belong to it.

An outcome is due from acceptance on, and can become final only when no job of its request is open any more. A status
that still stands then is to be taken away.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, text, union, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import MessageRef, Posted
from bot.domain.requests import OPEN_STATES, DeliveryState, RequestId
from bot.storage.schema import DeliveryKind, deliveries, jobs, messages, requests
from bot.storage.shown_in import show_in


def undelivered(connection: Connection) -> Sequence[RequestId]:
    """Requests whose outcome is still due, or whose status still stands, oldest first."""
    due = select(deliveries.c.request).where(
        deliveries.c.kind == DeliveryKind.OUTCOME, deliveries.c.state == DeliveryState.DUE
    )
    # Written out, as a partial index is not used for a parameter.
    standing = select(deliveries.c.request).where(text("kind = 'status'"))
    query = union(due, standing).order_by("request")
    return [RequestId(request) for request in connection.scalars(query)]


def begin_status(connection: Connection, request: RequestId) -> bool:
    """Mark that a status leaves now; False if one has left before, or may have."""
    row = insert(deliveries).values(request=request, kind=DeliveryKind.STATUS, state=DeliveryState.DUE)
    return connection.execute(row.on_conflict_do_nothing()).rowcount > 0


def status_over(connection: Connection, request: RequestId) -> None:
    """The status of a request stands no more, or never left."""
    connection.execute(
        delete(deliveries).where(deliveries.c.request == request, deliveries.c.kind == DeliveryKind.STATUS)
    )


def status_posted(connection: Connection, request: RequestId, posted: Posted) -> None:
    """Remember the newest status message of a request."""
    row = insert(deliveries).values(
        request=request, kind=DeliveryKind.STATUS, state=DeliveryState.SENT, message_ref=posted.ref
    )
    is_there = [deliveries.c.request, deliveries.c.kind]
    now_known = {"state": DeliveryState.SENT, "message_ref": posted.ref}
    connection.execute(row.on_conflict_do_update(index_elements=is_there, set_=now_known))
    remember(connection, request, posted.ref)
    show_in(connection, request, posted.conversation)


def delivered(connection: Connection, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
    """Make a due outcome final; False if it was final already or a job is still open."""
    is_open = select(jobs.c.id).where(jobs.c.request == request, jobs.c.state.in_(OPEN_STATES)).exists()
    moved = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.request == request,
            deliveries.c.kind == DeliveryKind.OUTCOME,
            deliveries.c.state == DeliveryState.DUE,
            ~is_open,
        )
        .values(state=state, message_ref=None if posted is None else posted.ref)
    )
    if moved.rowcount == 0:
        return False
    if posted is not None:
        for ref, number in posted.pictures:
            remember(connection, request, ref, number)
        remember(connection, request, posted.ref)
        show_in(connection, request, posted.conversation)
        connection.execute(
            delete(deliveries).where(
                deliveries.c.request == request,
                deliveries.c.kind == DeliveryKind.STATUS,
                deliveries.c.message_ref == posted.ref,  # it has become the outcome
            )
        )
    return True


def messages_of(connection: Connection, request: RequestId) -> Sequence[MessageRef]:
    """The messages of ours that belong to a request, in the order they were remembered."""
    query = select(messages.c.ref).where(messages.c.request == request).order_by(text("rowid"))
    return [MessageRef(ref) for ref in connection.scalars(query)]


def redeliver(connection: Connection, request: RequestId) -> bool:
    """Make an outcome due once more that may not have arrived, or surely did not; False if it is neither."""
    moved = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.request == request,
            deliveries.c.kind == DeliveryKind.OUTCOME,
            deliveries.c.state.in_((DeliveryState.UNCERTAIN, DeliveryState.UNDELIVERABLE)),
        )
        .values(state=DeliveryState.DUE, round=deliveries.c.round + 1)
    )
    return moved.rowcount > 0


def remember(connection: Connection, request: RequestId, ref: MessageRef, number: int | None = None) -> None:
    """Keep what a message shows: the one picture of a number, or all of the request's."""
    platform = select(requests.c.platform).where(requests.c.id == request).scalar_subquery()
    row = insert(messages).values(platform=platform, ref=ref, request=request, number=number)
    if number is None:
        connection.execute(row.on_conflict_do_nothing())
    else:
        is_there = [messages.c.platform, messages.c.ref]
        connection.execute(row.on_conflict_do_update(index_elements=is_there, set_={"number": number}))
