"""The owner's money, try by try: whatever fails, dies or is repeated, what may have been billed is what is written."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import AfterCrash, ClaimedJob, JobFailure, JobState, PictureLink
from bot.storage.engines.database import Database
from bot.storage.schema import SpendState, jobs, spend
from bot.storage.store import SqlStore
from tests.contract.stores import BACKUP, GATEWAY, MORNING, accept, claimed, ended, leave, made, note
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock

LINK = PictureLink(endpoint=GATEWAY, url="https://files.example/a.png?signature=1")


class Desk:
    """One job from its acceptance to its end, and how many of its requests may have been billed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = SqlStore(database, CreditPolicy(daily=10), PassingClock(MORNING))
        self.job: ClaimedJob | None = None
        self.is_under_way = False
        self.is_answered = False
        self.has_left = False  # in this claim
        self.billed = 0

    async def step(self, name: str) -> None:
        if self.job is None:
            self.job = await self.store.claim()
            self.is_under_way, self.is_answered = False, self.job is not None and self.job.links != ()
            self.has_left = False
            return
        if not self.is_answered and not self.is_under_way and name in {"billed_fault", "found", "answered"}:
            name = "leave"  # nothing is billed or answered before it has left
        if name == "answered" and self.has_left and not self.is_under_way:
            name = "leave"  # nor answered by a try that has failed
        await getattr(self, name)(self.job)

    async def leave(self, job: ClaimedJob) -> None:
        await leave(self.store, job)
        self.billed += not self.is_under_way
        self.is_under_way, self.is_answered = True, self.is_answered and self.is_under_way
        self.has_left = True

    async def unbilled(self, job: ClaimedJob) -> None:
        if self.is_answered:
            return
        for _ in range(2):  # the second is a repeat whose first was done although its caller saw a fault
            await note(self.store, job, ended("busy", seconds=1.5))
        self.billed -= self.is_under_way
        self.is_under_way = False

    async def billed_fault(self, job: ClaimedJob) -> None:
        for _ in range(2):
            await note(self.store, job, ended("blocked", is_billed=True, seconds=2.5))
        self.is_under_way = False

    async def found(self, job: ClaimedJob) -> None:
        assert await self.store.keep_links(job.job, job.attempt, [LINK])
        self.is_answered = True

    async def answered(self, job: ClaimedJob) -> None:
        await note(self.store, job, ended())

    async def stop(self, job: ClaimedJob) -> None:
        is_free = self.is_answered or not self.is_under_way
        assert await self.store.put_back(job.job, job.attempt) is is_free
        self.job = None if is_free else job

    async def die(self, job: ClaimedJob) -> None:
        assert await self.store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3) == 1
        self.job = None

    async def paint(self, job: ClaimedJob) -> None:
        if not self.is_answered and not self.is_under_way:
            await self.leave(job)
        assert await self.store.painted(job.job, job.attempt, [made("fox")])
        self.job = None

    async def fail(self, job: ClaimedJob) -> None:
        failure = JobFailure(code="defect")
        assert await self.store.failed(job.job, job.attempt, failure, is_billed=self.is_under_way)
        self.job = None

    def may_have_been_billed(self, connection: Connection) -> tuple[int, int]:
        """Count the tries whose money is gone or may be needed, by the rows; and what counts towards `max_attempts`."""
        states = Counter(connection.scalars(select(spend.c.state)))
        job = connection.execute(select(jobs)).one()
        under_way = job.state is JobState.PAINTING and job.left_at is not None and states[SpendState.RESERVED]
        return states[SpendState.SETTLED] + under_way, job.sent_attempts


STEPS = {
    "leave": "leave",
    "a failure that costs nothing": "unbilled",
    "a failure that costs": "billed_fault",
    "links": "found",
    "an answer": "answered",
    "a stop": "stop",
    "SIGKILL": "die",
}


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(st.sampled_from(list(STEPS.values())), max_size=14),
    end=st.sampled_from(["paint", "fail", "die"]),
)
def test_what_may_have_been_billed_is_what_is_written(steps: list[str], end: str) -> None:
    asyncio.run(live([*steps, end]))


async def live(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(Path(folder) / "store.db")
        try:
            desk = Desk(database)
            await accept(desk.store, "e1")
            for step in steps:
                await desk.step(step)
                assert await desk.store.check_ledger() == []
                assert await database.transact(desk.may_have_been_billed) == (desk.billed, desk.billed)
        finally:
            await database.close()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(tmp_path / "store.db")
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database, CreditPolicy(daily=10), PassingClock(MORNING))


async def written(database: Database) -> list[tuple[int, int, str | None, str | None, str]]:
    """Attempt, number, endpoint, fault and state of every try."""
    columns = (spend.c.attempt, spend.c.number, spend.c.endpoint, spend.c.fault, spend.c.state)
    rows = await database.transact(lambda connection: connection.execute(select(*columns)).all())
    return [(row.attempt, row.number, row.endpoint, row.fault, row.state.value) for row in rows]


@pytest.mark.parametrize(("is_billed", "end"), [(True, "settled"), (False, "released")])
async def test_each_try_ends_as_it_was_billed(
    database: Database,
    store: SqlStore,
    is_billed: bool,  # noqa: FBT001 - parametrized
    end: str,
) -> None:
    await accept(store, "e1")
    job = await claimed(store)
    await note(store, job, ended("unreachable", seconds=10))
    await leave(store, job, BACKUP)
    await note(store, job, ended("blocked", endpoint=BACKUP, is_billed=is_billed, seconds=3))
    await leave(store, job)
    assert await written(database) == [
        (1, 1, GATEWAY, "unreachable", "released"),
        (1, 2, BACKUP, "blocked", end),
        (1, 3, GATEWAY, None, "reserved"),
    ]
    costs = await database.transact(lambda connection: connection.scalars(select(spend.c.cost)).all())
    assert costs == [Decimal("0.134")] * 3


async def test_a_try_reserves_what_its_endpoint_charges(database: Database, store: SqlStore) -> None:
    await accept(store, "e1")
    job = await claimed(store)
    for endpoint, cost in ((GATEWAY, Decimal("0.2")), (BACKUP, None), (GATEWAY, Decimal("0.01"))):
        assert await store.mark_request_sent(job.job, job.attempt, endpoint, cost)
        await note(store, job, ended("blocked", endpoint=endpoint, is_billed=True))
    rows = await database.transact(lambda connection: connection.execute(select(spend.c.cost, spend.c.state)).all())
    assert [(row.cost, row.state.value) for row in rows] == [
        (Decimal("0.2"), "settled"),
        (Decimal("0.134"), "settled"),
        (Decimal("0.01"), "settled"),
    ]
    assert await store.check_ledger() == []


async def test_what_never_left_was_not_billed_whatever_is_said_of_it(database: Database, store: SqlStore) -> None:
    await accept(store, "e1")
    job = await claimed(store)
    await note(store, job, ended("defect", is_billed=True))
    assert await written(database) == [(1, 1, GATEWAY, "defect", "released")]


async def test_a_picture_that_nothing_left_for_is_taken_as_paid(database: Database, store: SqlStore) -> None:
    await accept(store, "e1")
    job = await claimed(store)
    await note(store, job, ended("unreachable"))
    await note(store, job, ended(endpoint=BACKUP))
    assert await store.check_ledger() == []
    assert await store.painted(job.job, job.attempt, [made("fox")])
    assert await store.check_ledger() == []
    assert (await written(database))[1:] == [(1, 2, BACKUP, None, "settled")]


async def test_a_claim_that_never_left_costs_nothing_though_an_earlier_one_did(
    database: Database, store: SqlStore
) -> None:
    await accept(store, "e1")
    job = await claimed(store)
    await leave(store, job)
    await note(store, job, ended("blocked", is_billed=True))
    assert await store.put_back(job.job, job.attempt)
    await claimed(store)
    assert await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=1) == 1
    assert await written(database) == [(1, 1, GATEWAY, "blocked", "settled"), (2, 1, None, None, "released")]


@pytest.mark.parametrize("end", ["painted", "failed", "cancelled"])
async def test_links_are_forgotten_when_their_job_has_ended(database: Database, store: SqlStore, end: str) -> None:
    wished = await accept(store, "e1")
    job = await claimed(store)
    await leave(store, job)
    assert await store.keep_links(job.job, job.attempt, [LINK])
    if end == "painted":
        await store.painted(job.job, job.attempt, [made("fox")])
    elif end == "failed":
        await store.failed(job.job, job.attempt, JobFailure(code="link-broken"), is_billed=True)
    else:
        await store.put_back(job.job, job.attempt)
        await store.cancel(wished)
    kept = await database.transact(lambda connection: connection.execute(select(jobs.c.state, jobs.c.links)).all())
    assert [(row.state.value, row.links) for row in kept] == [(end, None)]
