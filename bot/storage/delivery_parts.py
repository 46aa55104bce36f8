"""The parts of an outcome that have left, so that a delivery goes on where it stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, ScalarSelect, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import MessageRef
from bot.domain.requests import KeptPart, RequestId
from bot.storage.deliveries import remember
from bot.storage.schema import DeliveryKind, deliveries, delivery_parts


def parts(connection: Connection, request: RequestId) -> Mapping[str, KeptPart]:
    """The parts of an outcome that were begun in its present round."""
    rows = connection.execute(
        select(delivery_parts).where(delivery_parts.c.request == request, delivery_parts.c.round == _round_of(request))
    )
    return {
        row.part: KeptPart(begun_at=row.begun_at, refs=None if row.refs is None else to_refs(row.refs)) for row in rows
    }


def to_refs(kept: Sequence[str]) -> tuple[MessageRef, ...]:
    """The messages of a part, from the form in which they are kept."""
    return tuple(map(MessageRef, kept))


def begin_part(connection: Connection, request: RequestId, part: str, now: datetime) -> None:
    """Mark that a part leaves now. One that may have left before keeps the time of its first try."""
    row = insert(delivery_parts).values(request=request, round=_round_of(request), part=part, begun_at=now)
    connection.execute(row.on_conflict_do_nothing())


def part_not_begun(connection: Connection, request: RequestId, part: str) -> None:
    """A part has surely not left: take its mark back."""
    connection.execute(
        delete(delivery_parts).where(
            delivery_parts.c.request == request,
            delivery_parts.c.round == _round_of(request),
            delivery_parts.c.part == part,
            delivery_parts.c.refs.is_(None),
        )
    )


def part_taken(connection: Connection, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None:
    """The platform has taken a part; `refs` are the messages that it became, which can be answered from now on."""
    connection.execute(
        update(delivery_parts)
        .where(
            delivery_parts.c.request == request,
            delivery_parts.c.round == _round_of(request),
            delivery_parts.c.part == part,
        )
        .values(refs=list(refs))
    )
    for ref in refs:
        remember(connection, request, ref)


def _round_of(request: RequestId) -> ScalarSelect[int]:
    return (
        select(deliveries.c.round)
        .where(deliveries.c.request == request, deliveries.c.kind == DeliveryKind.OUTCOME)
        .scalar_subquery()
    )
