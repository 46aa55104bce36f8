"""What the worker does with a claim that it is cancelled in, and whom it tells of a failed try."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.picture_room import PictureRoom
from bot.application.painting.worker import Worker
from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import ClaimedJob, MadePicture, RequestId
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.ports import ImageRequest, Journal, PictureSink
from bot.storage.store import SqlStore
from tests.catalogue import built_in_catalogue
from tests.contract.stores import accept
from tests.empty_database import open_database
from tests.fakes.clock import FakeClock
from tests.fakes.image_api import STUDIO, FakePainter, a_try
from tests.simulators.waiting import WITHIN_SECONDS
from tests.unit.application.house import png


class TellingStore(SqlStore):
    """A store that tells when a claim begins, and when it has been made."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.claiming = asyncio.Event()
        self.claimed: asyncio.Future[ClaimedJob | None] = asyncio.get_running_loop().create_future()

    async def claim(self) -> ClaimedJob | None:
        self.claiming.set()
        job = await super().claim()
        self.claimed.set_result(job)
        return job


class RefusedPainter(FakePainter):
    """An image API whose first try is refused. `waits` is set when the order waits for its second try."""

    def __init__(self) -> None:
        super().__init__(png())
        self.is_sent, self.waits = asyncio.Event(), asyncio.Event()
        self.may_refuse = asyncio.Event()

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        await journal.request_sent(STUDIO)
        self.is_sent.set()
        await self.may_refuse.wait()
        await journal.attempt_finished(a_try(order, fault="busy", is_billed=False))
        self.waits.set()
        await self.may_paint.wait()
        return await super().paint(order, sink, journal)


@asynccontextmanager
async def a_worker(
    folder: Path, painter: FakePainter | None = None, changed: Callable[[RequestId], None] = lambda _request: None
) -> AsyncIterator[tuple[TellingStore, FakePainter, Worker]]:
    database = await open_database(folder / "store.db")
    try:
        clock, painter = FakeClock(), painter or FakePainter(png())
        store = TellingStore(database, CreditPolicy(daily=10), clock)
        files = await FolderPictures.open(folder / "pictures", Workshop())
        worker = Worker(
            store,
            painter,
            files,
            built_in_catalogue(),
            slots=1,
            grace_seconds=0,
            clock=clock,
            max_attempts=2,
            room=PictureRoom(files, clock),
            at_endpoints=EndpointTurns(),
            changed=changed,
        )
        yield store, painter, worker
        assert await store.check_ledger() == []
    finally:
        await database.close()


def state_of_jobs(folder: Path) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(folder / "store.db")) as database:
        states = "SELECT jobs.state, spend.state FROM jobs LEFT JOIN spend ON spend.job = jobs.id"
        return database.execute(states).fetchall()


async def test_a_claim_that_waits_for_the_database_when_the_bot_stops_is_put_back(tmp_path: Path) -> None:
    async with a_worker(tmp_path) as (store, painter, worker), asyncio.timeout(WITHIN_SECONDS):
        await accept(store, "e1")
        with closing(sqlite3.connect(tmp_path / "store.db")) as another:
            another.execute("BEGIN IMMEDIATE")
            running = asyncio.create_task(worker.run())
            await store.claiming.wait()
            running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert painter.orders == []
    assert state_of_jobs(tmp_path) == [("queued", "released")]


async def test_a_claim_that_is_made_in_the_moment_in_which_the_bot_stops_is_put_back(tmp_path: Path) -> None:
    async with a_worker(tmp_path) as (store, painter, worker), asyncio.timeout(WITHIN_SECONDS):
        await accept(store, "e1")
        running = asyncio.create_task(worker.run())
        store.claimed.add_done_callback(lambda _claimed: running.cancel())
        with pytest.raises(asyncio.CancelledError):
            await running
    assert painter.orders == []
    assert state_of_jobs(tmp_path) == [("queued", "released")]


async def test_who_was_seen_being_painted_is_told_when_that_try_was_refused(tmp_path: Path) -> None:
    """Whoever read the request while a try was under way has no other reason to read it again before the picture."""
    painter, changed = RefusedPainter(), list[RequestId]()
    async with a_worker(tmp_path, painter, changed.append) as (store, _, worker), asyncio.timeout(WITHIN_SECONDS):
        request = await accept(store, "e1")
        running = asyncio.create_task(worker.run())
        await painter.is_sent.wait()
        assert (await store.view(request)).jobs[0].left_at is not None
        changed.clear()
        painter.may_refuse.set()
        await painter.waits.wait()
        assert changed == [request]
        assert (await store.view(request)).jobs[0].left_at is None
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
