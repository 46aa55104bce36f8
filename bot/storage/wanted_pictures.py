"""Which pictures are wanted, by what, and until when: each reference of a request counts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select

from bot.domain.requests import OPEN_STATES, DeliveryState
from bot.storage.schema import DeliveryKind, deliveries, jobs, requests, results, sources

_IS_OPEN = exists().where(jobs.c.request == requests.c.id, jobs.c.state.in_(OPEN_STATES))
_IS_DUE = exists().where(
    deliveries.c.request == requests.c.id,
    deliveries.c.kind == DeliveryKind.OUTCOME,
    deliveries.c.state == DeliveryState.DUE,
)
_TERMS = (requests.c.accepted_at, (_IS_OPEN | _IS_DUE).label("is_needed"))


def wanted_pictures(connection: Connection, keep: timedelta) -> Mapping[str, datetime | None]:
    """Until when each picture is wanted: the latest of its references; None where one is of a request under way."""
    made = select(results.c.sha256, *_TERMS).join(requests, requests.c.id == results.c.request)
    sent_along = (
        select(sources.c.sha256, *_TERMS)
        .join(requests, requests.c.id == sources.c.request)
        .where(sources.c.sha256.is_not(None))
    )
    wanted: dict[str, datetime | None] = {}
    for query in (made, sent_along):
        for row in connection.execute(query):
            until = None if row.is_needed else row.accepted_at + keep
            known = wanted.setdefault(row.sha256, until)
            wanted[row.sha256] = None if known is None or until is None else max(known, until)
    return wanted
