"""Place and time are told to those who ask, exactly only as far as that helps anybody; and anew when they change."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.application.painting.queue_estimate import MOST_CALLED
from bot.application.painting.queue_plan import STALE_SECONDS
from bot.domain.requests.queue import told_place
from bot.domain.requests.requests import RequestId
from tests.unit.application.painting.watched import LongQueue, Watched, a_view, not_called, told_in, view_of


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
