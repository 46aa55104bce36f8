"""Notes that pictures wait: for a chat that lets us speak again, and for a member who comes back."""

from collections.abc import Sequence

import structlog

from bot.application.delivery.delivery import Spawn
from bot.application.intake.waiting_messages import waiting_for, waiting_in_chat
from bot.domain.chat import Member, OutgoingMessage
from bot.domain.errors import PlatformFault
from bot.domain.events import TakenBack
from bot.domain.requests import RequestId, WaitingPictures
from bot.ports import Conversation, Store

log = structlog.get_logger()

MOST_IN_NOTE = 5
"""Requests that one note names; the others are in the next."""


class WaitingNotes:
    """Tells each member once what waits for them. A note that could not be posted comes with the next event."""

    def __init__(self, store: Store, *, spawn: Spawn) -> None:
        self._store = store
        self._spawn = spawn
        self._being_told: set[RequestId] = set()

    async def tell_member(self, member: Member, conversation: Conversation) -> None:
        """Tell a member, who is alone with us, what waits for them from anywhere. It does not wait for the chat."""
        waiting = self._take(await self._store.untold_of(member, most=MOST_IN_NOTE))
        if waiting:
            self._spawn(self._post(conversation, waiting_for(member, waiting), waiting))

    async def tell_chat(self, event: TakenBack, conversation: Conversation) -> None:
        """Tell a chat that lets us speak again for whom pictures wait that were asked for there."""
        platform, language = event.author.platform, event.author.language
        found = await self._store.untold_in(platform, conversation.key, most=MOST_IN_NOTE)
        waiting = self._take(found)
        if waiting:
            self._spawn(self._post(conversation, waiting_in_chat(language, waiting), waiting))

    def _take(self, found: Sequence[WaitingPictures]) -> Sequence[WaitingPictures]:
        """Those that no note on its way names."""
        waiting = [each for each in found if each.request not in self._being_told]
        self._being_told.update(each.request for each in waiting)
        return waiting

    async def _post(
        self, conversation: Conversation, note: OutgoingMessage, waiting: Sequence[WaitingPictures]
    ) -> None:
        try:
            await conversation.post(note, key=f"waiting-{waiting[0].public_id}")
            await self._store.told([each.request for each in waiting])
        except PlatformFault as fault:
            log.info("waiting-note-not-posted", fault=type(fault).__name__)
        except Exception:
            log.exception("waiting-note-failed")
        finally:
            self._being_told.difference_update(each.request for each in waiting)
