"""What is known of chats for as long as the process lives: where a group has moved, what is closed, what we may do."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.chat import MessageRef

RIGHTS_SECONDS = 300.0
"""How long what we may do in a chat is believed, unless we hear of a change."""

ACTIVITY_SECONDS = 3.5
"""How long what is shown of a chat's activity is not shown once more. Telegram shows it for five seconds, to everybody
in the chat; and whoever wants it to go on says so each four."""

MOST_ACTIVE = 2_000
"""Chats whose activity is remembered; those shown longest ago are forgotten."""

MOST_STATUSES = 2_000
"""Statuses that are remembered; the oldest are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What we may do in a chat."""

    may_write: bool = True
    may_send_photos: bool = True
    may_send_files: bool = True
    may_react: bool = True  # with the sign that we have understood
    is_administrator: bool = False


class ChatMemory:
    """What was heard or found of chats; `now` is in seconds of any clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.knows_moments = True  # the server takes entities that show a time by the reader's clock
        self._moved: dict[int, int] = {}
        self._closed: set[tuple[int, int | None]] = set()
        self._lost: set[tuple[int, int]] = set()
        self._rights: dict[int, tuple[float, Rights]] = {}
        self._statuses: dict[MessageRef, str] = {}
        self._active: dict[tuple[int, int | None], float] = {}

    def moved(self, old: int, new: int) -> None:
        """A group has become a supergroup, which has another number."""
        self._moved[old] = new

    def now_at(self, chat_id: int) -> int:
        """The number that a chat has now."""
        return self._moved.get(chat_id, chat_id)

    def topic_closed(self, chat_id: int, thread_id: int | None, *, is_closed: bool = True) -> None:
        """A topic takes messages of administrators only, or of everybody again."""
        (self._closed.add if is_closed else self._closed.discard)((chat_id, thread_id))

    def is_topic_closed(self, chat_id: int, thread_id: int | None) -> bool:
        """Whether a topic is known to be closed."""
        return (chat_id, thread_id) in self._closed

    def topic_lost(self, chat_id: int, thread_id: int) -> None:
        """A topic is not there any more."""
        self._lost.add((chat_id, thread_id))

    def thread_in(self, chat_id: int, thread_id: int | None) -> int | None:
        """A topic, unless it is known to be gone."""
        return None if thread_id is None or (chat_id, thread_id) in self._lost else thread_id

    def status_posted(self, ref: MessageRef, key: str) -> None:
        """A status stands in a chat; by its key its request is known."""
        self._statuses[ref] = key
        if len(self._statuses) > MOST_STATUSES:
            del self._statuses[next(iter(self._statuses))]

    def status_over(self, ref: MessageRef) -> str | None:
        """A message is no status any more; the key of its request, if it was one."""
        return self._statuses.pop(ref, None)

    def begin_activity(self, chat_id: int, thread_id: int | None) -> bool:
        """Whether activity is to be shown in a chat, because it is not shown there yet; from now on it is."""
        place, now = (chat_id, thread_id), self._now()
        if now - self._active.get(place, -ACTIVITY_SECONDS) < ACTIVITY_SECONDS:
            return False
        self._active.pop(place, None)  # so that it is the last of those that are remembered
        self._active[place] = now
        if len(self._active) > MOST_ACTIVE:
            del self._active[next(iter(self._active))]
        return True

    def keep_rights(self, chat_id: int, rights: Rights) -> None:
        """What we may do was asked for just now."""
        self._rights[chat_id] = (self._now(), rights)

    def rights_in(self, chat_id: int, *, is_any_age: bool = False) -> Rights | None:
        """What we may do, if that was asked for lately."""
        at, rights = self._rights.get(chat_id, (0.0, None))
        return rights if rights and (is_any_age or self._now() - at < RIGHTS_SECONDS) else None

    def forget_rights(self, chat_id: int) -> None:
        """What we may do has changed."""
        self._rights.pop(chat_id, None)
