"""Turns: members take them fairly, and the promised place and time are the true ones."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.requests.queue import PaintingJob, Queue, Turn, WaitingJob, turns
from bot.domain.requests.requests import AccountId, JobId
from bot.domain.requests.turn_plan import Pace, plan_turns

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def waiting(job: int, account: int, *, last_claim: int = 0, seconds: int = 10, model: str = "pro") -> WaitingJob:
    return WaitingJob(
        job=JobId(job),
        account=AccountId(account),
        last_claim=last_claim,
        accepted=job,
        expected_seconds=seconds,
        model=model,
    )


def queue(*jobs: WaitingJob, painting: tuple[PaintingJob, ...] = ()) -> Queue:
    return Queue(painting=painting, waiting=jobs, newest_claim=max((job.last_claim for job in jobs), default=0))


def order(*jobs: WaitingJob) -> list[int]:
    return [job.job for job in turns(queue(*jobs))]


def test_a_member_with_one_request_does_not_wait_behind_ten_of_another() -> None:
    ten = [waiting(job, account=1) for job in range(1, 11)]
    assert order(*ten, waiting(11, account=2)) == [1, 11, *range(2, 11)]


def test_the_member_whose_last_claim_is_oldest_is_next() -> None:
    assert order(waiting(1, 1, last_claim=9), waiting(2, 2, last_claim=4), waiting(3, 3, last_claim=7)) == [2, 3, 1]


def test_ties_go_by_acceptance() -> None:
    assert order(waiting(5, 1), waiting(3, 2), waiting(4, 3)) == [3, 4, 5]


def test_the_expected_time_counts_what_is_painted_and_what_waits_ahead() -> None:
    painting = PaintingJob(job=JobId(1), claimed_at=NOW - timedelta(seconds=4), expected_seconds=10, model="pro")
    planned = plan_turns(queue(waiting(2, 1), waiting(3, 2, seconds=20), painting=(painting,)), slots=1, now=NOW)
    assert planned == {2: Turn(place=1, seconds_until_done=16), 3: Turn(place=2, seconds_until_done=36)}


def test_free_slots_paint_side_by_side() -> None:
    planned = plan_turns(queue(waiting(1, 1), waiting(2, 2), waiting(3, 3)), slots=2, now=NOW)
    assert [planned[JobId(job)].seconds_until_done for job in (1, 2, 3)] == [10, 10, 20]


def test_a_job_comes_to_the_end_of_the_line_that_waits_for_its_model() -> None:
    jobs = waiting(1, 1), waiting(2, 2, model="flash"), waiting(3, 3), waiting(4, 4)
    paces = {"pro": Pace(next_done_in=45, seconds_between=3)}
    planned = plan_turns(queue(*jobs), slots=3, now=NOW, paces=paces)
    assert [planned[job.job].seconds_until_done for job in jobs] == [45, 10, 48, 51]


def test_a_line_that_is_served_before_a_slot_is_free_makes_nobody_wait() -> None:
    jobs = [waiting(job, job) for job in (1, 2, 3)]
    planned = plan_turns(queue(*jobs), slots=1, now=NOW, paces={"pro": Pace(next_done_in=4, seconds_between=3)})
    assert [planned[job.job].seconds_until_done for job in jobs] == [10, 20, 30]


def test_where_slots_are_free_the_time_that_the_claims_take_counts() -> None:
    jobs = [waiting(job, job) for job in (1, 2, 3)]
    planned = plan_turns(queue(*jobs), slots=70, now=NOW, seconds_between_claims=2)
    assert [planned[job.job].seconds_until_done for job in jobs] == [12, 14, 16]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), max_size=30))
def test_every_job_has_a_turn_and_nobody_is_taken_twice_while_another_waits(jobs: list[tuple[int, int]]) -> None:
    claims = dict(jobs)  # one last claim for each account
    waits = [waiting(number, account, last_claim=claims[account]) for number, (account, _) in enumerate(jobs, 1)]
    taken = list(turns(queue(*waits)))
    assert sorted(job.job for job in taken) == sorted(job.job for job in waits)
    for index, job in enumerate(taken[1:], 1):
        if job.account == taken[index - 1].account:
            assert {later.account for later in taken[index:]} == {job.account}
