"""The owner's report: each endpoint beside the others, once a day and at a stop."""

import asyncio
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.application.report import EVERY_SECONDS, OwnersReport, standings
from bot.domain.credits import CreditPolicy
from bot.domain.image_faults import EndpointBusy
from bot.domain.requests.requests import EndpointFigures
from tests.contract.stores import BACKUP, GATEWAY, MORNING, WISH, accept, claimed, ended, leave, note, open_sql_store
from tests.fakes.clock import PassingClock
from tests.unit.application.house import FlakyStore, open_house

Line = MutableMapping[str, Any]


@pytest.fixture
def logged() -> Iterator[list[Line]]:
    with capture_logs() as lines:
        yield lines


def reports(logged: list[Line]) -> list[Line]:
    return [line for line in logged if line["event"] == "endpoint-report"]


class DayClock(PassingClock):
    """A clock whose days pass when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Semaphore(0)
        self.over = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.begun.release()
        await self.over.acquire()
        await super().sleep(seconds)


def figures(endpoint: str, tries: int, painted: int, model: str = WISH.model) -> EndpointFigures:
    return EndpointFigures(
        endpoint=endpoint,
        model=model,
        tries=tries,
        painted=painted,
        faults={"busy": tries - painted},
        median_seconds=1.0,
        slowest_seconds=2.0,
    )


def test_a_new_endpoint_stands_below_the_old_with_its_share_of_the_same_model() -> None:
    seen = standings([figures("a-new-one", 5, 4), figures("old", 95, 95), figures("old", 3, 0, model="another")])
    assert [(each.figures.model, each.figures.endpoint) for each in seen] == [
        ("another", "old"),
        (WISH.model, "old"),
        (WISH.model, "a-new-one"),
    ]
    assert [each.share for each in seen] == [1.0, 0.95, 0.05]
    assert [each.errors for each in seen] == pytest.approx([1.0, 0.0, 0.2])


async def test_each_day_has_its_own_figures(tmp_path: Path, logged: list[Line]) -> None:
    clock = DayClock()
    async with open_sql_store(tmp_path, CreditPolicy(daily=10), clock) as store:
        report = asyncio.create_task(OwnersReport(store, clock).run())
        await clock.begun.acquire()
        for day, endpoint in enumerate((GATEWAY, BACKUP), start=1):
            await accept(store, endpoint, price=0)
            job = await claimed(store)
            await leave(store, job, endpoint)
            await note(store, job, ended("busy", endpoint=endpoint, seconds=0.25))
            await leave(store, job, endpoint)
            await note(store, job, ended(endpoint=endpoint, seconds=41.26))
            await store.painted(job.job, job.attempt, [])
            clock.over.release()
            await clock.begun.acquire()
            assert len(reports(logged)) == day
        report.cancel()
    assert reports(logged) == [
        {
            "event": "endpoint-report",
            "log_level": "info",
            "endpoint": endpoint,
            "model": WISH.model,
            "tries": 2,
            "share_percent": 100.0,
            "errors_percent": 50.0,
            "median_seconds": 41.3,
            "faults": {"busy": 1},
        }
        for endpoint in (GATEWAY, BACKUP)
    ]
    assert EVERY_SECONDS == 86_400


async def test_what_could_not_be_read_is_in_the_next_report(tmp_path: Path, logged: list[Line]) -> None:
    clock = PassingClock(MORNING)
    async with open_sql_store(tmp_path, CreditPolicy(daily=10), clock) as store:
        report = OwnersReport(FlakyStore(store, ["endpoint_figures"]), clock)
        await accept(store, "e1")
        job = await claimed(store)
        await note(store, job, ended("unreachable"))
        await clock.sleep(60)
        await report.write()
        assert reports(logged) == []
        await report.write()
        assert [line["errors_percent"] for line in reports(logged)] == [100.0]


async def test_a_stop_tells_what_happened_since_the_last_report(tmp_path: Path, logged: list[Line]) -> None:
    async with open_house(tmp_path) as house:
        house.painter.faults.append(EndpointBusy("HTTP 503"))
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("fault-busy")
        logged.clear()
    assert [(line["endpoint"], line["tries"]) for line in reports(logged)][-1:] == [("studio", 1)]
