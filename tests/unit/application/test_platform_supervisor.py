"""Platforms are kept running, each by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.application.platform_supervisor import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    SERVED_LONG_ENOUGH,
    Health,
    PlatformSupervisor,
)
from bot.domain.chat import Address, Member
from bot.domain.errors import OwnerNeeded, PlatformDown, TokenRejected
from bot.domain.events import Event
from bot.ports import Conversation, Handle, Serving
from tests.fakes.clock import FakeClock

STEPS = 1000
WRONG_TOKEN = TokenRejected("nobody knows the token")


async def ignore(_: Event, __: Conversation) -> None:
    return


class Platform:
    """Ends as it is told to, one time after the other, and after that serves until it is cancelled."""

    def __init__(self, *ends: BaseException | None, serves_first: bool = False, is_held: bool = False) -> None:
        self.runs = 0
        self.is_served = False
        self.is_closed = False
        self._ends = list(ends)
        self._serves_first = serves_first
        self.lets_end = asyncio.Semaphore(0 if is_held else len(ends))

    async def run(self, _: Handle, serving: Serving) -> None:
        self.runs += 1
        if self._serves_first or not self._ends:
            serving()
        if not self._ends:
            self.is_served = True
            try:
                await asyncio.Event().wait()
            finally:
                self.is_served, self.is_closed = False, True
        await self.lets_end.acquire()
        end = self._ends.pop(0)
        if end is not None:
            raise end

    def private(self, member: Member, near: Address) -> None:
        return

    def has_run(self, times: int) -> bool:
        return self.runs == times

    def conversation(self, address: Address) -> Conversation:
        raise NotImplementedError(address)


class HeldClock(FakeClock):
    """Waiting takes until the test lets it end."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.is_over.wait()


async def until(condition: Callable[[], object]) -> None:
    for _ in range(STEPS):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came about")


@asynccontextmanager
async def supervised(
    clock: FakeClock | None = None, **platforms: Platform
) -> AsyncIterator[tuple[PlatformSupervisor, asyncio.Task[None], list[EventDict]]]:
    supervisor = PlatformSupervisor(platforms, clock or FakeClock(), chance=lambda: 0)
    with capture_logs() as logs:
        task = asyncio.create_task(supervisor.run(ignore))
        try:
            yield supervisor, task, logs
        finally:
            task.cancel()
            await asyncio.wait({task})


def said(logs: Sequence[EventDict], event: str) -> list[str]:
    return [log["platform"] for log in logs if log["event"] == event]


async def test_one_that_fails_is_started_again_and_takes_no_other_down() -> None:
    weak, strong, clock = Platform(*[RuntimeError("a defect")] * 9), Platform(), FakeClock()
    async with supervised(clock, weak=weak, strong=strong) as (supervisor, _, logs):
        await until(lambda: weak.is_served)
        assert strong.is_served
        assert strong.runs == 1
        assert {name: state.health for name, state in supervisor.states.items()} == {
            "weak": Health.SERVING,
            "strong": Health.SERVING,
        }
    assert clock.slept == [1, 2, 4, 8, 16, 32, 64, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    assert said(logs, "platform-down") == ["weak"]
    assert said(logs, "platform-up") == ["strong", "weak"]


async def test_what_is_down_says_why_and_since_when() -> None:
    clock = HeldClock()
    began = clock.now()
    async with supervised(clock, weak=Platform(PlatformDown("not reached")), strong=Platform()) as (
        supervisor,
        _,
        logs,
    ):
        await until(lambda: clock.slept)
        state = supervisor.states["weak"]
        assert (state.health, state.since, state.reason) == (Health.DOWN, began, "not reached")
    assert [log["reason"] for log in logs if log["event"] == "platform-down"] == ["not reached"]


async def test_another_reason_is_told_too() -> None:
    ends = [PlatformDown("not reached"), PlatformDown("not reached"), PlatformDown("full")]
    async with supervised(weak=(weak := Platform(*ends))) as (_, _, logs):
        await until(lambda: weak.is_served)
    assert [log["reason"] for log in logs if log["event"] == "platform-down"] == ["not reached", "full"]


async def test_pauses_begin_anew_after_it_has_served_for_a_while() -> None:
    clock, weak = FakeClock(), Platform(*[PlatformDown("gone")] * 4, serves_first=True, is_held=True)
    async with supervised(clock, weak=weak):
        for run, served in enumerate((timedelta(), timedelta(), SERVED_LONG_ENOUGH * 2, timedelta()), start=1):
            await until(partial(weak.has_run, run))
            clock.time += served
            weak.lets_end.release()
        await until(lambda: weak.is_served)
    assert clock.slept == [FIRST_PAUSE_SECONDS, 2, FIRST_PAUSE_SECONDS, 2]


async def test_a_pause_is_shortened_by_chance_and_never_made_longer() -> None:
    clock = FakeClock()
    weak = Platform(*[PlatformDown("gone")] * 3)
    supervisor = PlatformSupervisor({"weak": weak}, clock, chance=lambda: 1)
    task = asyncio.create_task(supervisor.run(ignore))
    await until(lambda: weak.is_served)
    task.cancel()
    await asyncio.wait({task})
    assert clock.slept == [0.75, 1.5, 3]


async def test_alone_and_in_need_of_its_owner_it_ends_the_program() -> None:
    async with supervised(only=Platform(WRONG_TOKEN)) as (_, task, _):
        await asyncio.wait({task})
        with pytest.raises(ExceptionGroup) as caught:
            await task
        assert caught.group_contains(TokenRejected, match="nobody knows the token")


async def test_two_that_both_need_their_owner_end_the_program() -> None:
    async with supervised(one=Platform(WRONG_TOKEN), two=Platform(OwnerNeeded("taken"))) as (_, task, logs):
        await asyncio.wait({task})
        assert isinstance(task.exception(), ExceptionGroup)
    assert sorted(said(logs, "platform-down")) == ["one", "two"]


async def test_beside_one_that_serves_it_waits_for_its_owner_and_is_tried_at_the_longest_pause() -> None:
    clock, weak, strong = FakeClock(), Platform(*[WRONG_TOKEN] * 3), Platform()
    async with supervised(clock, strong=strong, weak=weak) as (_, _, logs):
        await until(lambda: weak.is_served)
        assert strong.is_served
    assert clock.slept == [LONGEST_PAUSE_SECONDS] * 3
    assert [log["log_level"] for log in logs if log["event"] == "platform-down"] == ["error"]


async def test_one_that_has_served_does_not_end_the_program_when_its_token_is_taken_back() -> None:
    weak = Platform(WRONG_TOKEN, serves_first=True)
    async with supervised(only=weak) as (_, task, _):
        await until(lambda: weak.is_served)
        assert not task.done()


@pytest.mark.parametrize(
    "end",
    [
        None,
        asyncio.CancelledError(),
        ExceptionGroup("several", [RuntimeError("a defect"), OSError("broken")]),
        BaseExceptionGroup("several", [asyncio.CancelledError(), RuntimeError("a defect")]),
    ],
)
async def test_however_it_ends_it_is_started_again(end: BaseException | None) -> None:
    async with supervised(weak=(weak := Platform(end))) as (_, _, logs):
        await until(lambda: weak.is_served)
    assert said(logs, "platform-down") == ["weak"]


async def test_a_need_of_the_owner_is_found_in_a_group() -> None:
    end = ExceptionGroup("several", [RuntimeError("a defect"), ExceptionGroup("more", [WRONG_TOKEN])])
    async with supervised(only=Platform(end)) as (_, task, _):
        await asyncio.wait({task})
        assert isinstance(task.exception(), ExceptionGroup)


async def test_a_stop_closes_what_serves_and_does_not_wait_for_a_pause() -> None:
    clock, strong = HeldClock(), Platform()
    async with supervised(clock, weak=Platform(PlatformDown("gone")), strong=strong) as (_, task, _):
        await until(lambda: clock.slept and strong.is_served)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
    assert strong.is_closed
    assert not clock.is_over.is_set()
