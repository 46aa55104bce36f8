"""Delivery: the only writer of status messages and results.

One task per request shows the request as its rows are now. Everybody else changes rows and calls `wake`; so a late
"painting" can never overwrite a picture. What is not delivered when the process ends is due at the next start.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from bot.application import messages
from bot.application.answers import Answers
from bot.application.endpoint_turns import EndpointTurns
from bot.application.persistence import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, first_taken, until_done
from bot.application.presenter import Presenter
from bot.application.turns import Turns
from bot.domain.chat import Abilities, OutgoingMessage, Posted
from bot.domain.errors import (
    AddressUnreadable,
    Forbidden,
    Gone,
    MaybeDelivered,
    MemberFault,
    PlatformFault,
    RateLimited,
    TooLarge,
)
from bot.domain.models import Catalogue
from bot.domain.presentation import RUNGS
from bot.domain.requests import CHAT_CLOSED, DeliveryState, RequestId, RequestView
from bot.ports import ChatPlatform, Clock, Conversation, Store

log = structlog.get_logger()

ACTIVITY_EVERY_SECONDS = 4.0
"""Platforms show it for some five seconds."""

DEFECT_TRIES = 4
"""How often a request is followed anew after a mistake of ours; more could show the same picture again and again."""
IN_ORDER_SECONDS = 3.0
"""How long a first status waits for answers that were asked for before it, so that they stand above it. In a chat that
has to wait for its turns it goes first: a picture follows it, and an answer nothing."""

Spawn = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]


class Deliveries:
    """Keeps one task for each request that is on its way to a chat."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, ChatPlatform],
        catalogue: Catalogue,
        presenter: Presenter,
        answers: Answers,
        clock: Clock,
        *,
        slots: int,
        at_endpoints: EndpointTurns,
        spawn: Spawn,
    ) -> None:
        self._store = store
        self._presenter = presenter
        self._answers = answers
        self._platforms = platforms
        self._catalogue = catalogue
        self._clock = clock
        self._spawn = spawn
        self._turns = Turns(store, clock, slots, at_endpoints)
        self._woken: dict[RequestId, asyncio.Event] = {}
        self._tasks: dict[RequestId, asyncio.Task[None]] = {}

    def wake(self, request: RequestId, view: RequestView | None = None) -> None:
        """Something about a request has changed; show it. `view` is how it stands, where that is known."""
        if request in self._woken:
            self._woken[request].set()
            return
        self._woken[request] = asyncio.Event()
        self._tasks[request] = self._spawn(self._deliver(request, view))

    async def wake_all(self) -> None:
        """At start: take up every request whose outcome is still due."""
        for request in await self._store.undelivered():
            self.wake(request)

    async def finish_ended(self, *, seconds: float) -> None:
        """Wait, but not longer than told, until every request that has ended is delivered; the rest stays due."""
        ended = [task for request, task in list(self._tasks.items()) if not (await self._store.view(request)).is_open]
        if ended:
            await asyncio.wait(ended, timeout=seconds)

    async def _deliver(self, request: RequestId, view: RequestView | None) -> None:
        try:
            await self._see_through(request, [view] if view else [])
            while self._woken[request].is_set():  # by a press, while the last word was still being said
                self._woken[request].clear()
                await self._see_through(request, [])
        finally:
            del self._woken[request], self._tasks[request]

    async def _see_through(self, request: RequestId, known: list[RequestView]) -> None:
        """Follow a request until its delivery has a final state. Raises `MemberFault` where the request is gone.

        A mistake of ours while it is open costs its status. One that its outcome meets time and again makes that
        undeliverable.
        """
        woken = self._woken[request]
        follow = partial(self._follow, request, woken, known)
        for attempt in range(DEFECT_TRIES):
            try:
                # A platform that cannot even say what it is able to do is worth another try.
                await until_done(follow, self._clock, what="deliver", also=(PlatformFault,))
            except MemberFault:
                raise
            except Exception:
                log.exception("delivery-failed", request=request)
            else:
                return
            await until_done(partial(self._until_ended, request, woken), self._clock, what="wait for the outcome")
            await self._clock.sleep(FIRST_PAUSE_SECONDS * 4**attempt)
        await self._give_up(request)

    async def _give_up(self, request: RequestId) -> None:
        give_up = partial(self._store.delivered, request, DeliveryState.UNDELIVERABLE, None)
        await until_done(give_up, self._clock, what="give a delivery up")

    async def _until_ended(self, request: RequestId, woken: asyncio.Event) -> None:
        view = await self._store.view(request)
        while view.is_open:
            view = await self._next_change(view, woken, LONGEST_PAUSE_SECONDS)

    async def _follow(self, request: RequestId, woken: asyncio.Event, known: list[RequestView]) -> None:
        """Show a request again and again until its outcome has arrived or never will.

        `known` holds how it stood at first, or nothing.
        """
        view = known.pop() if known else await self._store.view(request)
        if view.delivery is not DeliveryState.DUE:
            return  # an old event came once more
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
            await self._give_up(request)
            return
        abilities = await conversation.abilities()
        shown: OutgoingMessage | None = None
        is_lost = False  # a status may stand there that we cannot change: another would be one too many
        while view.is_open:
            message = await self._compose(view, abilities)
            if message != shown and not is_lost:
                try:
                    shown = message if await self._show(conversation, view, message) else shown
                except MaybeDelivered:
                    is_lost = view.status_ref is None
            view = await self._next_change(view, woken, abilities.progress_every_seconds)
        await self._finish(conversation, view, abilities)

    async def _next_change(self, view: RequestView, woken: asyncio.Event, pace: float) -> RequestView:
        """The request after at least one pace, or as soon as it has ended. An offer stays until it is over."""
        if view.is_offered and view.offered_until is not None:
            pace = max(pace, (view.offered_until - self._clock.now()).total_seconds())
        paced = asyncio.ensure_future(self._clock.sleep(pace))
        try:
            while True:
                waking = asyncio.ensure_future(woken.wait())
                await asyncio.wait({paced, waking}, return_when=asyncio.FIRST_COMPLETED)
                waking.cancel()
                woken.clear()
                if view.is_offered:
                    await self._store.expire_offer(view.id)
                now = await self._store.view(view.id)
                if paced.done() or not now.is_open or now.is_offered is not view.is_offered:
                    return now
        finally:
            paced.cancel()

    async def _compose(self, view: RequestView, abilities: Abilities) -> OutgoingMessage:
        if view.is_offered:
            return messages.offered(view, self._catalogue, self._clock.now())
        if not messages.is_painting(view):
            return messages.waiting(view, self._catalogue, await self._turns.next_of(view))
        if (turn := self._turns.at_endpoint(view)) is not None:
            return messages.waiting(view, self._catalogue, turn)
        return messages.painting(
            view,
            self._catalogue,
            self._clock.now(),
            last_turn=await self._turns.last_of(view),
            pictures=await self._presenter.present(view, abilities) if abilities.grows else (),
        )

    async def _show(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> bool:
        """Show how a request stands. A status that does not arrive is no harm: the next one follows.

        Raises `MaybeDelivered`, and no other fault of the platform.
        """
        if view.status_ref is None:
            await self._answers.until_posted(conversation.key, seconds=IN_ORDER_SECONDS)
        try:
            posted = await self._put(conversation, view, message)
        except RateLimited as fault:
            await self._clock.sleep(fault.retry_after_seconds)
            return False
        except Forbidden:
            log.info("chat-closed", request=view.id)
            await self._store.fail_queued(view.id, CHAT_CLOSED)  # what is not painted yet need not be paid
            return False
        except MaybeDelivered:
            raise
        except PlatformFault as fault:
            log.info("status-not-shown", request=view.id, fault=type(fault).__name__)
            return False
        if posted.ref != view.status_ref:
            note = partial(self._store.status_posted, view.id, posted)
            await until_done(note, self._clock, what="remember a status")
        return True

    async def _put(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> Posted:
        """Change the status message, or post it if there is none (any more)."""
        key = f"request-{view.public_id}"
        if view.status_ref is None:
            return await conversation.post(message, key=key)
        try:
            return await conversation.edit(view.status_ref, message)
        except Gone:
            return await conversation.post(message, key=f"{key}-instead-of-{view.status_ref}")

    async def _finish(self, conversation: Conversation, view: RequestView, abilities: Abilities) -> None:
        """Bring the outcome to the chat, however long that takes, and write down what came of it."""
        rung = 0
        message = await self._outcome(view, abilities, rung)
        pause = FIRST_PAUSE_SECONDS
        while True:
            posted, state = None, None
            try:
                async with self._activity_shown(conversation, message):
                    posted, state = await self._put(conversation, view, message), DeliveryState.SENT
            except RateLimited as fault:
                await self._clock.sleep(fault.retry_after_seconds)
                continue
            except PlatformFault as fault:
                if isinstance(fault, TooLarge) and message.pictures:
                    rung += 1
                    message = await self._outcome(view, abilities, rung)
                    continue
                log.warning("outcome-not-delivered", request=view.id, fault=type(fault).__name__)
                state = _final_state(fault)
            if state is not None:
                notes = [partial(self._store.delivered, view.id, state, each) for each in (posted, None)]
                await first_taken(notes, self._clock, what="remember an outcome")
                if state is DeliveryState.UNCERTAIN:
                    await self._offer_again(conversation, view)
                return
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    @asynccontextmanager
    async def _activity_shown(self, conversation: Conversation, message: OutgoingMessage) -> AsyncIterator[None]:
        """Show meanwhile that pictures are on their way: large ones take a while to send."""

        async def keep_showing() -> None:
            with suppress(PlatformFault):
                while True:
                    await conversation.show_activity()
                    await self._clock.sleep(ACTIVITY_EVERY_SECONDS)

        showing = asyncio.create_task(keep_showing()) if message.pictures else None
        try:
            yield
        finally:
            if showing is not None:
                showing.cancel()
                await asyncio.wait({showing})

    async def _offer_again(self, conversation: Conversation, view: RequestView) -> None:
        """Say that nobody knows whether the outcome has arrived, with a button to send it once more."""
        with suppress(PlatformFault):
            await conversation.post(messages.uncertain(view), key=f"request-{view.public_id}-uncertain")

    async def _outcome(self, view: RequestView, abilities: Abilities, rung: int) -> OutgoingMessage:
        """The outcome on a rung; below the last, where nothing is small enough, without its pictures."""
        if rung == RUNGS:
            return messages.unsendable(view)
        kept = await self._presenter.kept(view)
        pictures = await self._presenter.present(kept, abilities, rung=rung)
        return messages.outcome(kept, self._catalogue, pictures, lost=len(view.results) - len(kept.results))


def _final_state(fault: PlatformFault) -> DeliveryState | None:
    """What a fault makes of a delivery; None where it is worth trying again."""
    if isinstance(fault, Forbidden | TooLarge):
        return DeliveryState.UNDELIVERABLE
    if isinstance(fault, MaybeDelivered):
        return DeliveryState.UNCERTAIN  # once more might be twice
    return None
