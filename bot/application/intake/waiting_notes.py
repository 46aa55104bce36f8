"""Posts notes about waiting pictures: to a chat that lets us post again, and to a member who comes back."""

from collections.abc import Sequence

import structlog

from bot.application.delivery.delivery import Spawn
from bot.application.intake.waiting_messages import waiting_for, waiting_in_chat
from bot.domain.chat import Member, OutgoingMessage
from bot.domain.errors import PlatformFault
from bot.domain.events import TakenBack
from bot.domain.requests.requests import RequestId, WaitingPictures
from bot.ports import Conversation, Store

log = structlog.get_logger()

MOST_IN_NOTE = 5
"""The most requests that one note names. The next note names the others."""


class WaitingNotes:
    """Tells each member once about their waiting pictures. A note that fails is posted again at the next event."""

    def __init__(self, store: Store, *, spawn: Spawn) -> None:
        self._store = store
        self._spawn = spawn
        self._being_told: set[RequestId] = set()

    async def tell_member(self, member: Member, conversation: Conversation) -> None:
        """Post a note in a member's private chat about their waiting pictures from all chats, in the background."""
        waiting = self._take(await self._store.untold_of(member, most=MOST_IN_NOTE))
        if waiting:
            self._spawn(self._post(conversation, waiting_for(member, waiting), waiting))

    async def tell_chat(self, event: TakenBack, conversation: Conversation) -> None:
        """Post a note in a chat that lets us post again. It names the members whose requests there have pictures."""
        platform, language = event.author.platform, event.author.language
        found = await self._store.untold_in(platform, conversation.key, most=MOST_IN_NOTE)
        waiting = self._take(found)
        if waiting:
            self._spawn(self._post(conversation, waiting_in_chat(language, waiting), waiting))

    def _take(self, found: Sequence[WaitingPictures]) -> Sequence[WaitingPictures]:
        """Return the requests that are in no note being posted now, and mark them as such."""
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
