"""Limits how often a chat gets a public answer that only one of its members asked for."""

from datetime import datetime, timedelta

from bot.domain.chat import ConversationKey
from bot.domain.recent import RecentDict
from bot.ports import Clock

PAUSE = timedelta(seconds=60)
"""The pause between two public answers to /help or /credits in one chat. Whoever asks meanwhile can read the last."""

MOST_CHATS = 2_000
"""The most chats that are remembered. The chat that was answered longest ago is forgotten first."""


class PublicAnswers:
    """Remembers when each chat last got a public answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told = RecentDict[ConversationKey, datetime](MOST_CHATS)

    def may_answer(self, chat: ConversationKey) -> bool:
        """Whether a chat may get a public answer now. If so, it counts as answered."""
        now = self._clock.now()
        if chat in self._told and now - self._told[chat] < PAUSE:
            return False
        self._told[chat] = now
        return True
