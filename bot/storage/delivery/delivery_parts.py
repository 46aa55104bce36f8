"""The parts of an outcome that were sent, so that a delivery continues where it stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import MessageRef
from bot.domain.requests.requests import KeptPart, RequestId
from bot.storage.column_types import in_text
from bot.storage.delivery.deliveries import remember
from bot.storage.engines.prepared import prepared
from bot.storage.schema import DeliveryKind, deliveries, delivery_parts

# Built once: SQLAlchemy takes longer to build a statement than to execute it.
_OF_REQUEST: BindParameter[Any] = bindparam("of_request")
_OF_PART: BindParameter[Any] = bindparam("of_part")
_ROUND = (
    select(deliveries.c.round)
    .where(deliveries.c.request == _OF_REQUEST, deliveries.c.kind == in_text(DeliveryKind.OUTCOME))
    .scalar_subquery()
)
_OF_ROUND = (delivery_parts.c.request == _OF_REQUEST) & (delivery_parts.c.round == _ROUND)
_PARTS = prepared(select(delivery_parts.c.part, delivery_parts.c.begun_at, delivery_parts.c.refs).where(_OF_ROUND))
_BEGIN = prepared(
    insert(delivery_parts)
    .values(request=_OF_REQUEST, round=_ROUND, part=_OF_PART, begun_at=bindparam("now"))
    .on_conflict_do_nothing()
)
_UNDO = prepared(
    delete(delivery_parts).where(_OF_ROUND, delivery_parts.c.part == _OF_PART, delivery_parts.c.refs.is_(None))
)
_TAKE = prepared(
    update(delivery_parts).where(_OF_ROUND, delivery_parts.c.part == _OF_PART).values(refs=bindparam("of_refs"))
)


def parts(connection: Connection, request: RequestId) -> Mapping[str, KeptPart]:
    """Return the parts that were begun in the current round of an outcome."""
    rows = connection.execute(_PARTS, {"of_request": request})
    return {
        row.part: KeptPart(begun_at=row.begun_at, refs=None if row.refs is None else to_refs(row.refs)) for row in rows
    }


def to_refs(kept: Sequence[str]) -> tuple[MessageRef, ...]:
    """Convert the messages of a part from their stored form."""
    return tuple(map(MessageRef, kept))


def begin_part(connection: Connection, request: RequestId, part: str, now: datetime) -> None:
    """Mark that a part is about to be sent. A part begun before keeps the time of its first attempt."""
    connection.execute(_BEGIN, {"of_request": request, "of_part": part, "now": now})


def part_not_begun(connection: Connection, request: RequestId, part: str) -> None:
    """Delete the mark of a part that was certainly not sent."""
    connection.execute(_UNDO, {"of_request": request, "of_part": part})


def part_taken(connection: Connection, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None:
    """Record the messages of a part that the platform has accepted. They can be replied to from now on."""
    connection.execute(_TAKE, {"of_request": request, "of_part": part, "of_refs": list(refs)})
    for ref in refs:
        remember(connection, request, ref)
