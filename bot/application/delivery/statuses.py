"""The status message of a request. It is posted while the request is open, and deleted when it has ended."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from bot.application.delivery import messages
from bot.application.intake.answers import Answers
from bot.application.persistence import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, until_done
from bot.domain.chat import MessageRef, OutgoingMessage, Posted
from bot.domain.errors import Dropped, Forbidden, Gone, MaybeDelivered, PlatformFault, RateLimited
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import RequestId
from bot.ports import Clock, Conversation, Store

log = structlog.get_logger()

IN_ORDER_SECONDS = 3.0
"""The most that a first status waits for earlier answers in the chat's queue, so that they stand above it. In a chat
that waits for its rate limit, the status goes first: a picture follows it, and nothing follows an answer."""

_MOST_TRIES_TO_REMOVE = 20
"""The pauses between tries grow up to a minute. A platform that still refuses after that will always refuse."""


class Statuses:
    """Posts, edits and removes status messages. Most faults are only logged: no picture may be lost for a status."""

    def __init__(self, store: Store, answers: Answers, clock: Clock) -> None:
        self._store = store
        self._answers = answers
        self._clock = clock
        self._not_acknowledged: set[RequestId] = set()  # any other may have an acknowledgement to take back

    def begin(self, request: RequestId) -> None:
        """Note that a request begins, and that nothing of it was shown yet."""
        self._not_acknowledged.add(request)

    def forget(self, request: RequestId) -> None:
        """Forget a request that needs no more status messages."""
        self._not_acknowledged.discard(request)

    async def acknowledge(self, conversation: Conversation, view: RequestView) -> None:
        """Acknowledge the member's message once, in place of a status."""
        if view.id in self._not_acknowledged:
            self._not_acknowledged.discard(view.id)
            with suppress(PlatformFault):
                await conversation.acknowledge(view.in_reply_to)

    async def show(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> bool:
        """Post or edit the status. Return False if that failed, as far as we know.

        A status is marked in the store before it is posted. If we do not know whether it was posted, no second one is
        posted. Raises `Forbidden` if we may not post in the chat.
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
        """Delete the status of a request that has ended, unless it was edited into the outcome. Then forget it.

        The acknowledgement is taken back, too. `lost` is the text of a status whose reference is not in the store.
        """
        ref = view.status_ref
        if ref is None and view.is_status_lost:
            ref = await self._find(conversation, view, lost)
        if ref is not None and ref != outcome:
            await self._repeat(partial(self._remove_or_end, conversation, view, ref), view)
        if view.id not in self._not_acknowledged:
            await self._repeat(partial(conversation.take_back_acknowledgement, view.in_reply_to), view)
        has_become_outcome = ref is not None and ref == outcome == view.status_ref  # the store knows that already
        if (view.status_ref is not None or view.is_status_lost) and not has_become_outcome:
            await until_done(partial(self._store.status_over, view.id), self._clock, what="forget a status")

    async def _find(self, conversation: Conversation, view: RequestView, message: OutgoingMessage) -> MessageRef | None:
        """Find a lost status by its key, if the platform can do that. If it was never posted, this posts it."""
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
                    return None  # somebody deleted it; the outcome does not need it
                key = f"{_key_of(view)}-instead-of-{view.status_ref}"
                return await conversation.post(message, key=key)  # an offer: without it the request could not go on
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
        """Delete a status. If deleting is forbidden, edit it to say that the request has ended.

        Some platforms let us delete only for a while. If editing is forbidden too, the status stays as it is.
        """
        try:
            await conversation.delete(ref)
        except Forbidden:
            with suppress(Forbidden, Gone):
                await conversation.edit(ref, messages.ended(view))


def _key_of(view: RequestView) -> str:
    return f"request-{view.public_id}"
