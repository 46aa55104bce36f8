"""How often everybody in a chat is told what only one of them asked for."""

from datetime import datetime, timedelta

from bot.domain.chat import ConversationKey
from bot.ports import Clock

PAUSE = timedelta(seconds=60)
"""Between two public answers to /help or /credits in one chat: whoever asks meanwhile can read the one before."""

MOST_CHATS = 2_000
"""Chats that are remembered; the one that was answered longest ago is forgotten first."""


class PublicAnswers:
    """Remembers when each chat was last told something."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[ConversationKey, datetime] = {}

    def may_answer(self, chat: ConversationKey) -> bool:
        """Whether a chat may be told something now; then it is."""
        now = self._clock.now()
        if chat in self._told and now - self._told[chat] < PAUSE:
            return False
        self._told.pop(chat, None)  # so that it is the last of those that are remembered
        self._told[chat] = now
        if len(self._told) > MOST_CHATS:
            del self._told[next(iter(self._told))]
        return True
