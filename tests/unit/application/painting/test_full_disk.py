"""A full disk: nothing is paid that could not be kept, nobody is charged, and all goes on when there is room."""

import asyncio
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.chat import Verb
from bot.domain.errors import StoreUnavailable
from bot.domain.requests.requests import AfterCrash, JobState, RequestId
from tests.fakes.chat import BOB, FakeChat
from tests.fakes.image_api import FakePainter
from tests.simulators.waiting import WITHIN_SECONDS
from tests.small_disk import SmallDisk, small_disk
from tests.unit.application.house import House, open_house, png

FIRST = RequestId(1)
TOO_LITTLE = 4_000_000
"""Bytes for the database, and for no picture."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=96) as disk:
        yield disk


async def waiting_for_room(house: House, disk: SmallDisk) -> None:
    """Accept a request, and then let the disk fill up."""
    house.painter.may_paint.clear()
    await house.chat.say("/imagine one", author=BOB)
    await house.painter.asked.until(lambda: len(house.painter.orders) == 1)
    await house.chat.say("/imagine two")
    disk.fill(but_bytes=TOO_LITTLE)
    house.painter.may_paint.set()
    await house.chat.until_shown()


async def until_logged(logged: Sequence[MutableMapping[str, Any]], event: str) -> None:
    """Wait until there is a line. Nothing tells that a line was written, so each turn of the loop looks."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not any(line["event"] == event for line in logged):  # noqa: ASYNC110 - nothing rings for a line
            await asyncio.sleep(0)


async def test_a_job_waits_for_room_without_a_bill(disk: SmallDisk) -> None:
    with capture_logs() as logged:
        async with open_house(disk.folder) as house:
            await waiting_for_room(house, disk)
            await until_logged(logged, "disk-full")
            [job] = (await house.store.view(RequestId(2))).jobs
            assert (job.state, len(house.painter.orders)) == (JobState.QUEUED, 1)
            disk.make_room()
            await house.chat.until_shown(times=2)
            assert (len(house.painter.orders), await house.credits_left()) == (2, 18)
    told = [line["event"] for line in logged if line["event"].startswith("disk-")]
    assert told == ["disk-full", "disk-has-room"]


async def test_new_requests_are_refused_in_a_sentence_and_not_charged(disk: SmallDisk) -> None:
    with capture_logs() as logged:
        async with open_house(disk.folder) as house:
            await house.chat.say("/imagine a fox")
            shown = await house.chat.until_shown()
            disk.fill(but_bytes=TOO_LITTLE)
            for times in range(1, 6):
                await house.chat.say("/imagine an owl", author=BOB)
                await house.chat.until_said("no-room", times=times)
            await house.chat.press(shown, Verb.AGAIN)
            assert (await house.credits_left("bob"), len(house.painter.orders)) == (20, 1)
            disk.make_room()
            await house.chat.say("/imagine an owl", author=BOB)
            await house.chat.until_shown(times=2)
    assert [line["event"] for line in logged if line["event"].startswith("disk-")] == ["disk-full", "disk-has-room"]


async def test_a_job_that_waits_for_room_can_be_cancelled(disk: SmallDisk) -> None:
    async with open_house(disk.folder) as house:
        await waiting_for_room(house, disk)
        await house.chat.say("/cancel")
        await house.chat.until_said("status-cancelled")
        assert await house.credits_left() == 20


async def test_an_event_that_could_not_be_written_down_is_not_acknowledged(tmp_path: Path) -> None:
    async with open_house(tmp_path, failing=["accept", "credits_left"]) as house:
        for words in ("/imagine a fox", "/credits"):
            with pytest.raises(StoreUnavailable):
                await house.chat.say(words, key=words)
        assert not house.chat.said
        await house.chat.say("/imagine a fox", key="/imagine a fox")  # the platform delivers it again
        await house.chat.until_shown()
        assert await house.credits_left() == 18


async def test_requests_that_may_have_been_billed_before_count(tmp_path: Path) -> None:
    async with open_house(tmp_path, jobs={"most_at_once": 1, "grace_seconds": 0, "max_attempts": 3}) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.painter.asked.until(lambda: len(house.painter.orders) == 1)
        await house.chat.until_said("status-painting")
    painter = FakePainter(png())
    async with open_house(tmp_path, chat=FakeChat(), painter=painter, jobs={"max_attempts": 3}) as house:
        await house.chat.until_shown()
    assert [order.attempts_left for order in painter.orders] == [2]


async def test_what_was_asked_for_often_enough_is_not_asked_for_again(tmp_path: Path) -> None:
    """The owner has lowered the number meanwhile."""
    async with open_house(tmp_path, jobs={"most_at_once": 1, "grace_seconds": 0, "max_attempts": 3}) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        await house.store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3)
    async with open_house(tmp_path, chat=FakeChat(), jobs={"max_attempts": 1}) as house:
        await house.chat.until_said("fault-interrupted")
        assert (house.painter.orders, await house.credits_left()) == ([], 20)
