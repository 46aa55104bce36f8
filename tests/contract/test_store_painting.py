"""What every Store holds about jobs: whose turn it is, each move, and what a dead process leaves."""

import asyncio

from bot.domain.chat import Quoted
from bot.domain.errors import CreditsExhausted
from bot.domain.requests.queue import turns
from bot.domain.requests.requests import AfterCrash, DeliveryState, JobFailure, JobState
from bot.ports import Store
from tests.contract.stores import (
    ANNA,
    BERT,
    GATEWAY,
    REFUSED,
    WISH,
    ReopenableStore,
    accept,
    claimed,
    made,
    paint,
    picture,
    request,
)


async def left(store: Store) -> int:
    return await store.credits_left(ANNA)


class TestClaim:
    async def test_a_claim_holds_the_job(self, reopenable: ReopenableStore) -> None:
        wished = await accept(reopenable.store, "e1")
        job = await claimed(reopenable.store)
        assert (job.request, job.attempt, job.wish, job.sources) == (wished, 1, WISH, ())
        assert await reopenable.store.claim() is None
        [shown] = (await reopenable.store.view(wished)).jobs
        assert (shown.state, shown.claimed_at) == (JobState.PAINTING, reopenable.clock.now())
        [painting] = (await reopenable.store.queue()).painting
        assert (painting.job, painting.claimed_at, painting.expected_seconds) == (job.job, reopenable.clock.now(), 20)

    async def test_members_take_turns(self, store: Store) -> None:
        annas = await accept(store, "e1", jobs=3, price=1)
        berts = await accept(store, "e2", jobs=2, price=1, member=BERT)
        assert [(await claimed(store)).request for _ in range(5)] == [annas, berts, annas, berts, annas]

    async def test_many_claims_at_once_take_each_job_once(self, store: Store) -> None:
        await accept(store, "e1", jobs=4, price=1)
        await accept(store, "e2", jobs=4, price=1, member=BERT)
        taken = await asyncio.gather(*(store.claim() for _ in range(12)))
        assert len({job.job for job in taken if job is not None}) == 8
        assert taken.count(None) == 4

    async def test_many_requests_at_once_never_overdraw(self, store: Store) -> None:
        answers = await asyncio.gather(
            *(store.accept(request(f"e{number}")) for number in range(20)), return_exceptions=True
        )
        assert sum(isinstance(answer, CreditsExhausted) for answer in answers) == 17
        assert await left(store) == 1


class TestMoves:
    async def test_a_painted_job_is_settled(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        await paint(store, job, "fox")
        assert await left(store) == 7
        view = await store.view(wished)
        assert (view.is_open, view.charged, view.jobs[0].state) == (False, 3, JobState.PAINTED)

    async def test_results_have_the_numbers_of_their_jobs_and_further_ones_stand_above(self, store: Store) -> None:
        wished = await accept(store, "e1", prompts=("a red fox", "a blue fox", "a grey fox"))
        first, second, third = await claimed(store), await claimed(store), await claimed(store)
        await paint(store, second, "blue fox", "owl", "hare")  # several pictures in one answer
        await paint(store, first, "red fox")
        await store.failed(third.job, third.attempt, REFUSED, is_billed=False)
        results = (await store.view(wished)).results
        assert [(each.number, each.prompt, each.picture) for each in results] == [
            (1, "a red fox", picture("red fox")),
            (2, "a blue fox", picture("blue fox")),
            (4, "a blue fox", picture("owl")),
            (5, "a blue fox", picture("hare")),
        ]

    async def test_each_job_is_claimed_with_its_own_prompt(self, store: Store) -> None:
        await accept(store, "e1", prompts=("a red fox", WISH.prompt))
        assert [(await claimed(store)).wish.prompt for _ in range(2)] == ["a red fox", WISH.prompt]

    async def test_a_failed_job_costs_the_member_nothing(self, store: Store) -> None:
        wished = await accept(store, "e1", jobs=2)
        first, second = await claimed(store), await claimed(store)
        assert await store.failed(first.job, first.attempt, REFUSED, is_billed=False)
        assert await store.failed(second.job, second.attempt, JobFailure(code="cut-off"), is_billed=True)
        assert await left(store) == 10
        view = await store.view(wished)
        assert [job.failure for job in view.jobs] == [REFUSED, JobFailure(code="cut-off")]
        assert (view.charged, view.delivery) == (0, DeliveryState.DUE)

    async def test_a_job_ends_once(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await paint(store, job, "fox")
        assert not await store.painted(job.job, job.attempt, [made("owl")])
        assert not await store.failed(job.job, job.attempt, REFUSED, is_billed=True)
        assert not await store.put_back(job.job, job.attempt)
        assert not await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        assert await left(store) == 7

    async def test_another_attempt_changes_nothing(self, store: Store) -> None:
        await accept(store, "e1")
        old = await claimed(store)
        assert await store.put_back(old.job, old.attempt)
        new = await claimed(store)
        assert (new.job, new.attempt) == (old.job, 2)
        assert not await store.mark_request_sent(old.job, old.attempt, GATEWAY, None)
        assert not await store.painted(old.job, old.attempt, [made("fox")])
        assert not await store.failed(old.job, old.attempt, REFUSED, is_billed=False)
        assert not await store.put_back(old.job, old.attempt)
        assert await store.mark_request_sent(new.job, new.attempt, GATEWAY, None)

    async def test_a_job_whose_request_left_is_not_put_back(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        assert await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        assert await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        assert not await store.put_back(job.job, job.attempt)

    async def test_a_job_put_back_keeps_its_turn(self, store: Store) -> None:
        annas = await accept(store, "e1", jobs=2, price=1)
        await accept(store, "e2", member=BERT)
        job = await claimed(store)
        before = await store.queue()
        assert await store.put_back(job.job, job.attempt)
        again = await claimed(store)
        assert (again.request, again.job) == (annas, job.job)
        assert (await store.queue()).waiting == before.waiting

    async def test_cancelling_ends_what_waits_and_nothing_else(self, store: Store) -> None:
        wished = await accept(store, "e1", jobs=3)
        job = await claimed(store)
        assert await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        assert await store.cancel(wished)
        assert not await store.cancel(wished)
        assert await left(store) == 7
        view = await store.view(wished)
        assert [each.state for each in view.jobs] == [JobState.PAINTING, JobState.CANCELLED, JobState.CANCELLED]
        assert view.is_open
        await paint(store, job, "fox")
        assert not (await store.view(wished)).is_open

    async def test_a_claimed_job_is_cancelled_as_long_as_its_request_has_not_left(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        assert await store.newest_waiting(ANNA) == wished
        assert await store.cancel(wished)
        assert [each.state for each in (await store.view(wished)).jobs] == [JobState.CANCELLED]
        assert await left(store) == 10
        assert not await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        assert not await store.put_back(job.job, job.attempt)
        assert await store.newest_waiting(ANNA) is None

    async def test_queued_jobs_can_fail_before_they_are_painted(self, store: Store) -> None:
        wished = await accept(store, "e1", jobs=2)
        failure = JobFailure(code="not-a-picture", words=Quoted("hm"))
        assert await store.fail_queued(wished, failure)
        assert not await store.fail_queued(wished, failure)
        view = await store.view(wished)
        assert [(job.state, job.failure) for job in view.jobs] == [(JobState.FAILED, failure)] * 2
        assert await left(store) == 10


class TestRecovery:
    async def test_a_job_whose_request_had_not_left_is_queued_again(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        assert await store.recover(after_crash=AfterCrash.REFUND, max_attempts=1) == 1
        assert await store.recover(after_crash=AfterCrash.REFUND, max_attempts=1) == 0
        again = await claimed(store)
        assert (again.job, again.attempt) == (job.job, job.attempt + 1)
        assert not await store.painted(job.job, job.attempt, [made("fox")])
        await paint(store, again, "fox")
        assert await left(store) == 7

    async def test_a_job_whose_request_had_left_is_painted_again_as_often_as_allowed(self, store: Store) -> None:
        wished = await accept(store, "e1")
        for expected in (JobState.QUEUED, JobState.QUEUED, JobState.FAILED):
            job = await claimed(store)
            assert await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
            assert await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3) == 1
            assert (await store.view(wished)).jobs[0].state is expected
            assert await store.check_ledger() == []
        view = await store.view(wished)
        assert (view.jobs[0].failure, view.credits_left) == (JobFailure(code="interrupted"), 10)

    async def test_an_attempt_that_never_left_does_not_count(self, store: Store) -> None:
        wished = await accept(store, "e1")
        for _ in range(3):
            await claimed(store)
            await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=2)
        job = await claimed(store)
        await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=2)
        assert (await store.view(wished)).jobs[0].state is JobState.QUEUED

    async def test_a_refund_ends_the_job_and_gives_the_credits_back(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        await store.mark_request_sent(job.job, job.attempt, GATEWAY, None)
        assert await store.recover(after_crash=AfterCrash.REFUND, max_attempts=9) == 1
        view = await store.view(wished)
        assert (view.jobs[0].failure, view.credits_left) == (JobFailure(code="interrupted"), 10)
        assert await store.undelivered() == [wished]

    async def test_a_painted_job_is_only_delivered(self, reopenable: ReopenableStore) -> None:
        wished = await accept(reopenable.store, "e1")
        await paint(reopenable.store, await claimed(reopenable.store), "fox")
        async with reopenable.reopened() as again:
            assert await again.recover(after_crash=AfterCrash.REPAINT, max_attempts=2) == 0
            assert await again.claim() is None
            assert await again.undelivered() == [wished]


async def test_the_queue_tells_the_order_of_the_claims(store: Store) -> None:
    await accept(store, "e1", jobs=3, price=1)
    await accept(store, "e2", jobs=2, price=1, member=BERT)
    await claimed(store)
    expected = [job.job for job in turns(await store.queue())]
    assert [(await claimed(store)).job for _ in expected] == expected
    assert len(expected) == 4
