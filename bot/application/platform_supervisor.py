"""Keeps the chat platforms running, each by itself: one that fails is started again, and takes no other down.

An adapter repeats a request that has failed. Whatever it cannot go on after ends its `run`, and is repeated here; no
adapter has a loop of its own for that.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import TypeVar

import structlog

from bot.domain.errors import OwnerNeeded, PlantainError, PlatformDown
from bot.ports import ChatPlatform, Clock, Handle

log = structlog.get_logger()

Fault = TypeVar("Fault", bound=PlantainError)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 120.0
"""So a platform that is back is served within two minutes, and a refused token is tried 720 times a day: Discord
allows a thousand logins."""

JITTER = 0.25
"""Up to this share of a pause is left out, so that many bots do not come back to a platform at the same moment."""

SERVED_LONG_ENOUGH = timedelta(minutes=5)
"""A platform that served so long and then fails is restarted after the first pause again."""


class Health(Enum):
    """Whether a platform is served."""

    STARTING = "starting"
    SERVING = "serving"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """How a platform is, since when, and for one that is down why."""

    health: Health
    since: datetime
    reason: str = ""


class PlatformSupervisor:
    """Runs platforms. `chance` gives numbers from 0 to 1."""

    def __init__(
        self, platforms: Mapping[str, ChatPlatform], clock: Clock, *, chance: Callable[[], float] = random.random
    ) -> None:
        self._platforms = platforms
        self._clock = clock
        self._chance = chance
        self._states = {name: PlatformState(health=Health.STARTING, since=clock.now()) for name in platforms}
        self._wait_for_owner: set[str] = set()
        self._has_served = False

    @property
    def states(self) -> Mapping[str, PlatformState]:
        """How each platform is now."""
        return dict(self._states)

    async def run(self, handle: Handle) -> None:
        """Run every platform until cancelled.

        Raises `OwnerNeeded`, in a group, if nothing was ever served and nothing can be before the owner mends it.
        """
        async with asyncio.TaskGroup() as group:
            for name, platform in self._platforms.items():
                group.create_task(self._keep_running(name, platform, handle))

    async def _keep_running(self, name: str, platform: ChatPlatform, handle: Handle) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            fault = await _end_of(platform, handle, partial(self._note_serving, name))
            if self._has_served_long(name):
                pause = FIRST_PAUSE_SECONDS
            self._note_down(name, fault)
            if (needed := _find(fault, OwnerNeeded)) is not None:
                self._wait_for_owner.add(name)
                if not self._has_served and len(self._wait_for_owner) == len(self._platforms):
                    raise needed
                pause = LONGEST_PAUSE_SECONDS
            await self._clock.sleep(pause * (1 - JITTER * self._chance()))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _note_serving(self, name: str) -> None:
        self._has_served = True
        self._wait_for_owner.discard(name)
        if self._states[name].health is not Health.SERVING:
            log.info("platform-up", platform=name)
            self._states[name] = PlatformState(health=Health.SERVING, since=self._clock.now())

    def _note_down(self, name: str, fault: BaseException) -> None:
        """Say once that a platform is down; once more only when it is for another reason."""
        before, known = self._states[name], _find(fault, PlantainError)
        reason = str(known) if known else type(fault).__name__
        if before.health is Health.DOWN and before.reason == reason:
            return
        # What we do not know is a defect, ours or a library's: its traceback is wanted.
        log.error("platform-down", platform=name, reason=reason, exc_info=None if known else fault)
        since = before.since if before.health is Health.DOWN else self._clock.now()
        self._states[name] = PlatformState(health=Health.DOWN, since=since, reason=reason)

    def _has_served_long(self, name: str) -> bool:
        state = self._states[name]
        return state.health is Health.SERVING and self._clock.now() - state.since > SERVED_LONG_ENOUGH


async def _end_of(platform: ChatPlatform, handle: Handle, serving: Callable[[], None]) -> BaseException:
    """Run a platform to its end, and give the fault that ended it. When cancelled, the platform is closed first."""
    # In a task of its own: a platform that cancels itself must not be taken for one that we have stopped.
    task = asyncio.create_task(platform.run(handle, serving))
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.warning("platform-not-closed-cleanly", fault=type(fault).__name__)
        raise
    if task.cancelled():
        return PlatformDown("it was cancelled from inside")
    return task.exception() or PlatformDown("it ended by itself")


def _find(fault: BaseException, kind: type[Fault]) -> Fault | None:
    """The fault itself if it is of this kind, or the first such one of a group."""
    if isinstance(fault, kind):
        return fault
    if isinstance(fault, BaseExceptionGroup):
        return next((found for each in fault.exceptions if (found := _find(each, kind))), None)
    return None
