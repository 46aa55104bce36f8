"""Which pictures are wanted, by what, and until when: each reference of a request counts.

What is older than pictures are kept wants nothing, unless it is still under way; so only the rest is read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select, union

from bot.domain.requests import DeliveryState
from bot.storage.schema import JOB_IS_OPEN, DeliveryKind, deliveries, jobs, requests, results, sources

_ROWS_AT_ONCE = 1_000

_UNDER_WAY = union(
    select(jobs.c.request).where(JOB_IS_OPEN),
    select(deliveries.c.request).where(
        deliveries.c.kind == DeliveryKind.OUTCOME, deliveries.c.state == DeliveryState.DUE
    ),
)
"""The requests that are not ended and delivered."""


def wanted_pictures(connection: Connection, keep: timedelta, now: datetime) -> Mapping[str, datetime | None]:
    """Until when each picture is wanted: the latest of its references; None where one is of a request under way.

    A picture that is not among them is wanted by nothing any more.
    """
    wanted: dict[str, datetime | None] = {}
    for query in _references(now - keep):
        for rows in connection.execute(query).yield_per(_ROWS_AT_ONCE).partitions():
            for row in rows:
                until, known = row.accepted_at + keep, wanted.get(row.sha256)
                wanted[row.sha256] = until if known is None else max(known, until)
    under_way = _UNDER_WAY.subquery()
    for table in (results, sources):
        needed = select(table.c.sha256).join(under_way, under_way.c.request == table.c.request)
        for sha256 in connection.scalars(needed.where(table.c.sha256.is_not(None))):
            wanted[sha256] = None
    return wanted


def _references(since: datetime) -> tuple[Select[*tuple[Any, ...]], ...]:
    return tuple(
        select(table.c.sha256, requests.c.accepted_at)
        .join(table, table.c.request == requests.c.id)
        .where(requests.c.accepted_at > since, table.c.sha256.is_not(None))
        for table in (results, sources)
    )
