"""Inspect a database that may be in use. It only reads, and blocks nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from bot.domain.credits import Disagreement
from bot.domain.errors import StorageUnusable
from bot.domain.requests.requests import EndpointFigures
from bot.storage.credits.ledger_check import check_ledger
from bot.storage.engines.reading import read_beside
from bot.storage.figures import endpoint_figures
from bot.storage.migrations import is_newest, revision_of
from bot.storage.schema import requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The result of an inspection.

    An older database is only counted; the next run migrates it to a schema we can check.
    """

    is_older: bool
    requests: int
    disagreements: Sequence[Disagreement]
    figures: Sequence[EndpointFigures]


def inspect(path: Path, *, since: datetime) -> Inspection | None:
    """Read a database, and the endpoint figures since then; None if there is no database yet.

    The read is a snapshot of one moment, so a bot that goes on writing causes no disagreement. Raises
    `StorageUnusable`.
    """
    if not path.exists():
        return None
    try:
        return read_beside(path, lambda connection: _look(connection, since))
    except (DatabaseError, StorageUnusable, OSError) as fault:
        reason = fault.orig if isinstance(fault, DatabaseError) else fault
        raise StorageUnusable(f"the database {path} cannot be read: {reason}") from fault


def _look(connection: Connection, since: datetime) -> Inspection:
    revision = revision_of(connection)
    is_older = not is_newest(revision)
    count = connection.scalar(select(func.count()).select_from(requests)) if revision else 0
    if is_older:
        return Inspection(is_older=True, requests=count or 0, disagreements=(), figures=())
    return Inspection(
        is_older=False,
        requests=count or 0,
        disagreements=check_ledger(connection),
        figures=endpoint_figures(connection, since),
    )
