"""Find until when pictures are needed: every reference from a request counts.

A request older than the retention of pictures needs none, unless it is still under way. So only the others are read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, select, type_coerce, union, union_all

from bot.domain.requests.requests import DeliveryState
from bot.storage.column_types import in_text
from bot.storage.schema import JOB_IS_OPEN, DeliveryKind, deliveries, jobs, requests, results, sources, undelivered

_MICROSECONDS_OF_AN_HOUR = 3_600_000_000

_UNDER_WAY = union(
    select(jobs.c.request).where(JOB_IS_OPEN),
    select(deliveries.c.request).where(
        deliveries.c.kind == in_text(DeliveryKind.OUTCOME), deliveries.c.state == DeliveryState.DUE
    ),
    select(undelivered.c.request).where(~undelivered.c.is_refunded),
)
"""Requests that are not ended and delivered, and those whose paid pictures wait for their member."""


def wanted_pictures(connection: Connection, keep: timedelta, now: datetime) -> Mapping[str, datetime | None]:
    """Return until when each picture is needed: the latest of its references; None if a request under way uses it.

    All requests accepted in the same hour get the same time. A picture that is not listed is not needed.
    """
    wanted: dict[str, datetime | None] = {}
    for row in connection.execute(_names_by_hour(now - keep)):  # later hours overwrite earlier ones
        wanted.update(dict.fromkeys(row.names.split(","), row.latest + keep))
    under_way = _UNDER_WAY.subquery()
    for table in (results, sources):
        needed = select(table.c.sha256).join(under_way, under_way.c.request == table.c.request)
        for sha256 in connection.scalars(needed.where(table.c.sha256.is_not(None))):
            wanted[sha256] = None
    return wanted


def _names_by_hour(since: datetime) -> Select[*tuple[Any, ...]]:
    """Select one row for each hour, with all its pictures.

    The database joins the names, because Python would block others.
    """
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
