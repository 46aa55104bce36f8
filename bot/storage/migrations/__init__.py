"""How a database of any age becomes one of today.

Alembic is imported only by who asks for it here: that takes a fifth of all the time in which the program starts, and
most starts find a database of today.
"""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bot.domain.errors import StorageUnusable

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(connection: Connection) -> None:
    """Bring a database to the newest revision. Raises `StorageUnusable` for that of a newer Plantain."""
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
    """The revision that a database has; None for a new one."""
    tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if not connection.exec_driver_sql(tables).scalar_one():
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def newest_revision() -> str:
    """The revision of today: what the name of the last file begins with."""
    return max(file.name for file in files(f"{__name__}.versions").iterdir() if file.name[:1].isdigit()).partition("_")[
        0
    ]


def alembic_config() -> "Config":
    """What Alembic needs to find our migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    return config
