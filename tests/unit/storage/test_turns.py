"""Whatever happened before, claims and the queue keep to the plain definition in `domain.requests.turns`."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from benchmarks.store.history import write_history
from bot.domain.chat import Member, PictureRef
from bot.domain.credits import CreditPolicy
from bot.domain.events import PictureSeen
from bot.domain.requests.queue import Queue, WaitingJob, turns
from bot.domain.requests.requests import AccountId, AfterCrash, ClaimedJob, JobId, Joining, PictureLink, RequestId
from bot.ports import Store
from bot.storage.column_types import UtcTime
from bot.storage.engines.database import Database
from bot.storage.requests.painting import claim
from bot.storage.store import SqlStore
from tests.contract.stores import ANNA, GATEWAY, MORNING, REFUSED, made, open_sql_store, picture, request
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock
from tests.unit.storage.steps import counted

MEMBERS = ("anna", "bert", "cleo", "dora")
KINDS = ("plain", "plain", "plain", "with a source", "offered", "of an album")
ENDS = ("hold", "paint", "fail", "put back", "crash", "crash while fetching")
MOVES = ("cancel", "fail queued", "confirm", "expire", "bring in", "join", "let time pass")

acceptances = st.tuples(st.sampled_from(KINDS), st.sampled_from(MEMBERS), st.integers(1, 4))
claims = st.tuples(st.just("claim"), st.sampled_from(ENDS), st.just(0))
moves = st.tuples(st.just("move"), st.sampled_from(MOVES), st.integers(0, 20))
scripts = st.lists(st.one_of(acceptances, acceptances, claims, claims, moves), max_size=20)

# What waits and may be painted, read from the jobs alone.
_PLAIN = text(
    "SELECT jobs.id, jobs.request, jobs.account, requests.claim_after,"
    " (SELECT coalesce(max(claim), 0) FROM jobs AS others WHERE others.account = jobs.account) AS last_claim"
    " FROM jobs JOIN requests ON requests.id = jobs.request WHERE jobs.state = 'queued'"
    " AND NOT EXISTS (SELECT 1 FROM sources WHERE sources.request = jobs.request AND sha256 IS NULL)"
)


class History:
    """A store, and everything that can happen to its jobs."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = PassingClock(MORNING)
        self.store = SqlStore(database, CreditPolicy(daily=1_000), self.clock)
        self.requests: list[RequestId] = []

    async def step(self, act: str, what: str, number: int) -> None:
        if act == "claim":
            await claim_and(self.store, what)
        elif act != "move":
            await self.accept(act, replace(ANNA, id=what), number)
        elif what == "let time pass":
            self.clock.time += timedelta(seconds=number / 4)
        elif self.requests:
            await self.move(what, self.requests[number % len(self.requests)])

    async def accept(self, kind: str, member: Member, jobs: int) -> None:
        key = f"e{len(self.requests)}"
        terms: dict[str, dict[str, Any]] = {
            "plain": {},
            "with a source": {"sources": (PictureRef("upload:1"),)},
            "offered": {"offered_for": timedelta(seconds=3)},
            "of an album": {"joining": Joining(album="a", waits_for=timedelta(seconds=2), most_sources=2)},
        }
        accepted = await self.store.accept(request(key, member=member, jobs=jobs, price=1, **terms[kind]))
        self.requests.append(accepted.request)

    async def move(self, what: str, of: RequestId) -> None:
        if what == "cancel":
            await self.store.cancel(of)
        elif what == "fail queued":
            await self.store.fail_queued(of, REFUSED)
        elif what == "confirm":
            await self.store.confirm(of)
        elif what == "expire":
            await self.store.expire_offer(of)
        elif what == "bring in":
            for wanted in await self.store.wanted_sources(of):
                await self.store.keep_source(of, wanted.number, picture("source"))
        else:
            ref = PictureRef(f"album:{len(self.requests)}")
            seen = PictureSeen(key=ref, author=ANNA, album="a", order=len(self.requests), picture=ref)
            await self.store.see_picture(seen)

    async def plain(self, *, at_any_time: bool) -> Sequence[JobId]:
        """Return the order of the jobs by the definition alone; of albums too that still wait for further pictures."""

        def read(connection: Connection) -> Queue:
            rows = connection.execute(_PLAIN.columns(claim_after=UtcTime)).all()
            newest = connection.scalar(text("SELECT coalesce(max(claim), 0) FROM jobs"))
            waiting = tuple(
                WaitingJob(
                    job=JobId(row.id),
                    account=AccountId(row.account),
                    last_claim=row.last_claim,
                    accepted=row.request,
                    expected_seconds=20,
                    model="",
                )
                for row in rows
                if at_any_time or row.claim_after is None or row.claim_after <= self.clock.now()
            )
            return Queue(painting=(), waiting=waiting, newest_claim=newest or 0)

        return [job.job for job in turns(await self.database.transact(read))]

    async def check_order(self) -> None:
        """Claim everything; each claim takes the job that the definition names."""
        while expected := await self.plain(at_any_time=False):
            job = await self.store.claim()
            assert job is not None
            assert job.job == expected[0]
        assert await self.store.claim() is None


@settings(max_examples=25, deadline=None)
@given(script=scripts, most=st.integers(1, 12))
def test_claims_and_the_queue_come_in_the_order_of_the_definition(
    script: list[tuple[str, str, int]], most: int
) -> None:
    asyncio.run(live_through(script, most))


async def live_through(script: list[tuple[str, str, int]], most: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(Path(folder) / "store.db")
        try:
            history = History(database)
            for step in script:
                await history.step(*step)
            expected = await history.plain(at_any_time=True)
            begun = await history.store.queue(most)
            assert [job.job for job in begun.waiting] == expected[:most]
            assert [job.job for job in turns(begun)] == expected[:most]
            assert begun.is_whole is (len(expected) <= most)
            await history.check_order()
            history.clock.time += timedelta(seconds=10)  # what albums held back comes now
            await history.check_order()
            assert await history.store.check_ledger() == []
        finally:
            await database.close()


async def claim_and(store: Store, what: str) -> None:
    job = await store.claim()
    if job is None:
        return
    if what == "paint":
        await store.painted(job.job, job.attempt, [made("fox")])
    elif what == "fail":
        await store.failed(job.job, job.attempt, REFUSED, is_billed=True)
    elif what == "put back":
        await store.put_back(job.job, job.attempt)
    elif what == "crash":
        await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3)
    elif what == "crash while fetching":
        await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        await store.keep_links(job.job, job.attempt, [PictureLink(endpoint=GATEWAY, url="https://files.example/a.png")])
        await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3)


async def claim_all(store: Store) -> list[ClaimedJob]:
    taken = []
    while (job := await store.claim()) is not None:
        taken.append(job)
    return taken


async def test_a_job_without_its_sources_is_passed_over_and_comes_by_its_acceptance_when_they_are_in(
    tmp_path: Path,
) -> None:
    async with open_sql_store(tmp_path, CreditPolicy(daily=100), PassingClock(MORNING)) as store:
        edit = (await store.accept(request("e1", sources=(PictureRef("upload:1"),)))).request
        await store.accept(request("e2", member=replace(ANNA, id="bert"), jobs=2))
        await store.accept(request("e3", member=replace(ANNA, id="cleo")))
        assert [job.accepted for job in (await store.queue()).waiting] == [2, 3, 2]
        await store.keep_source(edit, 1, picture("source"))
        assert [job.accepted for job in (await store.queue()).waiting] == [1, 2, 3, 2]
        assert [job.request for job in await claim_all(store)] == [1, 2, 3, 2]


def test_a_claim_reads_no_more_where_ten_times_as_many_wait(tmp_path: Path) -> None:
    """Before, it took the hundreds of steps 10 times as often."""
    taken = {}
    for waiting in (200, 2_000):
        write_history(tmp_path / f"{waiting}.db", ledger_rows=1_000, waiting=waiting, now=MORNING)
        job, taken[waiting] = counted(tmp_path / f"{waiting}.db", partial(claim, now=MORNING))
        assert job is not None
    assert taken[2_000] <= taken[200] + 2, taken
