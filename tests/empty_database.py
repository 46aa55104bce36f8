"""A database without rows, as the migrations make it: made once, then copied, since they take a sixth of a second."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from bot.picture_store.private_files import make_private_database
from bot.storage.engines.database import Database
from bot.storage.migrations import upgrade


async def open_database(path: Path) -> Database:
    """Open a database; it is made first where there is none yet."""
    make_database(path)
    return await Database.open(path)


def make_database(path: Path) -> None:
    """Make an empty database where there is none yet, with the modes of one that the bot makes."""
    if not path.exists():
        make_private_database(path)
        path.write_bytes(_empty())


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            upgrade(connection)
        engine.dispose()
        return path.read_bytes()
