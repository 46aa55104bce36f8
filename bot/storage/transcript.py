"""The transcript, in the same database as the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Row, ScalarSelect, bindparam, func, insert, select, update

from bot.domain.storable_text import storable, storable_value
from bot.ports import Change, Clock, Said
from bot.storage.engines.database import Database
from bot.storage.engines.prepared import prepared
from bot.storage.schema import transcript

# Built once: SQLAlchemy takes longer to build a statement than to execute it.
_OF_CONVERSATION: BindParameter[Any] = bindparam("of_conversation")
_IS_ENTRY = (transcript.c.conversation == _OF_CONVERSATION) & (transcript.c.key == bindparam("of_key"))
_MOST: BindParameter[int] = bindparam("most", type_=Integer)


def _newest(column: str) -> ScalarSelect[int]:
    said = transcript.alias("said")
    largest = select(func.coalesce(func.max(said.c[column]), 0)).where(said.c.conversation == _OF_CONVERSATION)
    return largest.scalar_subquery()


_FIND = prepared(select(transcript).where(_IS_ENTRY))
_NEWEST_REVISION = prepared(select(_newest("revision")))
_APPEND = prepared(
    insert(transcript)
    .values(
        conversation=_OF_CONVERSATION,
        key=bindparam("of_key"),
        position=_newest("position") + 1,
        revision=_newest("revision") + 1,
        body=bindparam("to_body"),
        changed_at=bindparam("now"),
    )
    .returning(transcript.c.position, transcript.c.revision)
)
_REPLACE = prepared(
    update(transcript)
    .where(_IS_ENTRY)
    .values(revision=_newest("revision") + 1, body=bindparam("to_body"), changed_at=bindparam("now"))
    .returning(transcript.c.position, transcript.c.revision)
)
_READ_AFTER = prepared(
    select(transcript)
    .where(transcript.c.conversation == _OF_CONVERSATION, transcript.c.revision > bindparam("after"))
    .order_by(transcript.c.revision)
    .limit(_MOST)
)
_READ_LAST = (
    select(transcript)
    .where(transcript.c.conversation == _OF_CONVERSATION, transcript.c.body.is_not(None))
    .order_by(transcript.c.position.desc())
    .limit(_MOST)
)
_READ_BEFORE = _READ_LAST.where(transcript.c.position < bindparam("before"))


class SqlTranscript:
    """The messages of conversations that we keep ourselves. Positions and revisions count from 1 in each.

    Keys and bodies are made storable here, because adapters pass them unchanged.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._now = clock.now

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        """Add an entry, or return the existing one with this key."""
        name, kept = storable(key), storable_value(body)
        return await self._database.transact(
            lambda connection: _append(connection, conversation, name, kept, self._now())
        )

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        """Replace or delete the body of an entry."""
        name, kept = storable(key), storable_value(body)
        return await self._database.transact(
            lambda connection: _replace(connection, conversation, name, kept, self._now())
        )

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        """Change the body of an entry. `change` is called in the database thread."""
        return await self._database.transact(
            lambda connection: _change(connection, conversation, storable(key), change, self._now())
        )

    async def find(self, conversation: str, key: str) -> Said | None:
        """Return an entry."""
        return await self._database.transact(lambda connection: _find(connection, conversation, storable(key)))

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        """Return entries changed after a revision."""
        return await self._database.transact(lambda connection: _read_after(connection, conversation, revision, limit))

    async def read_before(self, conversation: str, position: int | None, *, limit: int) -> Sequence[Said]:
        """Return the last entries before a position."""
        return await self._database.transact(lambda connection: _read_before(connection, conversation, position, limit))

    async def newest_revision(self, conversation: str) -> int:
        """Return the revision of the last change."""
        return await self._database.transact(lambda connection: _newest_revision(connection, conversation))


def _append(connection: Connection, conversation: str, key: str, body: Mapping[str, Any], now: datetime) -> Said:
    known = _find(connection, conversation, key)
    if known is not None:
        return known
    row = {"of_conversation": conversation, "of_key": key, "to_body": dict(body), "now": now}
    written = connection.execute(_APPEND, row).one()
    return Said(key=key, position=written.position, revision=written.revision, body=body)


def _replace(
    connection: Connection, conversation: str, key: str, body: Mapping[str, Any] | None, now: datetime
) -> Said | None:
    kept = None if body is None else dict(body)
    row = {"of_conversation": conversation, "of_key": key, "to_body": kept, "now": now}
    written = connection.execute(_REPLACE, row).one_or_none()
    if written is None:
        return None
    return Said(key=key, position=written.position, revision=written.revision, body=body)


def _change(connection: Connection, conversation: str, key: str, change: Change, now: datetime) -> Said | None:
    said = _find(connection, conversation, key)
    if said is None or said.body is None:
        return None
    body = storable_value(change(said.body))
    return said if body == said.body else _replace(connection, conversation, key, body, now)


def _find(connection: Connection, conversation: str, key: str) -> Said | None:
    row = connection.execute(_FIND, {"of_conversation": conversation, "of_key": key}).one_or_none()
    return None if row is None else _to_said(row)


def _read_after(connection: Connection, conversation: str, revision: int, limit: int) -> list[Said]:
    since = {"of_conversation": conversation, "after": revision, "most": limit}
    return [_to_said(row) for row in connection.execute(_READ_AFTER, since)]


def _read_before(connection: Connection, conversation: str, position: int | None, limit: int) -> list[Said]:
    query = _READ_LAST if position is None else _READ_BEFORE
    where = {"of_conversation": conversation, "before": position, "most": limit}
    return [_to_said(row) for row in connection.execute(query, where)][::-1]


def _newest_revision(connection: Connection, conversation: str) -> int:
    return connection.scalar(_NEWEST_REVISION, {"of_conversation": conversation}) or 0


def _to_said(row: Row[*tuple[Any, ...]]) -> Said:
    return Said(key=row.key, position=row.position, revision=row.revision, body=row.body)
