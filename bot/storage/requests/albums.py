"""Albums on platforms that send each picture separately: the pictures seen, and the requests they join."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.domain.chat import PictureRef
from bot.domain.events import PictureSeen
from bot.domain.requests.requests import TOO_MANY_PICTURES, AccountId, JobState, RequestId
from bot.storage.requests.painting import fail_queued
from bot.storage.requests.turns import refresh
from bot.storage.schema import album_pictures, jobs, requests, sources


def see_picture(connection: Connection, seen: PictureSeen, now: datetime) -> RequestId | None:
    """Remember a picture and add it to its album's request. Returns that request, if the picture joined it."""
    added = connection.execute(
        sqlite_insert(album_pictures)
        .values(
            platform=seen.author.platform, album=seen.album, picture_ref=seen.picture, order=seen.order, seen_at=now
        )
        .on_conflict_do_nothing()
    )
    waiting = _waiting_request(connection, seen)
    if added.rowcount == 0 or waiting is None:
        return None
    request, account, most_sources = waiting
    number = _join(connection, request, seen.picture)
    refresh(connection, account)
    if number > most_sources:
        fail_queued(connection, request, TOO_MANY_PICTURES, now)
    return request


def album(connection: Connection, platform: str, name: str) -> Sequence[PictureRef]:
    """Return the pictures that were seen of an album, in their order."""
    query = (
        select(album_pictures.c.picture_ref)
        .where(album_pictures.c.platform == platform, album_pictures.c.album == name)
        .order_by(album_pictures.c.order)
    )
    return [PictureRef(ref) for ref in connection.scalars(query)]


def _waiting_request(connection: Connection, seen: PictureSeen) -> tuple[RequestId, AccountId, int] | None:
    """Return the album's request if it is not being painted yet, with its account and its maximum number of sources."""
    waits = (JobState.OFFERED, JobState.QUEUED)
    begun = select(jobs.c.id).where(jobs.c.request == requests.c.id, jobs.c.state.not_in(waits)).exists()
    row = connection.execute(
        select(requests.c.id, requests.c.account, requests.c.most_sources)
        .where(requests.c.platform == seen.author.platform, requests.c.album == seen.album, ~begun)
        .order_by(requests.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (RequestId(row.id), AccountId(row.account), row.most_sources)


def _join(connection: Connection, request: RequestId, picture: PictureRef) -> int:
    """Append a picture to the sources of a request, unless it is there. Returns the number of sources."""
    known = select(func.count()).where(sources.c.request == request)
    count = connection.scalar(known) or 0
    if connection.scalar(known.where(sources.c.picture_ref == picture)):
        return count
    connection.execute(insert(sources).values(request=request, number=count + 1, picture_ref=picture))
    return count + 1
