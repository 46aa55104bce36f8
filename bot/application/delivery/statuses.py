"""The status message of a request: what is told while it is open, and that it is gone when it is over."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from bot.application.delivery import messages
from bot.application.intake.answers import Answers
from bot.application.persistence import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, until_done
from bot.domain.chat import MessageRef, OutgoingMessage, Posted
from bot.domain.errors import Dropped, Forbidden, Gone, MaybeDelivered, PlatformFault, RateLimited
from bot.domain.request_view import RequestView
from bot.domain.requests import RequestId
from bot.ports import Clock, Conversation, Store

log = structlog.get_logger()

IN_ORDER_SECONDS = 3.0
"""How long a first status waits for answers that were asked for before it, so that they stand above it. In a chat that
has to wait for its turns it goes first: a picture follows it, and an answer nothing."""

_MOST_TRIES_TO_REMOVE = 20
"""With pauses of up to a minute; a platform that refuses for longer refuses for good."""


class Statuses:
    """Posts, changes and removes status messages. None of that is worth anybody's picture: faults are passed over."""

    def __init__(self, store: Store, answers: Answers, clock: Clock) -> None:
        self._store = store
        self._answers = answers
        self._clock = clock
        self._not_acknowledged: set[RequestId] = set()  # of all others something may stay that is to be taken back

    def begin(self, request: RequestId) -> None:
        """A request begins, of which nothing was shown yet."""
        self._not_acknowledged.add(request)

    def forget(self, request: RequestId) -> None:
        """Nothing more is said of a request."""
        self._not_acknowledged.discard(request)

    async def acknowledge(self, conversation: Conversation, view: RequestView) -> None:
        """Show once, in place of a status, that what was asked for was understood."""
        if view.id in self._not_acknowledged:
            self._not_acknowledged.discard(view.id)
            with suppress(PlatformFault):
                await conversation.acknowledge(view.in_reply_to)

    async def show(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> bool:
        """Have the status say something; False if it does not, as far as we know.

        A status is marked before it is posted. Where nobody knows whether it was, there is not a second one. Raises
        `Forbidden` where we may not speak.
        """
        try:
            posted = await self._put(conversation, view, message)
        except Dropped:
            await self.acknowledge(conversation, view)
            return False
        except RateLimited as fault:
            log.info("status-not-shown", request=view.id, fault="RateLimited", after_seconds=fault.retry_after_seconds)
            return False
        except Forbidden:
            raise
        except PlatformFault as fault:
            log.info("status-not-shown", request=view.id, fault=type(fault).__name__)
            return False
        if posted is None:
            return False
        if posted.ref != view.status_ref:
            note = partial(self._store.status_posted, view.id, posted)
            await until_done(note, self._clock, what="remember a status")
        return True

    async def remove(
        self, conversation: Conversation, view: RequestView, lost: OutgoingMessage, *, outcome: MessageRef | None
    ) -> None:
        """Take the status of a request away that is over, and forget it; it may have become the outcome itself.

        What acknowledged it is taken back, too. `lost` is what a status said whose place is not remembered.
        """
        ref = view.status_ref
        if ref is None and view.is_status_lost:
            ref = await self._find(conversation, view, lost)
        if ref is not None and ref != outcome:
            await self._repeat(partial(self._remove_or_end, conversation, view, ref), view)
        if view.id not in self._not_acknowledged:
            await self._repeat(partial(conversation.take_back_acknowledgement, view.in_reply_to), view)
        has_become_outcome = ref is not None and ref == outcome == view.status_ref  # it was written down so
        if (view.status_ref is not None or view.is_status_lost) and not has_become_outcome:
            await until_done(partial(self._store.status_over, view.id), self._clock, what="forget a status")

    async def _find(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> MessageRef | None:
        """Where a lost status stands, where a platform finds it by its key; a new one, where it was never posted."""
        with suppress(PlatformFault):
            if (await conversation.abilities()).finds_posted:
                return (await conversation.post(message, key=_key_of(view))).ref
        return None

    async def _put(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> Posted | None:
        if view.status_ref is not None:
            try:
                return await conversation.edit(view.status_ref, message)
            except Gone:
                if message.is_droppable:
                    return None  # somebody took it away; the outcome comes without it
                key = f"{_key_of(view)}-instead-of-{view.status_ref}"
                return await conversation.post(message, key=key)  # an offer: without it nothing would go on
        await self._answers.until_posted(conversation.key, seconds=IN_ORDER_SECONDS)
        can_be_found = (await conversation.abilities()).finds_posted
        if not await self._store.begin_status(view.id) and not can_be_found:
            return None
        try:
            return await conversation.post(message, key=_key_of(view))
        except MaybeDelivered:
            raise
        except PlatformFault:
            await until_done(partial(self._store.status_over, view.id), self._clock, what="unmark a status")
            raise

    async def _repeat(self, remove: Callable[[], Awaitable[None]], view: RequestView) -> None:
        pause = FIRST_PAUSE_SECONDS
        for _ in range(_MOST_TRIES_TO_REMOVE):
            try:
                await remove()
            except RateLimited as fault:
                await self._clock.sleep(fault.retry_after_seconds)
            except PlatformFault:
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                return
        log.warning("status-not-removed", request=view.id)

    async def _remove_or_end(self, conversation: Conversation, view: RequestView, ref: MessageRef) -> None:
        """Some platforms let us delete for a while only; and where we may not even change it, nobody can."""
        try:
            await conversation.delete(ref)
        except Forbidden:
            with suppress(Forbidden, Gone):
                await conversation.edit(ref, messages.ended(view))


def _key_of(view: RequestView) -> str:
    return f"request-{view.public_id}"
