"""A queue that is watched, and what those who wait are told of it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.queue_estimate import QueueEstimate
from bot.domain.credits import CreditPolicy
from bot.domain.errors import StoreUnavailable
from bot.domain.requests.queue import MOST_PLACES, PaintingJob, Queue, WaitingJob
from bot.domain.requests.request_view import JobView, RequestView
from bot.domain.requests.requests import AccountId, JobId, JobState, RequestId
from bot.domain.requests.turn_plan import ToldTurn
from bot.ports import Store
from tests.contract.stores import MORNING, HeldClock, accept, open_sql_store


class LongQueue:
    """A store that knows how many wait, and counts how often it is asked. The first `taken` jobs are taken already."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.taken = 0
        self.asked = 0
        self.is_locked = False
        self.painting: tuple[PaintingJob, ...] = ()
        self.newest_claim = 0

    async def queue(self, most: int = MOST_PLACES) -> Queue:
        self.asked += 1
        if self.is_locked:
            raise StoreUnavailable("locked")
        jobs = tuple(
            WaitingJob(
                job=JobId(job), account=AccountId(job), last_claim=0, accepted=job, expected_seconds=20, model="pro"
            )
            for job in range(self.taken + 1, self.taken + min(self.waiting, most) + 1)
        )
        return Queue(
            painting=self.painting, waiting=jobs, newest_claim=self.newest_claim, is_whole=self.waiting <= most
        )


def view_of(job: int, kept: RequestView) -> RequestView:
    waiting = JobView(
        id=JobId(job), number=1, prompt="fox", state=JobState.QUEUED, claimed_at=None, left_at=None, failure=None
    )
    return replace(kept, id=RequestId(job), jobs=(waiting,))


def told_in(seconds: int, *, place: int) -> ToldTurn:
    """Return what is told of a picture that is expected so long after the test began."""
    return ToldTurn(place, MORNING + timedelta(seconds=seconds))


def not_called() -> None:
    raise AssertionError("called")


class Watched:
    """Turns, and a clock in which time passes only while a test lets the watch go on."""

    def __init__(self, store: LongQueue, slots: int = 4) -> None:
        self.time = MORNING
        self.called: list[int] = []
        self.at_endpoints = EndpointTurns()
        self.tasks: list[asyncio.Task[None]] = []
        self._sleeps = asyncio.Event()
        self._may_wake = asyncio.Event()
        self.turns = QueueEstimate(
            cast("Store", store), self, slots, self.at_endpoints, spawn=lambda work: self.tasks.append(_task(work))
        )

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self._may_wake.clear()
        self._sleeps.set()
        await self._may_wake.wait()
        self.time += timedelta(seconds=seconds)

    async def told(self, view: RequestView) -> int:
        turn = await self.turns.next_of(view, lambda: self.called.append(view.id))
        assert turn is not None
        return turn.place

    @property
    def is_watching(self) -> bool:
        return any(not task.done() for task in self.tasks)

    async def pass_a_second(self) -> list[int]:
        """Let the watch sleep once, and see to what is next; who was called."""
        assert self.is_watching
        await self._until_it_sleeps()
        self._sleeps.clear()
        self._may_wake.set()
        await self._until_it_sleeps()
        called, self.called = self.called, []
        return called

    async def _until_it_sleeps(self) -> None:
        sleeping = asyncio.create_task(self._sleeps.wait())
        await asyncio.wait({sleeping, *self.tasks[-1:]}, return_when=asyncio.FIRST_COMPLETED)
        sleeping.cancel()


def _task(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(work)


async def a_view(tmp_path: Path) -> RequestView:
    async with open_sql_store(tmp_path, CreditPolicy(daily=10), HeldClock()) as store:
        return await store.view(await accept(store, "e1"))
