"""The rows that describe picture files."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import StoredPicture
from bot.storage.engines.prepared import prepared
from bot.storage.schema import pictures

PICTURE_COLUMNS = (
    pictures.c.sha256,
    pictures.c.mime,
    pictures.c.width,
    pictures.c.height,
    pictures.c.size_bytes,
)

_KEEP = prepared(insert(pictures).on_conflict_do_nothing())


def to_stored_picture(row: Row[*tuple[Any, ...]]) -> StoredPicture:
    """Convert a row that has `PICTURE_COLUMNS`."""
    return StoredPicture(
        sha256=row.sha256, mime=row.mime, width=row.width, height=row.height, size_bytes=row.size_bytes
    )


def keep_picture(connection: Connection, picture: StoredPicture, now: datetime) -> None:
    """Record a picture file. The same bytes are one row."""
    row = {
        "sha256": picture.sha256,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "size_bytes": picture.size_bytes,
        "created_at": now,
    }
    connection.execute(_KEEP, row)
