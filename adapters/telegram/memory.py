"""Facts about chats, kept in memory only: new chat IDs of moved groups, closed topics, the bot's rights."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.chat import MessageRef
from bot.domain.recent import RecentDict

RIGHTS_SECONDS = 300.0
"""How long cached rights are used, unless an update reports a change."""

ACTIVITY_SECONDS = 3.5
"""For this long a chat action is not sent again to the same chat. Telegram shows it to everybody in the chat for five
seconds. Callers that want it to last repeat it every four seconds."""

MOST_REMEMBERED = 10_000
"""The most chats, topics and status messages that are remembered of each kind. The oldest are forgotten: then a chat
action is sent once too often, or Telegram is asked for rights again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The bot's rights in a chat."""

    may_write: bool = True
    may_send_photos: bool = True
    may_send_files: bool = True
    may_react: bool = True  # with the reaction that acknowledges a message
    is_administrator: bool = False


class ChatMemory:
    """Remembers facts about chats. `now` returns the seconds of any clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.knows_moments = True  # the server knows entities that show a time by the reader's clock
        self._moved = RecentDict[int, int](MOST_REMEMBERED)
        self._closed = RecentDict[tuple[int, int | None], None](MOST_REMEMBERED)
        self._lost = RecentDict[tuple[int, int], None](MOST_REMEMBERED)
        self._rights = RecentDict[int, tuple[float, Rights]](MOST_REMEMBERED)
        self._statuses = RecentDict[MessageRef, str](MOST_REMEMBERED)
        self._active = RecentDict[tuple[int, int | None], float](MOST_REMEMBERED)

    def moved(self, old: int, new: int) -> None:
        """Note that a group has become a supergroup, which has another chat ID."""
        self._moved[old] = new

    def now_at(self, chat_id: int) -> int:
        """Return the present ID of a chat."""
        return self._moved.get(chat_id, chat_id)

    def topic_closed(self, chat_id: int, thread_id: int | None, *, is_closed: bool = True) -> None:
        """Note that a topic was closed (only administrators may write) or reopened."""
        if is_closed:
            self._closed[chat_id, thread_id] = None
        else:
            self._closed.pop((chat_id, thread_id), None)

    def is_topic_closed(self, chat_id: int, thread_id: int | None) -> bool:
        """Whether a topic is known to be closed."""
        return (chat_id, thread_id) in self._closed

    def topic_lost(self, chat_id: int, thread_id: int) -> None:
        """Note that a topic no longer exists."""
        self._lost[chat_id, thread_id] = None

    def thread_in(self, chat_id: int, thread_id: int | None) -> int | None:
        """Return the topic, or None if it is known to be gone."""
        return None if thread_id is None or (chat_id, thread_id) in self._lost else thread_id

    def status_posted(self, ref: MessageRef, key: str) -> None:
        """Remember a status message with the key of its request."""
        self._statuses[ref] = key

    def status_over(self, ref: MessageRef) -> str | None:
        """Forget a status message. Return the key of its request, or None if it was not a status."""
        return self._statuses.pop(ref, None)

    def begin_activity(self, chat_id: int, thread_id: int | None) -> bool:
        """Whether to send a chat action, because none is shown in the chat now. If so, remember that one is shown."""
        topic, now = (chat_id, thread_id), self._now()
        if now - self._active.get(topic, -ACTIVITY_SECONDS) < ACTIVITY_SECONDS:
            return False
        self._active[topic] = now
        return True

    def keep_rights(self, chat_id: int, rights: Rights) -> None:
        """Cache rights that Telegram has just told us."""
        self._rights[chat_id] = (self._now(), rights)

    def rights_in(self, chat_id: int, *, is_any_age: bool = False) -> Rights | None:
        """Return cached rights if they are younger than `RIGHTS_SECONDS`, or of any age; otherwise None."""
        at, rights = self._rights.get(chat_id, (0.0, None))
        return rights if rights and (is_any_age or self._now() - at < RIGHTS_SECONDS) else None

    def forget_rights(self, chat_id: int) -> None:
        """Drop cached rights, because they may have changed."""
        self._rights.pop(chat_id, None)
