"""Delivery: the only code that posts status messages and results.

One task for each request shows the request as its rows are now. All other code changes rows and calls `wake`. So a late
"painting" can never overwrite a picture. What is not delivered when the process ends is delivered at the next start.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial

import structlog

from bot.application.delivery import messages
from bot.application.delivery.first_signs import FirstSigns, is_woken, show_activity
from bot.application.delivery.outcomes import NotBegun, Outcomes
from bot.application.delivery.status_texts import ASKED, LATER, StatusTexts, Told
from bot.application.delivery.statuses import Statuses
from bot.application.painting.queue_estimate import QueueEstimate
from bot.application.persistence import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, until_done
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import Abilities, OutgoingMessage
from bot.domain.errors import AddressUnreadable, Forbidden, MemberFault, PlatformFault
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import CHAT_CLOSED, DeliveryState, RequestId
from bot.ports import ChatPlatform, Clock, Conversation, Store

log = structlog.get_logger()

DEFECT_TRIES = 4
"""How often a delivery is tried if a bug of ours makes it fail. More tries could post the same picture many times."""

LOOK_AGAIN_SECONDS = 20.0
"""The pause before a status is tried again that could not be shown, for example because of a rate limit."""

Spawn = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]


class Deliveries:
    """Runs one task for each request that is not delivered yet."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, ChatPlatform],
        catalogue: ModelCatalog,
        statuses: Statuses,
        texts: StatusTexts,
        outcomes: Outcomes,
        turns: QueueEstimate,
        clock: Clock,
        *,
        spawn: Spawn,
    ) -> None:
        self._store = store
        self._statuses = statuses
        self._texts = texts
        self._outcomes = outcomes
        self._turns = turns
        self._platforms = platforms
        self._catalogue = catalogue
        self._clock = clock
        self._spawn = spawn
        self._signs = FirstSigns(store, statuses, clock)
        self._woken: dict[RequestId, asyncio.Event] = {}
        self._tasks: dict[RequestId, asyncio.Task[None]] = {}

    def wake(self, request: RequestId, view: RequestView | None = None) -> None:
        """Show a request that has changed, and start its task if none runs. `view` is its present state, if known."""
        self._turns.moved()
        if request in self._woken:
            self._woken[request].set()
            return
        self._woken[request] = asyncio.Event()
        self._tasks[request] = self._spawn(self._deliver(request, view))

    def begin(self, request: RequestId) -> None:
        """Note that a request was accepted just now. For any other request, an earlier process may have posted."""
        self._statuses.begin(request)

    async def wake_all(self) -> None:
        """Resume every request whose outcome is still due or whose status is still posted. Called at the start."""
        for request in await self._store.undelivered():
            self.wake(request)

    async def finish_ended(self, *, seconds: float) -> None:
        """Wait, at most `seconds`, until every request that has ended is delivered. The others stay due.

        In the second half of that time no delivery begins, so that those that have begun can finish.
        """
        ended = []
        for request in await self._store.undelivered(only_ended=True):
            if request in self._tasks:
                ended.append(self._tasks[request])
                self.wake(request)  # the code that ended it may have had no time to wake it
        for _ in range(2):
            if ended:
                await asyncio.wait(ended, timeout=seconds / 2)
            self._outcomes.begin_no_more()

    async def _deliver(self, request: RequestId, view: RequestView | None) -> None:
        try:
            with suppress(NotBegun):
                await self._see_through(request, [view] if view else [])
                while self._woken[request].is_set():  # a button was pressed during the last edit
                    self._woken[request].clear()
                    await self._see_through(request, [])
        finally:
            self._turns.forget(request)
            self._statuses.forget(request)
            del self._woken[request], self._tasks[request]

    async def _see_through(self, request: RequestId, known: list[RequestView]) -> None:
        """Follow a request until its delivery has a final state. Raises `MemberFault` if the request does not exist.

        If a bug of ours strikes while the request is open, its status is no longer updated. If a bug makes the delivery
        of the outcome fail `DEFECT_TRIES` times, the outcome becomes undeliverable. Raises `NotBegun` if the program
        ends before anything of the outcome was sent.
        """
        woken = self._woken[request]
        follow = partial(self._follow, request, woken, known)
        for attempt in range(DEFECT_TRIES):
            try:
                # `PlatformFault` too: retry if even the platform's abilities cannot be read.
                await until_done(follow, self._clock, what="deliver", also=(PlatformFault,))
            except (MemberFault, NotBegun):
                raise
            except Exception:
                log.exception("delivery-failed", request=request)
            else:
                return
            await until_done(partial(self._until_ended, request, woken), self._clock, what="wait for the outcome")
            await self._clock.sleep(FIRST_PAUSE_SECONDS * 4**attempt)
        await self._outcomes.give_up(await self._store.view(request))

    async def _until_ended(self, request: RequestId, woken: asyncio.Event) -> None:
        view = await self._store.view(request)
        while view.is_open:
            view = await self._next_change(view, woken, LONGEST_PAUSE_SECONDS)

    async def _follow(self, request: RequestId, woken: asyncio.Event, known: list[RequestView]) -> None:
        """Show a request until its outcome is delivered or undeliverable. Then remove its status.

        `known` holds its state at the beginning, or is empty.
        """
        view = known.pop() if known else await self._store.view(request)
        if view.delivery is not DeliveryState.DUE and view.status_ref is None and not view.is_status_lost:
            return  # a platform sent an old event again
        platform = self._platforms.get(view.member.platform)
        if platform is None:
            log.warning("platform-not-configured", platform=view.member.platform, request=request)
            return
        try:
            conversation = platform.conversation(view.address)
        except AddressUnreadable as fault:
            log.error("address-unreadable", request=request, reason=str(fault))  # noqa: TRY400 - it says all there is
            await self._store.fail_queued(request, CHAT_CLOSED)  # what is not painted yet need not be paid
            await self._until_ended(request, woken)
            await self._outcomes.give_up(await self._store.view(request))
            return
        posted = None
        if view.delivery is DeliveryState.DUE:
            abilities = await conversation.abilities()
            view = await self._show_while_open(conversation, view, woken, abilities)
            posted = await self._outcomes.bring(platform, conversation, view, abilities)
        lost = messages.asked(view, self._catalogue, None)
        outcome = posted.ref if posted else view.outcome_ref
        await self._statuses.remove(conversation, view, lost, outcome=outcome)

    async def _show_while_open(
        self, conversation: Conversation, view: RequestView, woken: asyncio.Event, abilities: Abilities
    ) -> RequestView:
        """Update the status each time the request changes. Return the request when it has ended."""
        told: Told | None = None
        if view.is_open and not view.is_offered:
            self._spawn(show_activity(conversation))
            if abilities.shows_activity and view.status_ref is None:
                view = await self._signs.show_alone(conversation, view, woken)
        while view.is_open:
            message, tells = await self._texts.compose(view, abilities, woken.set)
            if tells != told and await self._is_shown(conversation, view, message, woken):
                told = tells
            if told == ASKED:
                view = await self._store.view(view.id)
                if view.status_ref is not None:  # it was posted and can be edited now: say more at once
                    told = None
                    continue
            # A status that could not be shown is tried again after a while.
            most = None if tells == told else LOOK_AGAIN_SECONDS
            if abilities.changes_until is not None and tells != LATER:
                left = max(0.0, (abilities.changes_until - self._clock.now()).total_seconds())
                most = left if most is None else min(most, left)
            view = await self._next_change(view, woken, most)
        return view

    async def _is_shown(
        self, conversation: Conversation, view: RequestView, message: OutgoingMessage, woken: asyncio.Event
    ) -> bool:
        """Post or edit the status. If we may not post in the chat, fail the waiting jobs: nobody would see them."""
        try:
            return await self._statuses.show(conversation, view, message)
        except Forbidden:
            log.info("chat-closed", request=view.id)
            await self._store.fail_queued(view.id, CHAT_CLOSED)  # what is not painted yet need not be paid
            woken.set()
            return True

    async def _next_change(self, view: RequestView, woken: asyncio.Event, most: float | None) -> RequestView:
        """Wait until the request is woken, at most `most` seconds, and read it again. An open offer may expire here."""
        if view.is_offered and view.offered_until is not None:
            most = max(0.0, (view.offered_until - self._clock.now()).total_seconds())
        await is_woken(woken, self._clock, most)
        woken.clear()
        if view.is_offered:
            await self._store.expire_offer(view.id)
        return await self._store.view(view.id)
