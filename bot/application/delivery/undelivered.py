"""Handles pictures that no chat takes. They wait for their member, and their credits may be given back.

Credits are given back if the chat or the bot was at fault. They are never given back if the member's own act caused
the failure, such as blocking the bot. The store enforces the limit for each day. See also `WaitingNotes` and
`KeptPictures`.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import structlog

from bot.application.delivery import outcome_messages
from bot.application.persistence import until_done
from bot.domain.errors import ClosedByMember, Forbidden, PlatformFault
from bot.domain.requests.request_view import RequestView, Result
from bot.ports import Clock, Conversation, Store

log = structlog.get_logger()


class Undelivered:
    """Ends deliveries that are not possible."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def end(self, view: RequestView, fault: PlatformFault, chat: Conversation | None = None) -> None:
        """Commit that an outcome is undeliverable, after every way was tried. `fault` is the fault of the first way.

        A chat that takes no pictures may still take words: then the member is told there.
        """
        is_ours = isinstance(fault, Forbidden) and not isinstance(fault, ClosedByMember)
        give_up = partial(self._store.end_undelivered, view.id, is_ours=is_ours)
        await until_done(give_up, self._clock, what="give a delivery up")
        ended = await until_done(partial(self._store.view, view.id), self._clock, what="look at what was given up")
        log.info("pictures-wait", request=view.id, pictures=len(ended.results), given_back=ended.given_back)
        if chat is not None and ended.results:
            with suppress(PlatformFault):
                await chat.post(outcome_messages.undelivered(ended), key=f"request-{view.public_id}-undelivered")

    async def give_back(self, view: RequestView, kept: Sequence[Result]) -> RequestView:
        """Give back the credits paid for pictures whose files are lost. Return the request after that."""
        give_back = partial(self._store.give_back, view.id, kept=[result.id for result in kept])
        given = await until_done(give_back, self._clock, what="give credits back")
        log.error("pictures-lost", request=view.id, lost=len(view.results) - len(kept), given_back=given)
        return await until_done(partial(self._store.view, view.id), self._clock, what="look at what was given back")
