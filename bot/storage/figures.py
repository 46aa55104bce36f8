"""Performance figures of the endpoints. The database counts, because a busy week has too many tries for Python."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.domain.requests.requests import EndpointFigures
from bot.storage.schema import spend

_Row = Row[*tuple[Any, ...]]


def endpoint_figures(connection: Connection, since: datetime) -> Sequence[EndpointFigures]:
    """Count the ended tries that began since then, by model and endpoint."""
    counted = connection.execute(
        select(spend.c.model, spend.c.endpoint, spend.c.fault, func.count().label("tries"))
        .where(spend.c.at >= since, spend.c.model.is_not(None))
        .group_by(spend.c.model, spend.c.endpoint, spend.c.fault)
        .order_by(spend.c.model, spend.c.endpoint, spend.c.fault)
    ).all()
    times = {(row.model, row.endpoint): row for row in _times(connection, since)}
    tries: dict[tuple[str, str], Counter[str | None]] = {}
    for row in counted:
        tries.setdefault((row.model, row.endpoint), Counter())[row.fault] = row.tries
    return [
        EndpointFigures(
            endpoint=endpoint,
            model=model,
            tries=by_fault.total(),
            painted=by_fault[None],
            faults={fault: count for fault, count in by_fault.items() if fault is not None},
            median_seconds=times[model, endpoint].median if by_fault[None] else None,
            slowest_seconds=times[model, endpoint].slowest if by_fault[None] else None,
        )
        for (model, endpoint), by_fault in tries.items()
    ]


def _times(connection: Connection, since: datetime) -> Sequence[_Row]:
    """Compute the median and the longest time of the tries that painted. The median averages the middle one or two."""
    group = [spend.c.model, spend.c.endpoint]
    ordered = (
        select(
            *group,
            spend.c.seconds,
            func.row_number().over(partition_by=group, order_by=spend.c.seconds).label("place"),
            func.count().over(partition_by=group).label("total"),
            func.max(spend.c.seconds).over(partition_by=group).label("slowest"),
        )
        .where(spend.c.at >= since, spend.c.model.is_not(None), spend.c.fault.is_(None))
        .subquery()
    )
    is_in_the_middle = (ordered.c.place * 2).between(ordered.c.total, ordered.c.total + 2)
    return connection.execute(
        select(
            ordered.c.model,
            ordered.c.endpoint,
            func.avg(ordered.c.seconds).label("median"),
            func.max(ordered.c.slowest).label("slowest"),
        )
        .where(is_in_the_middle)
        .group_by(ordered.c.model, ordered.c.endpoint)
    ).all()
