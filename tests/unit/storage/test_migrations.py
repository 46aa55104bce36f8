"""What an older Plantain wrote is found again by this one."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.credits import CreditPolicy
from bot.domain.errors import StorageUnusable
from bot.domain.requests.requests import AfterCrash, JobFailure, JobState, RequestId
from bot.storage.engines.database import Database
from bot.storage.migrations import alembic_config, revisions
from bot.storage.store import SqlStore
from tests.contract.stores import ANNA, GATEWAY, MORNING, claimed, ended, leave, made, note
from tests.fakes.clock import PassingClock
from tests.programs.child import run_child

AT = int(MORNING.timestamp() * 1_000_000)
COST = 134_000_000  # billionths

# Request n has the one job n. 1 was painted at its second attempt; 2 failed, and was billed; 3 was being painted, and
# its request had left; 4 was being painted, and it had not; 5 waits.
WRITTEN_BY_0001 = f"""
    INSERT INTO accounts (id) VALUES (1);
    INSERT INTO identities VALUES ('web', 'anna', 1, 'Anna');
    INSERT INTO balances VALUES (1, 'daily:2026-03-05', 0, 6, {AT + 54_000_000_000}, 0);
    INSERT INTO ledger VALUES (1, 1, NULL, 'grant', 'daily:2026-03-05', 8, 0, {AT});
    WITH numbers (n) AS (VALUES (1), (2), (3), (4), (5))
        INSERT INTO requests SELECT n, 1, 'web', 'anna', 'Anna', 'en', 'tab:1', NULL, NULL, 'a red fox',
            'nano-banana-2', '16:9', '4K', NULL, 2, {COST}, 20, {AT} FROM numbers;
    INSERT INTO events SELECT 'web', 'event-' || id, id FROM requests;
    INSERT INTO deliveries SELECT id, 'outcome', 'due', NULL FROM requests;
    INSERT INTO jobs VALUES
        (1, 1, 1, 1, 'painted', 2, 2, 1, {AT}, {AT}, NULL, NULL),
        (2, 2, 1, 1, 'failed', 1, 1, 2, {AT}, {AT}, 'blocked', 'no'),
        (3, 3, 1, 1, 'painting', 1, 1, 3, {AT}, {AT}, NULL, NULL),
        (4, 4, 1, 1, 'painting', 1, 0, 4, {AT}, NULL, NULL, NULL),
        (5, 5, 1, 1, 'queued', 0, 0, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO ledger SELECT 1 + id, 1, id, 'reserve', 'daily:2026-03-05', -2, 2, {AT} FROM jobs;
    INSERT INTO ledger VALUES
        (11, 1, 1, 'settle', 'daily:2026-03-05', 0, -2, {AT}), (12, 1, 2, 'release', 'daily:2026-03-05', 2, -2, {AT});
    INSERT INTO spend VALUES
        (1, 1, {COST}, 'settled', {AT}), (1, 2, {COST}, 'settled', {AT}), (2, 1, {COST}, 'settled', {AT}),
        (3, 1, {COST}, 'reserved', {AT}), (4, 1, {COST}, 'reserved', {AT});
"""  # noqa: S608 - our own constants


def make_database_of(revision: str, path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    make_database_of("0001", tmp_path / "store.db")
    with closing(sqlite3.connect(tmp_path / "store.db")) as written:
        written.executescript(WRITTEN_BY_0001)
    database = await Database.open(tmp_path / "store.db")
    yield SqlStore(database, CreditPolicy(daily=8), PassingClock(MORNING))
    await database.close()


async def test_every_row_of_the_first_tables_is_found_again(store: SqlStore, tmp_path: Path) -> None:
    assert await store.check_ledger() == []
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        kept = database.execute("SELECT job, attempt, number, endpoint, cost, state, at FROM spend").fetchall()
    assert kept == [
        (1, 1, 1, None, COST, "settled", AT),
        (1, 2, 1, None, COST, "settled", AT),
        (2, 1, 1, None, COST, "settled", AT),
        (3, 1, 1, None, COST, "reserved", AT),
        (4, 1, 1, None, COST, "reserved", AT),
    ]
    views = [await store.view(RequestId(number)) for number in range(1, 6)]
    assert [view.jobs[0].state.value for view in views] == ["painted", "failed", "painting", "painting", "queued"]
    assert {view.wish.settings for view in views} == {PictureSettings(ratio=Ratio(16, 9), size="4K")}
    assert views[1].jobs[0].failure is not None
    assert views[1].jobs[0].failure.code == "blocked"
    assert await store.credits_left(ANNA) == 0


async def test_what_an_older_process_left_is_taken_up(store: SqlStore) -> None:
    assert await store.recover(after_crash=AfterCrash.REFUND, max_attempts=2) == 2
    assert (await store.view(RequestId(3))).jobs[0].failure == JobFailure(code="interrupted")
    for _ in range(2):
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended())
        assert await store.painted(job.job, job.attempt, [made("fox")])
        assert (await store.view(job.request)).jobs[0].state is JobState.PAINTED
    assert await store.check_ledger() == []
    [figures] = await store.endpoint_figures(MORNING)
    assert (figures.endpoint, figures.tries) == (GATEWAY, 2)


async def test_turns_and_ages_are_there_for_what_an_older_plantain_wrote(store: SqlStore, tmp_path: Path) -> None:
    await store.undelivered()
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        assert database.execute("SELECT id, last_claim, next_request FROM accounts").fetchall() == [(1, 4, 5)]
        assert database.execute("SELECT DISTINCT at FROM events").fetchall() == [(AT,)]
        phases = "SELECT phase, count(*), sum(available_delta), sum(reserved_delta) FROM ledger GROUP BY phase"
        assert database.execute(phases).fetchall() == [
            ("grant", 1, 8, 0),
            ("release", 1, 2, -2),
            ("reserve", 5, -10, 10),
            ("settle", 1, 0, -2),
        ]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute("DELETE FROM ledger")


async def test_the_settings_of_a_picture_are_read_from_the_old_columns(tmp_path: Path) -> None:
    make_database_of("0008", tmp_path / "store.db")
    old: list[tuple[str | None, str | None]] = [("16:9", "4K"), ("1:1", None), (None, '1"K'), (None, None)]
    with closing(sqlite3.connect(tmp_path / "store.db")) as written, written:
        written.execute("INSERT INTO accounts (id) VALUES (1)")
        written.executemany(
            "INSERT INTO requests (id, public_id, account, platform, member_id, member_name, language, address, prompt,"
            " model, price, cost, expected_seconds, accepted_at, ratio, size) VALUES"
            " (?1, ?1, 1, 'web', 'anna', 'Anna', 'en', 'tab:1', 'a fox', 'pro', 2, 0, 20, ?2, ?3, ?4)",
            [(number, AT, *row) for number, row in enumerate(old, start=1)],
        )
        written.execute("INSERT INTO deliveries (request, kind, state) SELECT id, 'outcome', 'due' FROM requests")
    database = await Database.open(tmp_path / "store.db")
    store = SqlStore(database, CreditPolicy(daily=8), PassingClock(MORNING))
    views = [await store.view(RequestId(number)) for number in range(1, len(old) + 1)]
    await database.close()
    assert [view.wish.settings for view in views] == [
        PictureSettings(ratio=Ratio(16, 9), size="4K"),
        PictureSettings(ratio=Ratio(1, 1)),
        PictureSettings(size='1"K'),
        PictureSettings(),
    ]


def test_the_newest_revision_is_alembics_own() -> None:
    assert revisions()[-1] == ScriptDirectory.from_config(alembic_config()).get_current_head()


OPENING = """
import asyncio, sys
from pathlib import Path
from bot.storage.engines.database import Database

async def open_and_close():
    await (await Database.open(Path(sys.argv[1]))).close()

asyncio.run(open_and_close())
print("alembic" in sys.modules)
"""


async def test_alembic_is_imported_only_where_there_is_something_to_migrate(tmp_path: Path) -> None:
    said = [await run_child("-c", OPENING, str(tmp_path / "store.db")) for _ in range(2)]
    assert said == [(0, "True\n", ""), (0, "False\n", "")]


async def test_what_a_newer_plantain_wrote_is_refused_in_plain_words(tmp_path: Path) -> None:
    await (await Database.open(tmp_path / "store.db")).close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as written, written:
        written.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageUnusable, match="a newer Plantain wrote it: revision 9999"):
        await Database.open(tmp_path / "store.db")
