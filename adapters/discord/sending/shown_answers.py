"""Remembers what the answer to an interaction shows, so that one message of ours does not overwrite another."""

from bot.domain.recent import RecentDict

MOST_REMEMBERED = 2_000
"""The most answers that are remembered. The oldest are forgotten, and then looked at on Discord."""


class ShownAnswers:
    """By the ID of the answer: the key of the message that it shows, or None while it says "thinking"."""

    def __init__(self) -> None:
        self._keys = RecentDict[int, str | None](MOST_REMEMBERED)

    def thinks(self, answer: int) -> None:
        """Note that a new answer shows nothing yet."""
        self._keys[answer] = None

    def shows(self, answer: int, key: str) -> None:
        """Note that an answer shows the message with this key now."""
        self._keys[answer] = key

    def is_free(self, answer: int, key: str) -> bool | None:
        """Whether the message with this key may be shown in an answer. None if we do not know what is there."""
        return self._keys[answer] in {None, key} if answer in self._keys else None

    def is_of(self, answer: int, key: str) -> bool:
        """Whether an answer shows nothing but what belongs to this key: its own key, or the beginning of it."""
        return key.startswith(self._keys.get(answer) or "")
