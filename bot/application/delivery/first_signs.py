"""Shows the first signs of a request: an activity indicator ("typing…"), so that a status can come later or never."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from bot.application.delivery.outcomes import ACTIVITY_EVERY_SECONDS
from bot.application.delivery.rush import Rush
from bot.application.delivery.statuses import Statuses
from bot.domain.errors import Forbidden, PlatformFault
from bot.domain.requests.request_view import RequestView
from bot.ports import Clock, Conversation, Store

GATHERING_SECONDS = 0.5
"""The delay of a status in a chat with an activity indicator. After it we know whether many requests came at once, and
a picture that was painted faster needs no status."""

QUIET_SECONDS = 20.0
"""How long requests in a rush get only an acknowledgement and the activity indicator. Most have their picture by
then."""


class FirstSigns:
    """Shows the first signs, and waits until it is time for a status."""

    def __init__(self, store: Store, statuses: Statuses, clock: Clock) -> None:
        self._store = store
        self._statuses = statuses
        self._clock = clock
        self._rush = Rush(clock)

    async def show_alone(self, conversation: Conversation, view: RequestView, woken: asyncio.Event) -> RequestView:
        """Show signs and no status for a short time, or longer in a rush. Then, or at its end, return the request.

        If the chat forbids the signs, a status comes at once: it finds out whether we may still post there.
        """
        begun_at = self._rush.begins()
        view = await self._after(GATHERING_SECONDS, view, woken)
        if view.is_open and self._rush.was_at(begun_at):
            await self._statuses.acknowledge(conversation, view)
            until = self._clock.now() + timedelta(seconds=QUIET_SECONDS)
            while 0 < (until - self._clock.now()).total_seconds() <= QUIET_SECONDS:  # more: the clock was set back
                view = await self._after(ACTIVITY_EVERY_SECONDS, view, woken)
                if not view.is_open or await _is_activity_forbidden(conversation):
                    break
        return view

    async def _after(self, seconds: float, view: RequestView, woken: asyncio.Event) -> RequestView:
        """Wait so many seconds, or until the request has ended, and return it. It is read only when it has changed."""
        until = self._clock.now() + timedelta(seconds=seconds)
        while view.is_open and 0 < (left := (until - self._clock.now()).total_seconds()) <= seconds:
            if await is_woken(woken, self._clock, left):
                woken.clear()
                view = await self._store.view(view.id)
        return view


async def show_activity(conversation: Conversation) -> None:
    """Show the activity indicator. A `PlatformFault` is ignored."""
    with suppress(PlatformFault):
        await conversation.show_activity()


async def _is_activity_forbidden(conversation: Conversation) -> bool:
    """Show the activity indicator. Return whether the chat forbids it; any other `PlatformFault` is ignored."""
    try:
        await conversation.show_activity()
    except PlatformFault as fault:
        return isinstance(fault, Forbidden)
    return False


async def is_woken(woken: asyncio.Event, clock: Clock, most: float | None) -> bool:
    """Wait for an event, at most `most` seconds. Return whether it was set."""
    waking = asyncio.ensure_future(woken.wait())
    paced = None if most is None else asyncio.ensure_future(clock.sleep(most))
    try:
        await asyncio.wait({waking, paced} if paced else {waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waking.cancel()
        if paced:
            paced.cancel()
    return woken.is_set()
