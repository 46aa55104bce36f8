"""Keeps the chat platforms running. A platform that fails is restarted, and does not stop the others.

An adapter retries single requests itself. A fault that it cannot recover from ends its `run`, and the supervisor
restarts it with backoff. So no adapter needs a restart loop of its own.
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
"""A platform that is back is served within two minutes. A refused token is tried 720 times a day; Discord allows a
thousand logins a day."""

JITTER = 0.25
"""Each pause is shortened by up to this share, at random, so that many bots do not return to a platform at once."""

SERVED_LONG_ENOUGH = timedelta(minutes=5)
"""If a platform fails after it served longer than this, the backoff starts again with the first pause."""


class Health(Enum):
    """The state of a platform's connection."""

    STARTING = "starting"
    SERVING = "serving"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """A platform's health, the time it began, and the reason if the platform is down."""

    health: Health
    since: datetime
    reason: str = ""


class PlatformSupervisor:
    """Runs the platforms and restarts those that fail. `chance` returns random numbers from 0 to 1, for the jitter."""

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
        """The present state of each platform."""
        return dict(self._states)

    async def run(self, handle: Handle) -> None:
        """Run every platform until cancelled.

        Raises `OwnerNeeded`, in an exception group, if no platform was ever served and each needs the owner to fix it.
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
        """Log that a platform is down. It is logged again only when the reason changes."""
        before, known = self._states[name], _find(fault, PlantainError)
        reason = str(known) if known else type(fault).__name__
        if before.health is Health.DOWN and before.reason == reason:
            return
        # An unknown exception is a bug, ours or a library's: log its traceback.
        log.error("platform-down", platform=name, reason=reason, exc_info=None if known else fault)
        since = before.since if before.health is Health.DOWN else self._clock.now()
        self._states[name] = PlatformState(health=Health.DOWN, since=since, reason=reason)

    def _has_served_long(self, name: str) -> bool:
        state = self._states[name]
        return state.health is Health.SERVING and self._clock.now() - state.since > SERVED_LONG_ENOUGH


async def _end_of(platform: ChatPlatform, handle: Handle, serving: Callable[[], None]) -> BaseException:
    """Run a platform until it ends, and return the fault that ended it. When cancelled, close the platform first."""
    # It runs in its own task, to tell a platform that cancels itself from one that we cancel.
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
    """Return the fault if it is of this kind, or the first such fault of an exception group; else None."""
    if isinstance(fault, kind):
        return fault
    if isinstance(fault, BaseExceptionGroup):
        return next((found for each in fault.exceptions if (found := _find(each, kind))), None)
    return None
