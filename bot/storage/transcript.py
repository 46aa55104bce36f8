"""The Transcript on the same database as the Store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.domain.storable_text import storable, storable_value
from bot.ports import Clock, Said
from bot.storage.database import Database
from bot.storage.schema import transcript


class SqlTranscript:
    """What was said in the conversations we keep ourselves. Positions and revisions count from 1 in each.

    Keys and bodies are made storable here, since they come from the adapters as they are.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._now = clock.now

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        """See `Transcript`."""
        name, kept = storable(key), storable_value(body)
        return await self._database.transact(
            lambda connection: _append(connection, conversation, name, kept, self._now())
        )

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        """See `Transcript`."""
        name, kept = storable(key), storable_value(body)
        return await self._database.transact(
            lambda connection: _replace(connection, conversation, name, kept, self._now())
        )

    async def find(self, conversation: str, key: str) -> Said | None:
        """See `Transcript`."""
        return await self._database.transact(lambda connection: _find(connection, conversation, storable(key)))

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        """See `Transcript`."""
        return await self._database.transact(lambda connection: _read_after(connection, conversation, revision, limit))

    async def read_before(self, conversation: str, position: int | None, *, limit: int) -> Sequence[Said]:
        """See `Transcript`."""
        return await self._database.transact(lambda connection: _read_before(connection, conversation, position, limit))

    async def newest_revision(self, conversation: str) -> int:
        """See `Transcript`."""
        return await self._database.transact(lambda connection: _largest(connection, conversation, "revision"))


def _append(connection: Connection, conversation: str, key: str, body: Mapping[str, Any], now: datetime) -> Said:
    known = _find(connection, conversation, key)
    if known is not None:
        return known
    position = 1 + _largest(connection, conversation, "position")
    revision = 1 + _largest(connection, conversation, "revision")
    connection.execute(
        insert(transcript).values(
            conversation=conversation, key=key, position=position, revision=revision, body=dict(body), changed_at=now
        )
    )
    return Said(key=key, position=position, revision=revision, body=body)


def _replace(
    connection: Connection, conversation: str, key: str, body: Mapping[str, Any] | None, now: datetime
) -> Said | None:
    revision = 1 + _largest(connection, conversation, "revision")
    row = connection.execute(
        update(transcript)
        .where(transcript.c.conversation == conversation, transcript.c.key == key)
        .values(revision=revision, body=None if body is None else dict(body), changed_at=now)
        .returning(transcript)
    ).one_or_none()
    return None if row is None else _to_said(row)


def _find(connection: Connection, conversation: str, key: str) -> Said | None:
    row = connection.execute(
        select(transcript).where(transcript.c.conversation == conversation, transcript.c.key == key)
    ).one_or_none()
    return None if row is None else _to_said(row)


def _read_after(connection: Connection, conversation: str, revision: int, limit: int) -> list[Said]:
    query = (
        select(transcript)
        .where(transcript.c.conversation == conversation, transcript.c.revision > revision)
        .order_by(transcript.c.revision)
        .limit(limit)
    )
    return [_to_said(row) for row in connection.execute(query)]


def _read_before(connection: Connection, conversation: str, position: int | None, limit: int) -> list[Said]:
    query = (
        select(transcript)
        .where(transcript.c.conversation == conversation, transcript.c.body.is_not(None))
        .order_by(transcript.c.position.desc())
        .limit(limit)
    )
    if position is not None:
        query = query.where(transcript.c.position < position)
    return [_to_said(row) for row in connection.execute(query)][::-1]


def _largest(connection: Connection, conversation: str, column: str) -> int:
    query = select(func.max(transcript.c[column])).where(transcript.c.conversation == conversation)
    return connection.scalar(query) or 0


def _to_said(row: Row[*tuple[Any, ...]]) -> Said:
    return Said(key=row.key, position=row.position, revision=row.revision, body=row.body)
