"""What the picture files are, as rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import StoredPicture
from bot.storage.schema import pictures

PICTURE_COLUMNS = (
    pictures.c.sha256,
    pictures.c.mime,
    pictures.c.width,
    pictures.c.height,
    pictures.c.size_bytes,
)

_KEEP = insert(pictures).on_conflict_do_nothing()


def to_stored_picture(row: Row[*tuple[Any, ...]]) -> StoredPicture:
    """The picture of a row that holds `PICTURE_COLUMNS`."""
    return StoredPicture(
        sha256=row.sha256, mime=row.mime, width=row.width, height=row.height, size_bytes=row.size_bytes
    )


def keep_picture(connection: Connection, picture: StoredPicture, now: datetime) -> None:
    """Write down what a picture file is; the same bytes are one picture."""
    row = {
        "sha256": picture.sha256,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "size_bytes": picture.size_bytes,
        "created_at": now,
    }
    connection.execute(_KEEP, row)
