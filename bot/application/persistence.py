"""Retries: nobody may lose a picture because the disk is full or the database is locked for a while."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from bot.domain.errors import StoreUnavailable
from bot.ports import Clock

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

PASSING: tuple[type[Exception], ...] = (StoreUnavailable, OSError)
"""Faults that a retry can fix: the database is locked or cannot be reached, or the disk is full."""

Done = TypeVar("Done")


async def until_done(
    action: Callable[[], Awaitable[Done]],
    clock: Clock,
    *,
    what: str,
    also: tuple[type[Exception], ...] = (),
) -> Done:
    """Run an action, and retry it with backoff until it succeeds. Raises a fault that a retry cannot fix.

    The action must be safe to repeat. It is retried after faults of `PASSING` and of `also`. Every state change in the
    store names the state it expects. So a change that was made although its caller saw a fault is not made twice.
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
    """Run actions in order until one succeeds; each is retried as in `until_done`. Raises what the last one raises.

    All actions write the same fact. Each later one writes fewer details that the store could refuse.
    """
    *fuller, barest = actions
    for action in fuller:
        try:
            return await until_done(action, clock, what=what)
        except Exception:
            log.exception("refused-for-good", what=what)
    return await until_done(barest, clock, what=what)
