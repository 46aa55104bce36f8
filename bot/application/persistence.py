"""Trying again: a disk that is full or a database that is locked for a while must cost nobody a picture."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.domain.errors import PlantainError
from bot.ports import Clock

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

Done = TypeVar("Done")


async def until_done(
    action: Callable[[], Awaitable[Done]],
    clock: Clock,
    *,
    what: str,
    unless: type[PlantainError] = PlantainError,
) -> Done:
    """Do something that is safe to repeat until it is done; faults that another try cannot mend (`unless`) pass.

    Every move in the store names the state it expects, so one that was done although its caller saw a fault is not
    done twice.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await action()
        except unless:
            raise
        except Exception:
            log.exception("trying-again", what=what, after_seconds=pause)
        await clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
