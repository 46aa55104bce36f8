"""How fast the adapter writes: Telegram never has to ask it to slow down, and statuses never hold up a result."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from telegram.error import RetryAfter

from adapters.telegram.sending import pacing
from adapters.telegram.sending.pacing import Pace
from bot.domain.errors import Dropped
from tests.fakes.time import Time
from tests.simulators.telegram.faults import FloodControl
from tests.simulators.telegram.refusals import Refused

GROUP, PRIVATE = -1001, 7001
INSTANT = 0.01


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(now=time.now, sleep=time.sleep)


async def write(
    pace: Pace, chat: int, count: int = 1, *, sending: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Write so many messages at once."""
    async with pace.permits(chat, count) as permits, permits.leaving(count):
        if sending is not None:
            await sending()


async def status(pace: Pace, chat: int) -> bool:
    """Write what may be left out. Return whether it was written."""
    try:
        async with pace.spare_permit(chat) as permits, permits.leaving():
            return True
    except Dropped:
        return False


@pytest.mark.parametrize("chat", [GROUP, PRIVATE])
@pytest.mark.parametrize("many", [1, 2, 3])
async def test_what_waits_for_its_turn_is_never_too_fast(pace: Pace, time: Time, *, chat: int, many: int) -> None:
    flood, arrived = FloodControl(clock=time.now), 0

    async def arrive() -> None:
        nonlocal arrived
        flood.check(chat, many)  # raises where Telegram would refuse
        arrived += 1

    async def write_all() -> None:
        for _ in range(60):
            await write(pace, chat, many, sending=arrive)

    await time.run(write_all())
    assert arrived == 60


async def test_an_album_that_is_larger_than_the_window_has_it_to_itself(pace: Pace, time: Time) -> None:
    flood = FloodControl(clock=time.now)

    async def arrive() -> None:
        try:
            flood.check(GROUP, 10)
        except Refused as refusal:
            pytest.fail(str(refusal))

    await time.run(*(write(pace, GROUP, 10, sending=arrive) for _ in range(5)))


async def test_the_first_messages_of_a_chat_do_not_wait(pace: Pace, time: Time) -> None:
    await time.run(*(write(pace, GROUP) for _ in range(3)))
    assert time.seconds < INSTANT
    await time.run(write(pace, GROUP))
    assert 1 <= time.seconds < 1.1


async def test_after_the_first_messages_one_a_second_leaves_however_long_each_is_under_way(
    pace: Pace, time: Time
) -> None:
    flood = FloodControl(clock=time.now)

    async def arrive() -> None:
        await time.sleep(0.15)
        flood.check(GROUP)
        await time.sleep(0.15)

    await time.run(*(write(pace, GROUP, sending=arrive) for _ in range(20)))
    assert 17 < time.seconds < 18.5


@pytest.mark.parametrize("seed", range(5))
async def test_no_second_at_telegram_has_more_than_thirty_however_unevenly_requests_arrive(
    pace: Pace, time: Time, seed: int
) -> None:
    """The first ones wait for connections to be opened, and arrive together with those behind them."""
    flood, started = FloodControl(clock=time.now), 0
    chances = random.Random(seed)  # noqa: S311 - delays, no secret

    async def arrive(chat: int) -> None:
        nonlocal started
        started += 1
        await time.sleep(chances.uniform(0.4, 0.9) if started <= 28 else chances.uniform(0.0, 0.1))
        flood.check(chat)
        await time.sleep(chances.uniform(0.0, 0.05))

    await time.run(*(write(pace, chat, sending=partial(arrive, chat)) for chat in range(1, 151)))
    assert time.seconds < 9


async def test_a_large_file_under_way_holds_up_no_other_chat(pace: Pace, time: Time) -> None:
    async def send_large_file() -> None:
        await time.sleep(100)

    uploads = [asyncio.create_task(write(pace, chat, sending=send_large_file)) for chat in range(1, 29)]
    await time.run(write(pace, 99))
    assert time.seconds < 5
    for task in uploads:
        task.cancel()
    await asyncio.wait(uploads)


async def test_the_turns_of_all_parts_are_taken_together(pace: Pace, time: Time) -> None:
    """Nobody comes in between with what uses the group's minute up."""
    left: list[str] = []

    async def outcome() -> None:
        async with pace.permits(GROUP, 5) as permits:
            async with permits.leaving(4):
                left.append("album")
            async with permits.leaving():
                left.append("words")

    async def others() -> None:
        for number in range(20):
            await write(pace, GROUP)
            left.append(str(number))

    await time.run(outcome(), others())
    assert left.index("words") <= 2


async def test_turns_that_were_not_used_are_given_back(pace: Pace, time: Time) -> None:
    for _ in range(30):
        async with pace.permits(GROUP, 20):
            pass
    assert time.seconds < INSTANT


async def test_whoever_waits_and_gives_up_takes_no_turn(pace: Pace, time: Time) -> None:
    await time.run(*(write(pace, PRIVATE) for _ in range(3)))
    waiting = [asyncio.create_task(write(pace, PRIVATE)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await time.run(*(write(pace, PRIVATE) for _ in range(3)))
    assert time.seconds < 3.5


async def test_what_telegram_refused_keeps_its_turn(pace: Pace, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # as `make_bot` has it
    async with pace.permits(GROUP, 1) as permits:
        with pytest.raises(RetryAfter):
            async with permits.leaving():
                raise RetryAfter(timedelta(seconds=1))
        pace.close(GROUP, 1)

        async def again() -> None:
            async with permits.leaving():
                pass

        await time.run(again())
    assert time.seconds == pytest.approx(1, abs=INSTANT)


# What may be left out


async def test_statuses_leave_room_for_results_in_a_group(pace: Pace, time: Time) -> None:
    shown = 0
    while time.seconds < 59:
        shown += await status(pace, GROUP)
        time.seconds += 3
    assert 8 <= shown <= 12
    before = time.seconds
    await time.run(*(write(pace, GROUP) for _ in range(6)))
    assert time.seconds - before < 10


async def test_statuses_take_nothing_of_what_the_results_that_will_come_need(pace: Pace, time: Time) -> None:
    for number in range(15):
        pace.expect(GROUP, f"request-{number}")
    shown = 0
    for _ in range(10):
        shown += await status(pace, GROUP)
        time.seconds += 4
    assert shown == 5
    pace.expect_no_more(GROUP, "request-3-outcome")
    assert await status(pace, GROUP)
    assert not await status(pace, GROUP)


async def test_results_that_never_come_are_not_waited_for_for_ever(pace: Pace, time: Time) -> None:
    for number in range(20):
        pace.expect(GROUP, f"request-{number}")
    assert not await status(pace, GROUP)
    time.seconds += 601
    assert await status(pace, GROUP)


async def test_a_status_that_finds_no_turn_is_left_out_and_takes_none(pace: Pace, time: Time) -> None:
    assert [await status(pace, PRIVATE) for _ in range(4)] == [True, True, False, False]
    await time.run(write(pace, PRIVATE))
    assert time.seconds < INSTANT


async def test_what_may_be_left_out_can_wait_a_little(pace: Pace, time: Time) -> None:
    async def say() -> None:
        async with pace.spare_permit(PRIVATE, patience=5) as permits, permits.leaving():
            pass

    await time.run(*(say() for _ in range(4)))
    assert 2 < time.seconds < 3
    with pytest.raises(Dropped):
        await time.run(*(say() for _ in range(8)))


# Where Telegram asks us to wait


async def test_a_chat_that_telegram_closed_is_left_alone_for_so_long(pace: Pace, time: Time) -> None:
    pace.close(GROUP, 30)
    assert not await status(pace, GROUP)
    await time.run(write(pace, PRIVATE))
    assert time.seconds < INSTANT
    await time.run(write(pace, GROUP))
    assert time.seconds == pytest.approx(30, abs=INSTANT)


async def test_a_chat_that_waits_long_holds_up_no_other(pace: Pace, time: Time) -> None:
    pace.close(GROUP, 40)
    waiting = [asyncio.create_task(write(pace, GROUP)) for _ in range(30)]
    await time.run(*(write(pace, chat) for chat in range(1, 57)))
    assert time.seconds < 3
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


# What is remembered


async def test_chats_that_are_idle_are_forgotten(pace: Pace, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MOST_CHATS", 10)
    for chat in range(1, 101):
        await time.run(write(pace, chat))
        time.seconds += 2
    assert pace.remembered <= 10


async def test_a_short_pause_does_not_end_a_long_one(pace: Pace, time: Time) -> None:
    pace.close(GROUP, 30)
    pace.close(GROUP, 1)
    await time.run(write(pace, GROUP))
    assert time.seconds == pytest.approx(30, abs=INSTANT)
