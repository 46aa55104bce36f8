"""How fast the adapter writes: Telegram never has to ask it to slow down, and progress never holds up a result."""

import asyncio

import pytest

from adapters.telegram.pacing import Pace
from tests.simulators.telegram_faults import FloodControl
from tests.simulators.telegram_refusals import Refused

GROUP, PRIVATE = -1001, 7001
INSTANT = 0.01


class Time:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        self.seconds += 0.000_001  # it passes while one looks at it, too
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(now=time.now, sleep=time.sleep)


@pytest.mark.parametrize("chat", [GROUP, PRIVATE])
@pytest.mark.parametrize("count", [1, 2, 3])
async def test_what_waits_for_its_turn_is_never_too_fast(pace: Pace, time: Time, *, chat: int, count: int) -> None:
    flood = FloodControl(clock=time.now)
    for _ in range(60):
        await pace.turn(chat, count)
        flood.check(chat, count)


async def test_an_album_that_is_larger_than_the_window_has_it_to_itself(pace: Pace, time: Time) -> None:
    flood = FloodControl(clock=time.now)
    for _ in range(5):
        await pace.turn(GROUP, 10)
        try:
            flood.check(GROUP, 10)
        except Refused as refusal:
            pytest.fail(str(refusal))


async def test_the_first_messages_of_a_chat_do_not_wait(pace: Pace, time: Time) -> None:
    for _ in range(3):
        await pace.turn(GROUP)
    assert time.seconds < INSTANT


async def test_chats_do_not_wait_for_one_another(pace: Pace, time: Time) -> None:
    for chat in range(1, 25):
        await pace.turn(chat)
    assert time.seconds < INSTANT


async def test_all_chats_together_stay_below_what_a_bot_may_write(pace: Pace, time: Time) -> None:
    for chat in range(1, 29):
        await pace.turn(chat)
    assert time.seconds < INSTANT
    await pace.turn(99)
    assert time.seconds == pytest.approx(1.0, abs=INSTANT)


async def test_progress_leaves_room_for_results_in_a_group(pace: Pace, time: Time) -> None:
    shown = 0
    while time.seconds < 59:
        shown += pace.has_spare(GROUP)
        time.seconds += 3
    assert 8 <= shown <= 12
    before = time.seconds
    for _ in range(6):
        await pace.turn(GROUP)
    assert time.seconds - before < 10


async def test_progress_that_finds_no_turn_is_left_out_and_takes_none(pace: Pace, time: Time) -> None:
    assert [pace.has_spare(PRIVATE) for _ in range(4)] == [True, True, False, False]
    await pace.turn(PRIVATE)
    assert time.seconds < INSTANT


async def test_a_chat_that_telegram_closed_is_left_alone_for_so_long(pace: Pace, time: Time) -> None:
    pace.close(GROUP, 30)
    assert not pace.has_spare(GROUP)
    await pace.turn(PRIVATE)
    assert time.seconds < INSTANT
    await pace.turn(GROUP)
    assert time.seconds == pytest.approx(30, abs=INSTANT)


async def test_a_chat_that_waits_long_holds_up_no_other(time: Time) -> None:
    is_over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds > 10:
            await is_over.wait()
        time.seconds += min(seconds, 10)

    pace = Pace(now=time.now, sleep=sleep)
    pace.close(GROUP, 40)
    waiting = [asyncio.create_task(pace.turn(GROUP)) for _ in range(30)]
    await asyncio.sleep(0)
    for chat in range(1, 57):
        await pace.turn(chat)
    assert time.seconds < 3
    is_over.set()
    await asyncio.gather(*waiting)
