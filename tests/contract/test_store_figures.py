"""What every Store holds about the figures of endpoints."""

from datetime import timedelta

import pytest

from bot.domain.requests.requests import (
    EndpointFigures,
    JobFailure,
)
from bot.ports import Store
from tests.contract.stores import (
    BACKUP,
    GATEWAY,
    MORNING,
    WISH,
    ReopenableStore,
    accept,
    claimed,
    ended,
    leave,
    made,
    note,
)


class TestFigures:
    async def tried(self, store: Store, *tries: tuple[str | None, float], endpoint: str = GATEWAY) -> None:
        for number, (fault, seconds) in enumerate(tries):
            await accept(store, f"{endpoint}-{number}", price=0)
            job = await claimed(store)
            await leave(store, job, endpoint)
            await note(store, job, ended(fault, endpoint=endpoint, seconds=seconds))
            if fault is None:
                await store.painted(job.job, job.attempt, [made(f"{endpoint}-{number}")])
            else:
                await store.failed(job.job, job.attempt, JobFailure(code=fault), is_billed=False)

    async def test_endpoints_stand_beside_one_another(self, store: Store) -> None:
        await self.tried(store, (None, 9.0), (None, 2.5), ("busy", 0.1), (None, 4.0), ("busy", 0.2), ("too-long", 300))
        await self.tried(store, ("blocked", 7.0), endpoint=BACKUP)
        assert await store.endpoint_figures(MORNING) == [
            EndpointFigures(
                endpoint=BACKUP,
                model=WISH.model,
                tries=1,
                painted=0,
                faults={"blocked": 1},
                median_seconds=None,
                slowest_seconds=None,
            ),
            EndpointFigures(
                endpoint=GATEWAY,
                model=WISH.model,
                tries=6,
                painted=3,
                faults={"busy": 2, "too-long": 1},
                median_seconds=4.0,
                slowest_seconds=9.0,
            ),
        ]

    @pytest.mark.parametrize("is_noted_before", [False, True])
    async def test_a_try_is_noted_with_its_pictures_once(self, store: Store, *, is_noted_before: bool) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("busy", seconds=0.5))
        await leave(store, job, BACKUP)
        painting = ended(endpoint=BACKUP, seconds=9.0)
        if is_noted_before:
            await note(store, job, painting)
        assert await store.painted(job.job, job.attempt, [made("fox")], painting)
        backup, gateway = await store.endpoint_figures(MORNING)
        assert (backup.endpoint, backup.tries, backup.painted, backup.slowest_seconds) == (BACKUP, 1, 1, 9.0)
        assert (gateway.endpoint, gateway.tries, dict(gateway.faults)) == (GATEWAY, 1, {"busy": 1})
        assert await store.check_ledger() == []

    async def test_a_try_that_painted_before_its_request_left_is_noted_beside_the_one_before(
        self, store: Store
    ) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        await note(store, job, ended("busy", seconds=0.5))
        assert await store.painted(job.job, job.attempt, [made("fox")], ended(seconds=3.0))
        [figures] = await store.endpoint_figures(MORNING)
        assert (figures.tries, figures.painted, dict(figures.faults)) == (2, 1, {"busy": 1})

    @pytest.mark.parametrize(("count", "median"), [(1, 1.0), (2, 1.5), (3, 2.0), (4, 2.5), (9, 5.0)])
    async def test_the_median_is_the_middle(self, store: Store, count: int, median: float) -> None:
        await self.tried(store, *((None, float(seconds)) for seconds in range(count, 0, -1)))
        [figures] = await store.endpoint_figures(MORNING)
        assert (figures.median_seconds, figures.slowest_seconds) == (median, count)

    async def test_only_what_began_since_then_counts(self, reopenable: ReopenableStore) -> None:
        await self.tried(reopenable.store, (None, 9.0))
        reopenable.clock.time += timedelta(hours=1)
        await self.tried(reopenable.store, (None, 3.0), endpoint=BACKUP)
        [figures] = await reopenable.store.endpoint_figures(MORNING + timedelta(hours=1))
        assert (figures.endpoint, figures.tries) == (BACKUP, 1)

    async def test_what_has_not_ended_does_not_count(self, store: Store) -> None:
        await accept(store, "e1")
        job = await claimed(store)
        await leave(store, job)
        assert await store.endpoint_figures(MORNING) == []
        await note(store, job, ended())
        assert len(await store.endpoint_figures(MORNING)) == 1
