"""What becomes of a claim that the worker is cancelled in."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.picture_room import PictureRoom
from bot.application.painting.worker import Worker
from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import ClaimedJob
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.storage.store import SqlStore
from tests.contract.stores import accept
from tests.empty_database import open_database
from tests.fakes.clock import FakeClock
from tests.fakes.image_api import FakePainter
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


@asynccontextmanager
async def a_worker(folder: Path) -> AsyncIterator[tuple[TellingStore, FakePainter, Worker]]:
    database = await open_database(folder / "store.db")
    try:
        clock, painter = FakeClock(), FakePainter(png())
        store = TellingStore(database, CreditPolicy(daily=10), clock)
        files = await FolderPictures.open(folder / "pictures", Workshop())
        worker = Worker(
            store,
            painter,
            files,
            slots=1,
            grace_seconds=0,
            clock=clock,
            max_attempts=2,
            room=PictureRoom(files, clock),
            at_endpoints=EndpointTurns(),
            changed=lambda _request: None,
        )
        yield store, painter, worker
        assert await store.check_books() == []
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
