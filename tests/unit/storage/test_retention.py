"""What is over goes, in small pieces; what is open, not delivered or still wanted stays, and so does the ledger."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.application.housekeeping import REQUESTS_AT_ONCE, ROWS_AT_ONCE, RowSweep
from bot.domain.chat import PictureRef
from bot.domain.credits import CreditPolicy
from bot.domain.errors import NotFound
from bot.domain.events import PictureSeen
from bot.domain.requests.acceptance import Accepted
from bot.domain.requests.requests import DeliveryState, KnownSource, RequestId
from bot.domain.retention import Retention
from bot.ports import Store
from bot.storage.engines.database import Database
from bot.storage.retention import OF_REQUESTS
from bot.storage.schema import jobs, metadata, requests, results, spend
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from tests.contract.stores import ANNA, MORNING, REFUSED, accept, claimed, paint, picture, posted, request
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock
from tests.unit.storage.test_plans import live_through_everything

DAYS = {"pictures": 90, "events": 30, "albums": 30, "entries": 60, "waiting": 365}
RETENTION = Retention(**{name: timedelta(days=days) for name, days in DAYS.items()})


class Desk:
    """A store, its clock and its sweep."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = PassingClock(MORNING)
        self.store = SqlStore(database, CreditPolicy(daily=100), self.clock)
        self.transcript = SqlTranscript(database, self.clock)
        self.sweep = RowSweep(self.store, self.clock, RETENTION).sweep

    async def after(self, days: float) -> None:
        """Sweep when so many days have passed since the morning."""
        self.clock.time = MORNING + timedelta(days=days)
        await self.sweep()

    async def painted(self, event_key: str, *names: str, **changes: Any) -> RequestId:
        accepted = await accept(self.store, event_key, **changes)
        await paint(self.store, await claimed(self.store), *names)
        return accepted

    async def sent(self, event_key: str, *names: str, **changes: Any) -> RequestId:
        accepted = await self.painted(event_key, *names, **changes)
        await self.store.status_posted(accepted, posted(f"status of {event_key}"))
        assert await self.store.delivered(accepted, DeliveryState.SENT, posted(f"outcome of {event_key}"))
        return accepted

    async def count(self, table: str) -> int:
        counted = await self.database.read(lambda connection: connection.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: S608 - our own names
        return counted or 0

    async def check(self) -> None:
        """Check that nothing names a row that is gone, and that the ledger agrees."""
        assert await self.store.check_ledger() == []
        query = text("PRAGMA foreign_key_check")
        assert await self.database.read(lambda connection: connection.execute(query).all()) == []


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = await open_database(tmp_path / "store.db")
    yield Desk(database)
    await database.close()


async def is_kept(store: Store, of: RequestId) -> bool:
    try:
        await store.view(of)
    except NotFound:
        return False
    return True


async def test_what_is_over_goes_with_everything_about_it_but_the_ledger(desk: Desk) -> None:
    over = await desk.sent("e1", "fox", "owl")
    failed = await accept(desk.store, "e2", repeats=over)
    job = await claimed(desk.store)
    await desk.store.failed(job.job, job.attempt, REFUSED, is_billed=True)
    await desk.store.delivered(failed, DeliveryState.UNDELIVERABLE, None)
    moved = await desk.count("ledger")
    desk.clock.time += timedelta(days=80)
    await desk.sent("e3", "hare")
    await desk.after(89)
    assert await is_kept(desk.store, over)
    await desk.after(91)
    assert not await is_kept(desk.store, over)
    assert not await is_kept(desk.store, failed)
    names = ("requests", "jobs", "results", "sources", "spend", "deliveries", "messages", "pictures")
    assert {name: await desk.count(name) for name in names} == {
        **dict.fromkeys(("requests", "jobs", "results", "spend", "pictures"), 1),
        "sources": 0,
        "deliveries": 2,
        "messages": 2,
    }
    assert await desk.count("ledger") > moved
    await desk.check()


async def test_what_is_open_or_not_delivered_stays_however_old(desk: Desk) -> None:
    waits = await accept(desk.store, "e1", sources=(PictureRef("upload:1"),))
    offered = await accept(desk.store, "e2", offered_for=timedelta(days=900))
    due = await desk.painted("e3", "fox")
    newest = await desk.sent("e4", "owl")
    await desk.after(500)
    assert [await is_kept(desk.store, each) for each in (waits, offered, due, newest)] == [True] * 4
    await desk.store.cancel(waits)
    await desk.store.cancel(offered)
    for each in (waits, offered, due):
        await desk.store.delivered(each, DeliveryState.SENT, None)
    await desk.after(501)
    assert [await is_kept(desk.store, each) for each in (waits, offered, due, newest)] == [False] * 3 + [True]
    await desk.check()


async def test_a_request_stays_as_long_as_its_picture(desk: Desk) -> None:
    made = await desk.sent("e1", "fox")
    other = await desk.sent("e2", "owl")
    desk.clock.time += timedelta(days=80)
    edited = await desk.sent("e3", "fox at night", sources=(KnownSource(sha256=picture("fox").sha256),))
    desk.clock.time += timedelta(days=80)
    newest = await desk.sent("e4", "hare")
    await desk.after(165)
    assert [await is_kept(desk.store, each) for each in (made, other, edited)] == [True, False, True]
    assert picture("fox").sha256 in await desk.store.wanted_pictures(RETENTION.pictures)
    await desk.after(175)
    assert [await is_kept(desk.store, each) for each in (made, edited, newest)] == [False, False, True]
    await desk.check()


async def test_an_event_is_known_as_long_as_events_are_kept(desk: Desk) -> None:
    over = await desk.sent("e1", "fox")
    await desk.sent("e2", "owl")
    await desk.after(29)
    assert (await desk.store.accept(request("e1"))).accepted is Accepted.SAME_EVENT
    await desk.after(31)
    assert await desk.count("events") == 0
    assert await is_kept(desk.store, over)


async def test_no_number_comes_twice(desk: Desk) -> None:
    """The ledger names jobs for ever, and messages, tokens and keys name requests and results."""
    painted = await desk.sent("e1", "fox")
    [result] = (await desk.store.view(painted)).results
    failed = await accept(desk.store, "e2")
    job = await claimed(desk.store)
    await desk.store.failed(job.job, job.attempt, REFUSED, is_billed=False)
    await desk.store.delivered(failed, DeliveryState.SENT, None)
    await desk.after(100)
    later = await desk.sent("e3", "owl")
    view = await desk.store.view(later)
    assert later > failed
    assert view.jobs[0].id > job.job
    assert view.results[0].id > result.id
    await desk.check()


async def test_turns_are_kept_when_the_jobs_are_gone_that_they_came_of(desk: Desk) -> None:
    await desk.sent("e1", "fox")
    await desk.sent("e2", "owl")
    await desk.after(100)
    job = await claimed_after(desk, "e3")
    await desk.store.put_back(job, 1)
    await desk.check()
    assert (await claimed(desk.store)).job == job


async def claimed_after(desk: Desk, event_key: str) -> Any:
    await accept(desk.store, event_key)
    return (await claimed(desk.store)).job


async def test_entries_go_but_the_newest_of_a_conversation_stays(desk: Desk) -> None:
    for number in range(5):
        await desk.transcript.append("page", f"k{number}", {"text": str(number)})
    await desk.transcript.replace("page", "k1", {"text": "changed"})
    await desk.transcript.append("forms", "f1", {"about": 1})
    desk.clock.time += timedelta(days=50)
    await desk.transcript.replace("page", "k2", {"text": "changed later"})
    await desk.after(61)
    kept = await desk.transcript.read_after("page", 0, limit=10)
    assert [(said.key, said.position, said.revision) for said in kept] == [("k4", 5, 5), ("k2", 3, 7)]
    said = await desk.transcript.append("page", "k5", {"text": "5"})
    assert (said.position, said.revision) == (6, 8)
    assert await desk.transcript.find("forms", "f1") is not None


async def test_albums_are_known_as_long_as_they_are_kept(desk: Desk) -> None:
    ref = PictureRef("album:1")
    await desk.store.see_picture(PictureSeen(key=ref, author=ANNA, album="a", order=1, picture=ref))
    await desk.after(29)
    assert await desk.store.album("web", "a") == [ref]
    await desk.after(31)
    assert await desk.store.album("web", "a") == []


async def test_whatever_has_happened_can_be_swept(desk: Desk) -> None:
    await live_through_everything(desk.store, desk.clock)
    for waiting in await desk.store.undelivered():
        await desk.store.cancel(waiting)
        await desk.store.delivered(waiting, DeliveryState.UNDELIVERABLE, None)
    await desk.after(1_000)
    await desk.check()
    assert await desk.count("requests") <= 2  # the newest, and that of the newest result


class Counted:
    """A store that counts what is asked of it at a time."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **options: Any) -> Any:
            self.asked.append(options.get("most", 0))
            return await getattr(self._store, name)(*arguments, **options)

        return call


class PausedClock(PassingClock):
    """A clock that counts pauses."""

    pauses = 0

    async def sleep(self, seconds: float) -> None:
        self.pauses += 1


async def test_it_is_done_in_small_pieces_with_pauses_between_them(desk: Desk) -> None:
    await desk.sent("e0", "fox")
    copied = text(
        "INSERT INTO events (platform, key, request, at)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)"
        " SELECT 'web', 'x' || i, 1, 0 FROM n"
    )
    await desk.database.transact(lambda connection: connection.execute(copied))
    clock, store = PausedClock(desk.clock.time), Counted(desk.store)
    deleted = await RowSweep(store, clock, RETENTION).sweep()
    assert deleted["events"] == 450
    assert set(store.asked) == {ROWS_AT_ONCE, REQUESTS_AT_ONCE}
    assert clock.pauses == len(store.asked) == 3 + 1 + 1 + 1 + 1


def test_everything_that_names_a_request_goes_with_it() -> None:
    """A table that comes new, and refers to what is deleted here, is to be named in `retention`."""
    gone = {requests.name, jobs.name, results.name}
    referring = {
        (column.table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in gone
    }
    with_it = {(column.table.name, column.name) for column in OF_REQUESTS}
    told_otherwise = {("events", "request"), ("requests", "repeats"), ("results", "job"), (spend.name, "job")}
    assert referring == with_it | told_otherwise
