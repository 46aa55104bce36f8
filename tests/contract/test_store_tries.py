"""What every Store holds about tries at endpoints: what a crash between any two of them leaves, and the figures."""

import pytest

from bot.domain.chat import Quoted
from bot.domain.requests.requests import (
    AfterCrash,
    ClaimedJob,
    JobFailure,
    JobState,
    PictureLink,
    RequestId,
)
from bot.ports import Store
from tests.contract.stores import (
    ANNA,
    BACKUP,
    BERT,
    GATEWAY,
    MORNING,
    ReopenableStore,
    accept,
    claimed,
    ended,
    leave,
    made,
    note,
)

LINKS = (
    PictureLink(endpoint=GATEWAY, url="https://files.example/a.png?signature=1", words=Quoted("a fox\nin “snow”")),
    PictureLink(endpoint=GATEWAY, url="https://files.example/b.png?signature=2"),
)
BUSY = JobFailure(code="busy", retry_after_seconds=90)


async def die(store: Store, *, after_crash: AfterCrash = AfterCrash.REPAINT, max_attempts: int = 2) -> None:
    """Recover as the next process does after this one died. The ledger must agree before and after."""
    assert await store.check_ledger() == []
    assert await store.recover(after_crash=after_crash, max_attempts=max_attempts) == 1
    assert await store.check_ledger() == []


async def state(store: Store, wished: RequestId) -> JobState:
    return (await store.view(wished)).jobs[0].state


class TestTries:
    async def test_a_claim_tells_whose_job_it_is(self, store: Store) -> None:
        await accept(store, "e1")
        await accept(store, "e2", member=BERT)
        assert {(await claimed(store)).account for _ in range(2)} == {
            await store.account(ANNA),
            await store.account(BERT),
        }

    async def test_another_endpoint_may_be_tried_after_a_failure(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("busy"))
        assert await store.check_ledger() == []
        await leave(store, job, BACKUP)
        await note(store, job, ended(endpoint=BACKUP))
        assert await store.painted(job.job, job.attempt, [made("fox")])
        assert await state(store, wished) is JobState.PAINTED

    async def test_an_endpoint_that_was_never_reached_is_noted_too(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await note(store, job, ended("unreachable", seconds=10))
        await note(store, job, ended("unreachable", endpoint=BACKUP, seconds=10))
        [backup, gateway] = await store.endpoint_figures(MORNING)
        assert (backup.endpoint, gateway.endpoint) == (BACKUP, GATEWAY)
        assert [each.faults for each in (backup, gateway)] == [{"unreachable": 1}] * 2
        assert await store.put_back(job.job, job.attempt)

    async def test_a_try_noted_twice_is_one(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        for _ in range(2):
            await note(store, job, ended("blocked", is_billed=True))
        [figures] = await store.endpoint_figures(MORNING)
        assert figures.tries == 1

    async def test_another_attempt_notes_nothing(self, store: Store) -> None:
        await accept(store, "e1")
        old = await claimed(store)
        assert await store.put_back(old.job, old.attempt)
        new = await claimed(store)
        assert not await store.note_try(old.job, old.attempt, ended("busy"))
        assert not await store.keep_links(old.job, old.attempt, LINKS)
        await leave(store, new)
        assert await store.endpoint_figures(MORNING) == []

    async def test_when_to_come_back_is_kept(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        assert await store.failed(job.job, job.attempt, BUSY, is_billed=False)
        assert (await store.view(wished)).jobs[0].failure == BUSY


class TestDeathBetweenTries:
    """SIGKILL between any two calls of the journal: `die` is the start of the next process."""

    @pytest.mark.parametrize("after_crash", AfterCrash)
    async def test_after_an_unbilled_failure_nothing_is_under_way(self, store: Store, after_crash: AfterCrash) -> None:
        """It was not sent as far as anybody counts, so even a single attempt is still to come."""
        await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("busy"))
        await die(store, after_crash=after_crash, max_attempts=1)
        again = await claimed(store)
        assert (again.job, again.attempt) == (job.job, job.attempt + 1)
        await leave(store, again)

    async def test_after_a_billed_failure_it_is_asked_for_again(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("blocked", is_billed=True))
        await die(store, after_crash=AfterCrash.REFUND)
        job = await claimed(store)
        await leave(store, job)
        await die(store)
        assert await state(store, wished) is JobState.FAILED

    async def test_what_was_billed_as_often_as_allowed_is_not_asked_for_again(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        for _ in range(2):
            await leave(store, job)
            await note(store, job, ended("blocked", is_billed=True))
        await die(store, max_attempts=2)
        assert await state(store, wished) is JobState.FAILED
        assert await store.credits_left(ANNA) == 10

    async def test_when_the_second_request_has_left_it_counts(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("busy"))
        await leave(store, job, BACKUP)
        await die(store, after_crash=AfterCrash.REFUND)
        assert await state(store, wished) is JobState.FAILED

    async def test_painted_and_not_kept_it_is_asked_for_again(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended())
        await die(store)
        assert await state(store, wished) is JobState.QUEUED

    async def test_after_a_failure_a_stop_puts_the_job_back(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("busy"))
        assert await store.put_back(job.job, job.attempt)
        assert (await claimed(store)).job == job.job


class TestLinks:
    async def fetching(self, store: Store) -> ClaimedJob:
        """Return a job whose answer has named its pictures by links."""
        job = await claimed(store)
        await leave(store, job)
        assert await store.keep_links(job.job, job.attempt, LINKS)
        return job

    @pytest.mark.parametrize("after_crash", AfterCrash)
    async def test_what_lies_at_links_is_only_fetched_after_a_crash(
        self, reopenable: ReopenableStore, after_crash: AfterCrash
    ) -> None:
        wished = await accept(reopenable.store, "e1")
        job = await self.fetching(reopenable.store)
        await die(reopenable.store, after_crash=after_crash, max_attempts=1)
        async with reopenable.reopened() as store:
            again = await claimed(store)
            assert (again.job, again.attempt, again.links) == (job.job, job.attempt + 1, LINKS)
            assert await store.painted(again.job, again.attempt, [made("fox"), made("owl")])
            view = await store.view(wished)
            assert (view.charged, len(view.results)) == (3, 2)

    async def test_fetching_may_be_interrupted_as_often_as_it_happens(self, store: Store) -> None:
        await accept(store, "e1")
        job = await self.fetching(store)
        for attempt in range(1, 5):
            assert (job.attempt, job.links == LINKS) == (attempt, attempt > 1)
            await die(store, after_crash=AfterCrash.REFUND, max_attempts=1)
            job = await claimed(store)

    async def test_a_stop_puts_back_what_is_only_fetched(self, store: Store) -> None:
        await accept(store, "e1")
        job = await self.fetching(store)
        for _ in range(2):
            assert await store.put_back(job.job, job.attempt)
            assert await store.check_ledger() == []
            job = await claimed(store)
            assert job.links == LINKS

    async def test_a_try_noted_while_fetching_changes_nothing(self, store: Store) -> None:
        await accept(store, "e1")
        job = await self.fetching(store)
        await note(store, job, ended())
        await die(store)
        job = await claimed(store)
        await note(store, job, ended("link-broken", is_billed=True))
        [figures] = await store.endpoint_figures(MORNING)
        assert (figures.tries, figures.painted) == (1, 1)

    async def test_broken_links_end_the_job_and_the_member_pays_nothing(self, store: Store) -> None:
        wished = await accept(store, "e1")
        job = await self.fetching(store)
        await note(store, job, ended("link-broken", is_billed=True))
        await die(store)
        job = await claimed(store)
        assert job.links == LINKS
        assert await store.failed(job.job, job.attempt, JobFailure(code="link-broken"), is_billed=True)
        view = await store.view(wished)
        assert (view.jobs[0].state, view.charged, view.credits_left) == (JobState.FAILED, 0, 10)

    async def test_a_request_that_leaves_anew_forgets_them(self, store: Store) -> None:
        await accept(store, "e1")
        job = await self.fetching(store)
        await note(store, job, ended("link-broken", is_billed=True))
        await leave(store, job)
        await die(store, max_attempts=3)
        assert (await claimed(store)).links == ()

    async def test_a_job_to_be_fetched_can_still_be_cancelled(self, store: Store) -> None:
        wished = await accept(store, "e1")
        await self.fetching(store)
        await die(store)
        assert await store.cancel(wished)
        assert await store.credits_left(ANNA) == 10
        assert await store.claim() is None

    async def test_links_of_a_job_that_has_ended_are_not_kept(self, store: Store) -> None:
        await accept(store, "e1")
        job = await self.fetching(store)
        assert await store.painted(job.job, job.attempt, [made("fox")])
        assert not await store.keep_links(job.job, job.attempt, LINKS)
