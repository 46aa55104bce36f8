"""Times that were told: whom they were wrong for, and when another is told."""

from dataclasses import replace
from pathlib import Path

from bot.application.painting.queue_estimate import LONGEST_PAUSE_SECONDS
from bot.domain.requests.queue import PaintingJob, Turn
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import JobId, JobState
from bot.domain.requests.turn_plan import ToldTurn
from tests.contract.stores import MORNING
from tests.unit.application.painting.watched import LongQueue, Watched, a_view, not_called, told_in, view_of


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
