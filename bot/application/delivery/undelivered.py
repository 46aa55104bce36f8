"""What becomes of a picture that no chat takes: it stays its member's, or the credits come back.

Credits come back where the chat or the bot was at fault, and never where the member's own act closed the door; the
store sees to the bound for each day. See also `WaitingNotes` and `KeptPictures`.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import structlog

from bot.application.delivery import outcome_messages
from bot.application.persistence import until_done
from bot.domain.errors import ClosedByMember, Forbidden, PlatformFault
from bot.domain.request_view import RequestView, Result
from bot.ports import Clock, Conversation, Store

log = structlog.get_logger()


class Undelivered:
    """Ends deliveries that can't be made."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def end(self, view: RequestView, fault: PlatformFault, chat: Conversation | None = None) -> None:
        """Write down that an outcome can't be delivered, after every way was tried; `fault` is the first way's.

        A chat that takes no pictures may still take words: its member is told there.
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
        """Give back what was paid for pictures whose files are lost; the request as it is then."""
        give_back = partial(self._store.give_back, view.id, kept=[result.id for result in kept])
        given = await until_done(give_back, self._clock, what="give credits back")
        log.error("pictures-lost", request=view.id, lost=len(view.results) - len(kept), given_back=given)
        return await until_done(partial(self._store.view, view.id), self._clock, what="look at what was given back")
