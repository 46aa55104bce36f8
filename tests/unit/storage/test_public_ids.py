"""Requests and results of before there were public ids: each gets one, and its old buttons work where they stand."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.chat import MessageRef
from bot.domain.credits import CreditPolicy
from bot.domain.errors import NotFound
from bot.domain.requests.requests import DeliveryState, RequestId
from bot.domain.tokens import OldNumber
from bot.storage.store import SqlStore
from tests.contract.stores import ELSEWHERE, HERE, MORNING, posted, ref, use
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock
from tests.unit.storage.test_migrations import AT, make_database_of

COUNT = 2_345
"""More than are given an id at once."""

# Request n has the one job n, and the results n and 10000 + n. Message "m<n>" shows both, "p<n>" the second alone.
WRITTEN_BY_0004 = f"""
    INSERT INTO accounts (id) VALUES (1);
    INSERT INTO identities VALUES ('web', 'anna', 1, 'Anna');
    INSERT INTO pictures VALUES ('{"a" * 64}', 'image/png', 64, 36, 100, {AT});
    CREATE TEMP TABLE numbers AS WITH RECURSIVE numbers (n) AS
        (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {COUNT}) SELECT n FROM numbers;
    INSERT INTO requests (id, account, platform, member_id, member_name, language, address, prompt, model, price, cost,
            expected_seconds, accepted_at)
        SELECT n, 1, 'web', 'anna', 'Anna', 'en', 'tab:1', 'a fox', 'nano-banana-2', 2, 0, 20, {AT} FROM numbers;
    INSERT INTO jobs (id, request, number, account, state, attempt, sent_attempts)
        SELECT n, n, 1, 1, 'painted', 1, 1 FROM numbers;
    INSERT INTO results (id, request, number, job, sha256)
        SELECT n, n, 1, n, '{"a" * 64}' FROM numbers UNION ALL
        SELECT 10000 + n, n, 2, n, '{"a" * 64}' FROM numbers;
    INSERT INTO deliveries SELECT n, 'outcome', 'sent', 'm' || n FROM numbers;
    INSERT INTO messages (platform, ref, request, number)
        SELECT 'web', 'm' || n, n, NULL FROM numbers UNION ALL
        SELECT 'web', 'p' || n, n, 2 FROM numbers;
"""  # noqa: S608 - our own constants


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    make_database_of("0004", tmp_path / "store.db")
    with closing(sqlite3.connect(tmp_path / "store.db")) as written:
        written.executescript(WRITTEN_BY_0004)
    database = await open_database(tmp_path / "store.db")
    yield SqlStore(database, CreditPolicy(daily=8), PassingClock(MORNING))
    await database.close()


async def test_every_row_gets_an_id_of_its_own(store: SqlStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        ids = database.execute("SELECT public_id FROM requests UNION SELECT public_id FROM results").fetchall()
        assert len(ids) == 3 * COUNT  # UNION leaves out what is there twice
        assert {len(each) for (each,) in ids} == {24}
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            database.execute("UPDATE results SET public_id = NULL WHERE id = 1")
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            database.execute("UPDATE results SET public_id = (SELECT public_id FROM results WHERE id = 2) WHERE id = 1")


async def test_an_old_button_works_on_the_message_that_shows_what_it_names(store: SqlStore) -> None:
    assert await store.request_of_token(use(OldNumber(7), message="m7")) == RequestId(7)
    for number, message in ((7, "m7"), (10_007, "m7"), (10_007, "p7")):
        result, request = await store.result_of_token(use(OldNumber(number), message=message))
        assert (result.id, request) == (number, 7)


@pytest.mark.parametrize("message", ["m8", "p7", "m7000", "", "x"])
async def test_an_old_button_works_on_no_other_message(store: SqlStore, message: str) -> None:
    with pytest.raises(NotFound):
        await store.result_of_token(use(OldNumber(7), message=message))


async def test_an_old_button_works_on_no_other_platform(store: SqlStore) -> None:
    with pytest.raises(NotFound):
        await store.result_of_token(use(OldNumber(7), message="m7", platform="telegram"))
    with pytest.raises(NotFound):
        await store.request_of_token(use(OldNumber(7), message="m7", platform="telegram"))


async def test_an_old_message_leads_to_its_results_and_its_id_works_there(store: SqlStore) -> None:
    shown = await store.results_shown_in("web", HERE, MessageRef("m7"))
    assert [result.id for result in shown] == [7, 10_007]
    assert await store.result_of_token(use(shown[0].public_id, message="m7")) == (shown[0], 7)
    with pytest.raises(NotFound):
        await store.result_of_token(use(shown[0].public_id, message="m8"))


async def test_what_is_posted_again_has_its_id_alone_and_works_where_it_was_posted(
    store: SqlStore, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as database, database:
        database.execute("UPDATE deliveries SET state = 'due' WHERE request = 7")
    assert await store.delivered(RequestId(7), DeliveryState.SENT, posted("m7"))
    view = await store.view(RequestId(7))
    assert await store.request_of_token(use(view.public_id, message="another")) == 7
    assert await store.results_shown_in("web", ELSEWHERE, ref("m7")) == []
    for refused in (use(OldNumber(7), message="m7"), use(view.public_id, conversation=ELSEWHERE, message="m7")):
        with pytest.raises(NotFound):
            await store.request_of_token(refused)
