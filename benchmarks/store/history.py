"""A database with the rows of so many days of a busy server, written straight into it; the ledger check agrees."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage.engines.database import Database

ACCOUNTS = 250
PICTURES_A_DAY = 4
"""Of each account; with the day's grant and what expires of it that is ten rows of the ledger."""

ROWS_A_DAY = 2 + 2 * PICTURES_A_DAY
EACH_WAITS = 4
"""Jobs that wait of each account that waits for anything."""

_DAILY = 20
_DAY = 24 * 60 * 60 * 1_000_000
_COST = 134_000_000  # billionths
_OF_REQUEST = (
    "id, account, platform, member_id, member_name, language, address, prompt, model, settings, price, cost,"
    " expected_seconds, accepted_at, public_id"
)
_PUBLIC_ID = "hex(randomblob(15))"
_SETTINGS = """'{"ratio": "16:9", "size": "4K"}'"""


def write_history(path: Path, *, ledger_rows: int, waiting: int, now: datetime) -> None:
    """Make a database. Its past ends on the day before `now`; what waits was accepted just now.

    Further ledger rows come of what waits.
    """
    asyncio.run(_make(path))
    account_days = ledger_rows // ROWS_A_DAY
    accounts = min(ACCOUNTS, account_days)
    days = account_days // accounts
    begin = _micros(_midnight(now) - timedelta(days=days))
    with _opened(path) as database, _indexes_made_last(database):
        _write_past(database, accounts, days, begin)
    if waiting:
        write_waiting(path, waiting=waiting, now=now)


def write_waiting(path: Path, *, waiting: int, now: datetime) -> None:
    """Add so many jobs that wait, of accounts of their own."""
    with _opened(path) as database, _indexes_made_last(database):
        [(accounts,)] = database.execute("SELECT count(*) FROM accounts")
        _write_waiting(database, accounts, waiting, _micros(now), _micros(_midnight(now)))


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file in one transaction. The written rows need not survive a power cut."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -200000"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN")
        yield database
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _indexes_made_last(database: sqlite3.Connection) -> Iterator[None]:
    """Drop all indexes and make them again at the end. Sorting once takes a fraction of the time of ordered inserts."""
    indexes = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        database.execute(statement)


async def _make(path: Path) -> None:
    await (await Database.open(path)).close()


def _write_past(database: sqlite3.Connection, accounts: int, days: int, begin: int) -> None:
    """Write the days of each account: its grant, four pictures of one credit each; at the end the rest expires."""
    database.execute(
        "CREATE TEMP TABLE past AS WITH RECURSIVE days (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM days"
        " WHERE d + 1 < :days), members (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM members WHERE a < :accounts)"
        " SELECT a, d, :begin + d * :day AS at, 'day:' || d AS bucket FROM days, members ORDER BY d, a",
        {"days": days, "accounts": accounts, "begin": begin, "day": _DAY},
    )
    database.execute(
        "CREATE TEMP TABLE made AS WITH RECURSIVE four (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM four WHERE k < :k)"
        " SELECT row_number() OVER () AS n, a, d, bucket, at + k * 3600000000 AS at,"
        " printf('%064x', row_number() OVER ()) AS sha256 FROM past, four",
        {"k": PICTURES_A_DAY},
    )
    newest = "SELECT coalesce(max(n), 0) FROM made WHERE made.a = members.a"
    database.execute(f"INSERT INTO accounts SELECT a, ({newest}), NULL FROM (SELECT DISTINCT a FROM past) AS members")
    database.execute("INSERT INTO identities SELECT 'web', 'member-' || id, id, 'Anna' FROM accounts")
    for statement in _PAST:
        database.execute(statement)


_PAST = (
    "INSERT INTO pictures SELECT sha256, 'image/png', 5504, 3072, 31000000, at FROM made",
    f"INSERT INTO requests ({_OF_REQUEST})"
    " SELECT n, a, 'web', 'member-' || a, 'Anna', 'en', 'tab:1', 'a red fox in snow, seen from far above',"
    f" 'gemini-3-pro-image', {_SETTINGS}, 1, {_COST}, 30, at, {_PUBLIC_ID} FROM made",
    "INSERT INTO events (platform, key, request, at) SELECT 'web', 'event-' || n, n, at FROM made",
    "INSERT INTO jobs (id, request, number, account, state, attempt, sent_attempts, claim, claimed_at, left_at)"
    " SELECT n, n, 1, a, 'painted', 1, 1, n, at, at FROM made",
    "INSERT INTO results (id, public_id, request, number, job, sha256, words)"
    f" SELECT n, {_PUBLIC_ID}, n, 1, n, sha256, NULL FROM made",
    "INSERT INTO shown_in SELECT n, 'tab:1' FROM made",
    "INSERT INTO spend SELECT n, 1, 1, 'gateway', 'gemini-3-pro-image', 20.0 + n % 9, NULL,"
    f" {_COST}, 'settled', at FROM made",
    "INSERT INTO deliveries (request, kind, state, message_ref) SELECT n, 'outcome', 'sent', 'message-' || n FROM made",
    "INSERT INTO delivery_parts SELECT n, 1, 'all', at, '[\"message-' || n || '\"]' FROM made",
    "INSERT INTO messages SELECT 'web', 'message-' || n, n, NULL FROM made",
    f"INSERT INTO balances SELECT a, bucket, 0, 0, at + {_DAY}, 1 FROM past",
    "INSERT INTO ledger (account, job, phase, bucket, available_delta, reserved_delta, at)"
    f" SELECT a, NULL, 'grant', bucket, {_DAILY}, 0, at FROM past"
    " UNION ALL SELECT a, n, 'reserve', bucket, -1, 1, at FROM made"
    " UNION ALL SELECT a, n, 'settle', bucket, 0, -1, at + 1 FROM made"
    f" UNION ALL SELECT a, NULL, 'expire', bucket, -{_DAILY - PICTURES_A_DAY}, 0, at + {_DAY} - 1 FROM past"
    " ORDER BY 7, 2",
)
"""What is written of the past; tables of two columns or more are filled in the order of their columns."""


def _write_waiting(database: sqlite3.Connection, after: int, waiting: int, now: int, midnight: int) -> None:
    """Write accounts of their own with four waiting requests each."""
    values = {"after": after, "waiting": waiting, "each": EACH_WAITS, "now": now, "ends": midnight + _DAY}
    bucket = f"daily:{datetime.fromtimestamp(midnight / 1_000_000, UTC).date().isoformat()}"
    database.execute(
        "CREATE TEMP TABLE waits AS WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers"
        " WHERE i + 1 < :waiting) SELECT (SELECT coalesce(max(id), 0) FROM requests) + i + 1 AS n,"
        " :after + 1 + i % max(1, :waiting / :each) AS a FROM numbers WHERE :waiting > 0",
        values,
    )
    database.execute("INSERT INTO accounts SELECT a, 0, min(n) FROM waits GROUP BY a")
    database.execute("INSERT INTO identities SELECT 'web', 'member-' || a, a, 'Bert' FROM waits GROUP BY a")
    for statement in _WAITING:
        named = {key: value for key, value in {**values, "bucket": bucket}.items() if f":{key}" in statement}
        database.execute(statement, named)


_WAITING = (
    f"INSERT INTO requests ({_OF_REQUEST})"
    f" SELECT n, a, 'web', 'member-' || a, 'Bert', 'en', 'tab:1', 'an owl', 'gemini-3-pro-image', {_SETTINGS}, 1,"
    f" {_COST}, 30, :now, {_PUBLIC_ID} FROM waits",
    "INSERT INTO events (platform, key, request, at) SELECT 'web', 'event-' || n, n, :now FROM waits",
    "INSERT INTO jobs (id, request, number, account, state, attempt, sent_attempts)"
    " SELECT n, n, 1, a, 'queued', 0, 0 FROM waits",
    "INSERT INTO deliveries (request, kind, state) SELECT n, 'outcome', 'due' FROM waits",
    f"INSERT INTO balances SELECT a, :bucket, {_DAILY} - count(*), count(*), :ends, 0 FROM waits GROUP BY a",
    "INSERT INTO ledger (account, job, phase, bucket, available_delta, reserved_delta, at)"
    f" SELECT DISTINCT a, NULL, 'grant', :bucket, {_DAILY}, 0, :now FROM waits"
    " UNION ALL SELECT a, n, 'reserve', :bucket, -1, 1, :now FROM waits ORDER BY 2",
)


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
