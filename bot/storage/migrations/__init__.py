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
    if revision_of(connection) == newest_revision():
        return
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as fault:
        raise StorageUnusable(str(fault)) from fault


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database; None for a new one."""
    tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if not connection.exec_driver_sql(tables).scalar_one():
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def newest_revision() -> str:
    """Return the newest revision, from the name of the last migration file."""
    return max(file.name for file in files(f"{__name__}.versions").iterdir() if file.name[:1].isdigit()).partition("_")[
        0
    ]


def alembic_config() -> "Config":
    """Return the configuration with which Alembic finds our migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    return config
