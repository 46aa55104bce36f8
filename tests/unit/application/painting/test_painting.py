"""What the worker commits while a job is painted, and what it makes of failures, links and stops."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.application.painting.journal import JobJournal
from bot.application.texts import MessageCatalog, plain
from bot.application.wording import failure_sentence
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.credits import CreditPolicy
from bot.domain.image_faults import BlockedBySafety, EndpointBusy, ImageFault
from bot.domain.requests.requests import JobFailure, JobId, JobState, RequestId
from tests.catalogue import built_in_catalogue
from tests.contract.stores import GATEWAY, MORNING, WISH, accept, claimed, ended, open_sql_store
from tests.fakes.chat import ALICE, BOB, FakeChat
from tests.fakes.clock import PassingClock
from tests.fakes.image_api import FakePainter
from tests.unit.application.house import open_house, png

FIRST = RequestId(1)
URL = "https://files.example/fox.png?signature=5f3c"
WITHOUT_GRACE = {"most_at_once": 1, "grace_seconds": 0}


def rows(folder: Path, question: str, *, of: str = "plantain.db") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / of, timeout=10)) as database:
        return database.execute(question).fetchall()


async def test_an_order_tells_whose_it_is(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        for times, author in enumerate((ALICE, BOB, ALICE), start=1):
            await house.chat.say("/imagine a fox", author=author)
            await house.chat.until_shown(times=times)
        first, second, third = (order.account for order in house.painter.orders)
        assert first == third != second


async def test_a_picture_behind_a_link_is_kept_like_any_other(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.url = URL
        await house.chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert await house.credits_left() == 18
    assert rows(tmp_path, "SELECT state, links FROM jobs") == [("painted", None)]
    assert rows(tmp_path, "SELECT endpoint, seconds, fault, state FROM spend") == [("studio", 2.5, None, "settled")]


async def test_stopped_while_it_fetches_it_only_fetches_at_the_next_start(tmp_path: Path) -> None:
    painter = FakePainter(png())
    painter.url = URL
    painter.may_fetch.clear()
    async with open_house(tmp_path, painter=painter, jobs=WITHOUT_GRACE) as house:
        await house.chat.say("/imagine a fox")
        await painter.is_fetching.wait()
    assert rows(tmp_path, "SELECT state FROM jobs") == [("queued",)]
    async with open_house(tmp_path, chat=FakeChat()) as house:
        await house.chat.until_shown()
        [order] = house.painter.orders
        assert [(link.endpoint, link.url) for link in order.links] == [("studio", URL)]
        assert await house.credits_left() == 18
    assert rows(tmp_path, "SELECT attempt, number, state FROM spend") == [(1, 1, "settled")]


@pytest.mark.parametrize("failing", ["keep_links", "note_try"])
async def test_a_full_disk_after_the_answer_costs_nobody_a_picture(tmp_path: Path, failing: str) -> None:
    async with open_house(tmp_path, failing=[failing]) as house:
        house.painter.url = URL
        await house.chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert len(house.painter.orders) == 1


@pytest.mark.parametrize(
    ("fault", "kept", "is_told_as_billed"),
    [
        (EndpointBusy("HTTP 503"), ("busy", "released"), False),
        (BlockedBySafety("IMAGE_SAFETY"), ("blocked", "settled"), True),
        (RuntimeError("a defect after the request had left"), (None, "settled"), True),
    ],
)
async def test_the_owners_money_ends_as_the_failure_was_billed_and_the_log_says_so(
    tmp_path: Path,
    fault: ImageFault | RuntimeError,
    kept: tuple[str | None, str],
    is_told_as_billed: bool,  # noqa: FBT001 - parametrized
) -> None:
    with capture_logs() as logged:
        async with open_house(tmp_path) as house:
            house.painter.faults.append(fault)
            await house.chat.say("/imagine a fox")
            await house.chat.until_said("nothing-charged")
    assert rows(tmp_path, "SELECT fault, state FROM spend") == [kept]
    [told] = [line for line in logged if line["event"] == "no-picture"]
    assert told["probably_billed"] is is_told_as_billed


async def test_a_journal_knows_what_is_under_way(tmp_path: Path) -> None:
    async with open_sql_store(tmp_path, CreditPolicy(daily=10), PassingClock(MORNING)) as store:
        await accept(store, "e1")
        journal = JobJournal(
            store, await claimed(store), built_in_catalogue(), PassingClock(MORNING), changed=lambda: None
        )
        seen = []
        for fault in ("busy", "blocked", None):
            await journal.request_sent(GATEWAY)
            seen.append((journal.is_under_way, journal.was_billed))
            await journal.attempt_finished(ended(fault, is_billed=fault != "busy"))
            seen.append((journal.is_under_way, journal.was_billed))
    assert seen == [(True, False), (False, False), (True, False), (False, True), (True, True), (True, True)]


async def test_a_journal_reserves_what_the_endpoint_charges_for_the_settings(tmp_path: Path) -> None:
    model = built_in_catalogue(["gemini-3.1-flash-image"]).default
    costs = {GATEWAY: {size: Decimal(number) for number, size in enumerate(model.terms, start=1)}}
    catalogue = ModelCatalog((replace(model, costs_at=costs),))
    async with open_sql_store(tmp_path, CreditPolicy(daily=10), PassingClock(MORNING)) as store:
        await accept(store, "e1")
        journal = JobJournal(store, await claimed(store), catalogue, PassingClock(MORNING), changed=lambda: None)
        await journal.request_sent(GATEWAY)
    asked = WISH.settings.size or ""
    assert rows(tmp_path, "SELECT cost FROM spend", of="store.db") == [(int(costs[GATEWAY][asked]) * 1_000_000_000,)]


async def test_a_job_that_was_taken_away_keeps_no_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        assert await house.store.failed(JobId(1), 1, JobFailure(code="interrupted"), is_billed=True)
        house.painter.may_paint.set()
        await house.chat.say("/imagine an owl", author=BOB)
        await house.chat.until_shown()
        view = await house.store.view(FIRST)
        assert (view.jobs[0].state, view.results) == (JobState.FAILED, ())


async def test_who_is_told_to_come_back_is_told_when(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.faults.append(EndpointBusy("HTTP 429", retry_after_seconds=299.2))
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("fault-busy-for")
        [job] = (await house.store.view(FIRST)).jobs
        assert job.failure == JobFailure(code="busy", retry_after_seconds=300)


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [
        ("en", 0, "The picture service is busy. Please try again in about 1 s."),
        ("en", 45, "The picture service is busy. Please try again in about 45 s."),
        ("en", 300, "The picture service is busy. Please try again in about 5 min."),
        ("zh-CN", 300, "图片服务繁忙，请约 5 分钟后再试。"),
        ("en", None, "The picture service is busy. Please try again in a minute."),
    ],
)
def test_the_time_to_come_back_reads_in_seconds_or_minutes(language: str, seconds: int | None, said: str) -> None:
    failure = JobFailure(code="busy", retry_after_seconds=seconds)
    assert plain(MessageCatalog().say(failure_sentence(failure), language)) == said
