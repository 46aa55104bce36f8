"""Which pictures are wanted, by what, and until when: each reference of a request counts.

What is older than pictures are kept wants nothing, unless it is still under way; so only the rest is read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, select, type_coerce, union, union_all

from bot.domain.requests import DeliveryState
from bot.storage.schema import JOB_IS_OPEN, DeliveryKind, deliveries, jobs, requests, results, sources, undelivered

_MICROSECONDS_OF_AN_HOUR = 3_600_000_000

_UNDER_WAY = union(
    select(jobs.c.request).where(JOB_IS_OPEN),
    select(deliveries.c.request).where(
        deliveries.c.kind == DeliveryKind.OUTCOME, deliveries.c.state == DeliveryState.DUE
    ),
    select(undelivered.c.request).where(~undelivered.c.is_refunded),
)
"""The requests that are not ended and delivered, and those whose pictures are paid and wait for their member."""


def wanted_pictures(connection: Connection, keep: timedelta, now: datetime) -> Mapping[str, datetime | None]:
    """Until when each picture is wanted: the latest of its references; None where one is of a request under way.

    What was accepted in one hour is wanted equally long. A picture that is not among them is wanted by nothing.
    """
    wanted: dict[str, datetime | None] = {}
    for row in connection.execute(_names_by_hour(now - keep)):  # later ones take the place of earlier ones
        wanted.update(dict.fromkeys(row.names.split(","), row.latest + keep))
    under_way = _UNDER_WAY.subquery()
    for table in (results, sources):
        needed = select(table.c.sha256).join(under_way, under_way.c.request == table.c.request)
        for sha256 in connection.scalars(needed.where(table.c.sha256.is_not(None))):
            wanted[sha256] = None
    return wanted


def _names_by_hour(since: datetime) -> Select[*tuple[Any, ...]]:
    """The pictures of an hour's requests in one row: the database joins them, while Python would hold up everybody."""
    named = union_all(
        *(
            select(table.c.sha256, requests.c.accepted_at)
            .join(table, table.c.request == requests.c.id)
            .where(requests.c.accepted_at > since, table.c.sha256.is_not(None))
            for table in (results, sources)
        )
    ).subquery()
    hour = type_coerce(named.c.accepted_at, BigInteger) // _MICROSECONDS_OF_AN_HOUR
    return (
        select(
            func.max(named.c.accepted_at).label("latest"),
            func.aggregate_strings(named.c.sha256, ",").label("names"),
        )
        .group_by(hour)
        .order_by(hour)
    )
