"""Trying again: a disk that is full or a database that is locked for a while must cost nobody a picture."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from bot.domain.errors import StoreUnavailable
from bot.ports import Clock

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

PASSING: tuple[type[Exception], ...] = (StoreUnavailable, OSError)
"""Faults that another try can mend: the database is locked or not reached, the disk is full."""

Done = TypeVar("Done")


async def until_done(
    action: Callable[[], Awaitable[Done]],
    clock: Clock,
    *,
    what: str,
    also: tuple[type[Exception], ...] = (),
) -> Done:
    """Do something that is safe to repeat until it is done. What another try cannot mend is raised.

    Repeated are `PASSING` faults, and those of `also`. Every move in the store names the state it expects, so one that
    was done although its caller saw a fault is not done twice.
    """
    pause, repeated = FIRST_PAUSE_SECONDS, (*PASSING, *also)
    while True:
        try:
            return await action()
        except repeated:
            log.exception("trying-again", what=what, after_seconds=pause)
        await clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def first_taken(actions: Sequence[Callable[[], Awaitable[Done]]], clock: Clock, *, what: str) -> Done:
    """Do the first of several actions that can be done, each until it is done. Raises what the last one raises.

    They say the same with less and less that a store could refuse.
    """
    *fuller, barest = actions
    for action in fuller:
        try:
            return await until_done(action, clock, what=what)
        except Exception:
            log.exception("refused-for-good", what=what)
    return await until_done(barest, clock, what=what)
