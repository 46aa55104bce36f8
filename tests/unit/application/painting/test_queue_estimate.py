"""Place and time are told to those who ask, exactly only as far as that helps anybody; and anew when they change."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.queue_estimate import LONGEST_PAUSE_SECONDS, MOST_CALLED, QueueEstimate
from bot.application.painting.queue_plan import STALE_SECONDS
from bot.domain.credits import CreditPolicy
from bot.domain.errors import StoreUnavailable
from bot.domain.requests.queue import MOST_PLACES, PaintingJob, Queue, Turn, WaitingJob, told_place
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


@pytest.mark.parametrize(
    ("place", "told"),
    [
        *[(1, 1), (10, 10), (11, 11), (20, 11), (21, 21), (50, 21), (51, 51), (101, 101), (500, 201), (501, 501)],
        *[(1_000, 501), (1_001, 1_001), (2_000, 1_001), (2_001, 2_001), (10**9, 2_001)],
    ],
)
def test_a_place_is_exact_near_the_front_and_coarse_behind(place: int, told: int) -> None:
    assert told_place(place) == told


async def test_beyond_two_thousand_all_are_told_the_same(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(100_000)
    watched = Watched(store)
    last, beyond, further = [
        await watched.turns.next_of(view_of(job, kept), not_called) for job in (2_000, 2_001, 99_999)
    ]
    assert last == told_in(10_000, place=1_001)
    assert beyond == further == told_in(10_005, place=2_001)
    assert store.asked == 1


async def test_what_came_since_the_plan_was_made_stands_at_its_end(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(3)
    watched = Watched(store, slots=1)
    told = [await watched.turns.next_of(view_of(job, kept), not_called) for job in (3, 4, 5, 4)]
    assert told == [told_in(seconds, place=place) for place, seconds in [(3, 60), (4, 80), (5, 100), (4, 80)]]
    assert store.asked == 1


async def test_the_queue_is_planned_once_a_second_when_it_moved_and_else_hardly_ever(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(300)
    watched = Watched(store, slots=1)
    assert [await watched.told(view_of(job, kept)) for job in (1, 9, 300)] == [1, 9, 201]
    watched.time += timedelta(seconds=15)
    again = await watched.turns.next_of(view_of(9, kept), lambda: None)
    assert again == told_in(9 * 20, place=9)  # told from the plan that stands
    assert store.asked == 1
    for _ in range(100):
        watched.turns.moved()
    await watched.pass_a_second()
    assert store.asked == 2
    for _ in range(round(STALE_SECONDS) + 1):
        await watched.pass_a_second()
    assert store.asked == 3


async def test_a_clock_that_is_set_back_neither_stops_the_plans_nor_moves_the_told_times(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(3)
    watched = Watched(store, slots=1)
    await watched.told(view_of(3, kept))
    watched.time -= timedelta(hours=1)
    assert await watched.turns.next_of(view_of(3, kept), not_called) == told_in(-3600 + 60, place=3)
    store.taken, store.waiting = 2, 1
    watched.turns.moved()
    await watched.pass_a_second()
    assert store.asked == 3


async def test_a_picture_is_never_expected_before_the_time_it_takes(tmp_path: Path) -> None:
    watched = Watched(LongQueue(1))
    kept = await a_view(tmp_path)
    await watched.told(view_of(1, kept))
    watched.time += timedelta(seconds=300)
    assert await watched.turns.next_of(view_of(1, kept), not_called) == told_in(300 + 20, place=1)


async def test_only_those_whose_told_place_is_another_are_called_and_once(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(60)
    watched = Watched(store)
    for job in (5, 12, 40, 51):
        await watched.told(view_of(job, kept))
    store.taken, store.waiting = 1, 59
    watched.turns.moved()
    assert await watched.pass_a_second() == [51, 5]  # 12 and 40 have as many before them as they were told
    watched.turns.moved()
    assert await watched.pass_a_second() == []  # they have not asked again
    assert await watched.told(view_of(51, kept)) == 21


async def test_a_long_queue_is_called_a_few_at_a_time_the_most_wrong_first(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(1_000)
    watched = Watched(store)
    for job in range(1, 1_001):
        await watched.told(view_of(job, kept))
    store.taken, store.waiting = 495, 505
    watched.turns.moved()
    first = await watched.pass_a_second()
    assert len(first) == MOST_CALLED
    assert set(first) <= set(range(496, 511))  # they were told 200 before them and 40 minutes, and are the next
    called = list(first)
    while further := await watched.pass_a_second():
        assert len(further) <= MOST_CALLED
        called += further
    assert sorted(called) == list(range(496, 1_001))
    assert called.index(700) < called.index(1_000)


async def test_who_is_forgotten_is_not_called(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(5)
    watched = Watched(store)
    for job in (4, 5):
        await watched.told(view_of(job, kept))
    watched.turns.forget(RequestId(4))
    store.taken, store.waiting = 1, 4
    watched.turns.moved()
    assert await watched.pass_a_second() == [5]


async def test_a_store_that_is_locked_is_asked_again_a_second_later(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(5)
    watched = Watched(store)
    await watched.told(view_of(5, kept))
    store.is_locked, store.taken, store.waiting = True, 1, 4
    watched.turns.moved()
    assert await watched.pass_a_second() == []
    assert await watched.pass_a_second() == []
    store.is_locked = False
    assert await watched.pass_a_second() == [5]


async def test_who_waits_at_an_endpoint_is_called_when_that_changes_though_no_row_does(tmp_path: Path) -> None:
    kept, watched = await a_view(tmp_path), Watched(LongQueue(0))
    view = replace(kept, jobs=(replace(view_of(7, kept).jobs[0], state=JobState.PAINTING, claimed_at=MORNING),))
    turn: Turn | None = Turn(place=14, seconds_until_done=60)
    watched.at_endpoints.keep(JobId(7), lambda: turn)

    def ask() -> ToldTurn | None:
        return watched.turns.at_endpoint(view, lambda: watched.called.append(7))

    assert ask() == told_in(60, place=11)
    assert await watched.pass_a_second() == []
    turn = Turn(place=12, seconds_until_done=50)
    assert await watched.pass_a_second() == []
    turn = Turn(place=2, seconds_until_done=30)
    assert await watched.pass_a_second() == [7]
    ask()
    turn = None
    assert await watched.pass_a_second() == [7]
    assert ask() is None
    turn = Turn(place=3, seconds_until_done=30)  # it has to wait after all
    assert await watched.pass_a_second() == [7]


async def test_once_something_is_under_way_no_endpoint_is_watched(tmp_path: Path) -> None:
    kept, watched = await a_view(tmp_path), Watched(LongQueue(0))
    job = replace(view_of(7, kept).jobs[0], state=JobState.PAINTING, claimed_at=MORNING, left_at=MORNING)
    assert watched.turns.at_endpoint(replace(kept, jobs=(job,)), not_called) is None
    assert not watched.is_watching


class AtEndpoint:
    """A request whose only job waits at an endpoint for `turn`."""

    def __init__(self, kept: RequestView, turn: Turn) -> None:
        self.turn = turn
        self.watched = Watched(LongQueue(0))
        self._view = replace(
            kept, jobs=(replace(view_of(7, kept).jobs[0], state=JobState.PAINTING, claimed_at=MORNING),)
        )
        self.watched.at_endpoints.keep(JobId(7), lambda: self.turn)

    def ask(self) -> ToldTurn | None:
        return self.watched.turns.at_endpoint(self._view, lambda: self.watched.called.append(7))

    async def seconds_until_called(self, most: int = 200) -> int:
        for second in range(1, most + 1):
            if await self.watched.pass_a_second():
                return second
        return most


async def test_who_was_told_a_time_that_is_wrong_by_a_lot_is_called_though_the_place_is_the_same(
    tmp_path: Path,
) -> None:
    waits = AtEndpoint(await a_view(tmp_path), Turn(place=3, seconds_until_done=5))
    assert waits.ask() == told_in(5, place=3)
    waits.turn = Turn(place=3, seconds_until_done=53)  # the endpoint pauses for a minute
    assert await waits.watched.pass_a_second() == [7]
    assert waits.ask() == told_in(53, place=3)


async def test_a_time_that_is_near_the_true_one_stays_as_it_was_told(tmp_path: Path) -> None:
    waits = AtEndpoint(await a_view(tmp_path), Turn(place=3, seconds_until_done=60))
    told = waits.ask()
    waits.turn = Turn(place=3, seconds_until_done=70)
    assert await waits.watched.pass_a_second() == []
    assert waits.ask() == told  # woken by something else, its status need not be changed


async def test_who_is_late_is_told_a_new_time_when_the_told_one_is_over_but_ever_less_often(tmp_path: Path) -> None:
    waits = AtEndpoint(await a_view(tmp_path), Turn(place=1, seconds_until_done=5))  # and so for ever
    seconds = []
    for _ in range(8):
        waits.ask()
        seconds.append(await waits.seconds_until_called())
    assert seconds[0] == 6  # it is wrong by more than three, and a quarter of five
    assert seconds[4:] == [8, 16, 32, LONGEST_PAUSE_SECONDS]


async def test_while_a_status_may_not_change_for_its_time_it_is_told_the_same(tmp_path: Path) -> None:
    waits = AtEndpoint(await a_view(tmp_path), Turn(place=1, seconds_until_done=5))
    waits.ask()
    told = []
    for seconds in (50, 500, 5):
        waits.turn = Turn(place=1, seconds_until_done=seconds)
        told.append(waits.ask())
    assert told == [told_in(50, place=1)] * 3


async def test_a_job_in_the_queue_is_told_that_its_endpoint_makes_it_wait(tmp_path: Path) -> None:
    kept = await a_view(tmp_path)
    store = LongQueue(2)
    store.painting = (PaintingJob(job=JobId(9), claimed_at=MORNING, expected_seconds=20, model="pro"),)
    watched = Watched(store, slots=70)
    watched.at_endpoints.keep(JobId(9), lambda: Turn(place=1, seconds_until_done=50, seconds_between=2.0))
    told = [await watched.turns.next_of(view_of(job, kept), not_called) for job in (1, 2)]
    assert told == [told_in(52, place=1), told_in(54, place=2)]


async def test_where_slots_are_free_the_time_counts_that_claims_have_taken(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(60)
    watched = Watched(store, slots=70)
    assert await watched.turns.next_of(view_of(60, kept), lambda: None) == told_in(20, place=51)
    store.taken, store.waiting, store.newest_claim = 2, 58, 2
    watched.turns.moved()
    await watched.pass_a_second()
    turn = await watched.turns.next_of(view_of(60, kept), not_called)
    assert turn == told_in(1 + 58 // 2 + 20, place=51)  # two were claimed in the one second
