"""Place and time are told to those who look, and exactly only as far as that helps anybody."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from bot.application.endpoint_turns import EndpointTurns
from bot.application.turns import Turns
from bot.application.wording import turn_sentence
from bot.domain.chat import Moment, Sentence
from bot.domain.credits import CreditPolicy
from bot.domain.requests import (
    MOST_PLACES,
    AccountId,
    JobId,
    JobState,
    JobView,
    Queue,
    RequestView,
    Turn,
    WaitingJob,
)
from bot.ports import Store
from tests.contract.stores import MORNING, HeldClock, accept, open_sql_store


class LongQueue:
    """A store that knows how many wait, and counts how often it is asked."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.asked = 0

    async def queue(self, most: int = MOST_PLACES) -> Queue:
        self.asked += 1
        jobs = tuple(
            WaitingJob(job=JobId(job), account=AccountId(job), last_claim=0, accepted=job, expected_seconds=20)
            for job in range(1, min(self.waiting, most) + 1)
        )
        return Queue(painting=(), waiting=jobs, newest_claim=0, is_whole=self.waiting <= most)


def view_of(job: int, kept: RequestView) -> RequestView:
    waiting = JobView(
        id=JobId(job), number=1, prompt="fox", state=JobState.QUEUED, claimed_at=None, left_at=None, failure=None
    )
    return replace(kept, jobs=(waiting,))


async def a_view(tmp_path: Path) -> RequestView:
    async with open_sql_store(tmp_path, CreditPolicy(daily=10), HeldClock()) as store:
        return await store.view(await accept(store, "e1"))


async def test_beyond_two_thousand_it_is_said_that_more_are_before(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(100_000)
    turns = Turns(cast("Store", store), HeldClock(), slots=4, at_endpoints=EndpointTurns())
    last, beyond, further = [await turns.next_of(view_of(job, kept)) for job in (2_000, 2_001, 99_999)]
    assert last == Turn(place=2_000, seconds_until_done=10_000)
    assert beyond == further == Turn(place=2_001, seconds_until_done=10_005)
    assert turn_sentence(last, MORNING) == Sentence("status-waiting", place=2_000, ready=Moment(MORNING))
    assert turn_sentence(beyond, MORNING) == Sentence("status-waiting-long", before=2_000, ready=Moment(MORNING))
    assert store.asked == 1


async def test_what_came_since_the_plan_was_made_stands_at_its_end(tmp_path: Path) -> None:
    kept, store, clock = await a_view(tmp_path), LongQueue(3), HeldClock()
    turns = Turns(cast("Store", store), clock, slots=1, at_endpoints=EndpointTurns())
    told = [await turns.next_of(view_of(job, kept)) for job in (3, 4, 5, 4)]
    assert [(turn.place, turn.seconds_until_done) for turn in told if turn] == [(3, 60), (4, 80), (5, 100), (4, 80)]
    assert store.asked == 1
    clock.time = MORNING + timedelta(seconds=1)
    store.waiting = 5
    assert await turns.next_of(view_of(4, kept)) == Turn(place=4, seconds_until_done=80)
    assert store.asked == 2


async def test_the_last_exact_place_is_followed_by_no_more(tmp_path: Path) -> None:
    kept, store = await a_view(tmp_path), LongQueue(MOST_PLACES)
    turns = Turns(cast("Store", store), HeldClock(), slots=4, at_endpoints=EndpointTurns())
    told = [await turns.next_of(view_of(job, kept)) for job in (3_000, 3_001)]
    assert [turn.place for turn in told if turn] == [MOST_PLACES + 1, MOST_PLACES + 1]
