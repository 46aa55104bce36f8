"""Migrations from any older database to today's schema.

Alembic is imported only inside the functions that need it. The import takes a fifth of the program's whole start time,
and most starts find an up-to-date database.
"""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bot.domain.errors import StorageUnusable

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(connection: Connection) -> None:
    """Migrate a database to the newest revision. Raises `StorageUnusable` if a newer Plantain wrote it."""
    if is_newest(revision_of(connection)):
        return
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_newest(revision: str | None) -> bool:
    """Whether a database of this revision needs no migration. Raises `StorageUnusable` if we do not know it."""
    known = revisions()
    if revision is not None and revision not in known:
        raise StorageUnusable(
            f"a newer Plantain wrote it: revision {revision}, but this one knows none after {known[-1]}"
        )
    return revision == known[-1]


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database; None for a new one."""
    tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if not connection.exec_driver_sql(tables).scalar_one():
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def revisions() -> list[str]:
    """Return every revision, oldest first, from the names of the migration files."""
    names = [file.name for file in files(f"{__name__}.versions").iterdir()]
    return sorted(name.partition("_")[0] for name in names if name[:1].isdigit())


def alembic_config() -> "Config":
    """Return the configuration with which Alembic finds our migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    return config
