"""Delivery: the only writer of status messages and results.

One task per request shows the request as its rows are now. Everybody else changes rows and calls `wake`; so a late
"painting" can never overwrite a picture. What is not delivered when the process ends is due at the next start.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from functools import partial

import structlog

from bot.application import messages
from bot.application.persistence import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, until_done
from bot.domain.chat import MessageRef, OutgoingMessage
from bot.domain.errors import Forbidden, Gone, MaybeDelivered, MemberFault, PlatformFault, RateLimited, TooLarge
from bot.domain.models import Catalogue
from bot.domain.requests import DeliveryState, JobId, JobState, KnownSource, RequestId, RequestView, Turn, plan_turns
from bot.ports import ChatPlatform, Clock, Conversation, Store

log = structlog.get_logger()

QUEUE_AGE = timedelta(seconds=1)

Spawn = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]


class Deliveries:
    """Keeps one task for each request that is on its way to a chat."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, ChatPlatform],
        catalogue: Catalogue,
        clock: Clock,
        *,
        slots: int,
        spawn: Spawn,
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._catalogue = catalogue
        self._clock = clock
        self._spawn = spawn
        self._turns = _Turns(store, clock, slots)
        self._woken: dict[RequestId, asyncio.Event] = {}
        self._tasks: dict[RequestId, asyncio.Task[None]] = {}

    def wake(self, request: RequestId) -> None:
        """Something about a request has changed; show it."""
        if request in self._woken:
            self._woken[request].set()
            return
        self._woken[request] = asyncio.Event()
        self._tasks[request] = self._spawn(self._deliver(request))

    async def wake_all(self) -> None:
        """At start: take up every request whose outcome is still due."""
        for request in await self._store.undelivered():
            self.wake(request)

    async def finish_ended(self, *, seconds: float) -> None:
        """Wait, but not longer than told, until every request that has ended is delivered; the rest stays due."""
        ended = [task for request, task in list(self._tasks.items()) if not (await self._store.view(request)).is_open]
        if ended:
            await asyncio.wait(ended, timeout=seconds)

    async def _deliver(self, request: RequestId) -> None:
        try:
            follow = partial(self._follow, request, self._woken[request])
            # A platform that cannot even say what it is able to do is worth another try; a request that is gone is not.
            await until_done(follow, self._clock, what="deliver", unless=MemberFault)
        finally:
            del self._woken[request], self._tasks[request]

    async def _follow(self, request: RequestId, woken: asyncio.Event) -> None:
        """Show a request again and again until its outcome has arrived or never will."""
        view = await self._store.view(request)
        if view.delivery is not DeliveryState.DUE:
            return  # an old event came once more
        platform = self._platforms.get(view.member.platform)
        if platform is None:
            log.warning("platform-not-configured", platform=view.member.platform, request=request)
            return
        conversation = platform.conversation(view.address)
        pace = (await conversation.abilities()).progress_every_seconds
        shown: OutgoingMessage | None = None
        while view.is_open:
            message = await self._compose(view)
            if message != shown and await self._show(conversation, view, message):
                shown = message
            view = await self._next_change(request, woken, pace)
        await self._finish(conversation, view)

    async def _next_change(self, request: RequestId, woken: asyncio.Event, pace: float) -> RequestView:
        """The request after at least one pace, or as soon as it has ended."""
        paced = asyncio.ensure_future(self._clock.sleep(pace))
        try:
            while True:
                waking = asyncio.ensure_future(woken.wait())
                await asyncio.wait({paced, waking}, return_when=asyncio.FIRST_COMPLETED)
                waking.cancel()
                woken.clear()
                view = await self._store.view(request)
                if paced.done() or not view.is_open:
                    return view
        finally:
            paced.cancel()

    async def _compose(self, view: RequestView) -> OutgoingMessage:
        if messages.is_painting(view):
            return messages.painting(view, self._catalogue, self._clock.now())
        return messages.waiting(view, self._catalogue, await self._turns.of(view))

    async def _show(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> bool:
        """Show how a request stands. A status that does not arrive is no harm: the next one follows."""
        try:
            ref = await self._put(conversation, view, message)
        except RateLimited as fault:
            await self._clock.sleep(fault.retry_after_seconds)
            return False
        except PlatformFault as fault:
            log.info("status-not-shown", request=view.id, fault=type(fault).__name__)
            return False
        if ref != view.status_ref:
            await self._store.status_posted(view.id, ref)
        return True

    async def _put(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> MessageRef:
        """Change the status message, or post it if there is none (any more)."""
        key = f"request-{view.id}"
        if view.status_ref is None:
            return await conversation.post(message, key=key)
        try:
            await conversation.edit(view.status_ref, message)
        except Gone:
            return await conversation.post(message, key=f"{key}-instead-of-{view.status_ref}")
        return view.status_ref

    async def _finish(self, conversation: Conversation, view: RequestView) -> None:
        """Bring the outcome to the chat, however long that takes, and write down what came of it."""
        message = messages.outcome(view, self._catalogue)
        pause = FIRST_PAUSE_SECONDS
        while True:
            ref, state = view.status_ref, None
            try:
                ref, state = await self._put(conversation, view, message), DeliveryState.SENT
            except RateLimited as fault:
                await self._clock.sleep(fault.retry_after_seconds)
                continue
            except PlatformFault as fault:
                if isinstance(fault, TooLarge) and message.pictures:
                    message = messages.without_pictures(view)
                    continue
                log.warning("outcome-not-delivered", request=view.id, fault=type(fault).__name__)
                state = _final_state(fault, view)
            if state is not None:
                await self._store.delivered(view.id, state, ref)
                return
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _final_state(fault: PlatformFault, view: RequestView) -> DeliveryState | None:
    """What a fault makes of a delivery; None where it is worth trying again."""
    if isinstance(fault, Forbidden | TooLarge):
        return DeliveryState.UNDELIVERABLE
    if isinstance(fault, MaybeDelivered) and view.status_ref is None:
        return DeliveryState.UNCERTAIN  # a second post may be a second message; a second edit is the same one
    return None


class _Turns:
    """Whose turn is when: the plan of the queue, made anew when it is older than a second."""

    def __init__(self, store: Store, clock: Clock, slots: int) -> None:
        self._store = store
        self._clock = clock
        self._slots = slots
        self._plan: Mapping[JobId, Turn] = {}
        self._made_at = clock.now() - QUEUE_AGE

    async def of(self, view: RequestView) -> Turn | None:
        """The turn of a request's next job; None while its sources are not in."""
        if any(not isinstance(source, KnownSource) for source in view.sources):
            return None
        waiting = [job.id for job in view.jobs if job.state is JobState.QUEUED]
        if self._clock.now() - self._made_at >= QUEUE_AGE or any(job not in self._plan for job in waiting):
            self._made_at = self._clock.now()
            self._plan = plan_turns(await self._store.queue(), slots=self._slots, now=self._made_at)
        just_taken = Turn(place=1, seconds_until_done=view.expected_seconds)  # taken since the request was read
        return next((self._plan[job] for job in waiting if job in self._plan), just_taken)
