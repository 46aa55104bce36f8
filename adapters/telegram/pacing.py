"""How fast one may write to Telegram: so many messages and edits to a chat, to a group and in all.

Results and answers wait for their turn, first come, first served. A status that changes takes only what is spare: where
nothing is, it is left out, and a later one shows what is so then. So progress never holds up a result.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

MOST_CHATS = 2_000
"""Chats that are remembered; those that nothing was written to for longest are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many messages within so many seconds; `spare` of them may be changes of a status."""

    most: int
    spare: int
    seconds: float


# Telegram's own figures are 1 a second in a chat, 20 a minute in a group and 30 a second in all
# (https://core.telegram.org/bots/faq); a little more time is taken, for messages do not arrive as evenly as they leave.
IN_CHAT = Window(most=3, spare=2, seconds=3.2)
IN_GROUP = Window(most=20, spare=12, seconds=61.0)
IN_ALL = Window(most=28, spare=20, seconds=1.0)


class Pace:
    """Says when a message may leave; `now` and `sleep` are in seconds of any clock."""

    def __init__(
        self, *, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._turns: dict[int, deque[float]] = {}  # of each chat, also those that are still to come
        self._all: deque[float] = deque(maxlen=IN_ALL.most)
        self._closed_until: dict[int, float] = {}

    async def turn(self, chat_id: int, count: int = 1) -> None:
        """Wait until so many messages may leave for a chat."""
        now = self._now()
        at = self._take(chat_id, count, self._earliest(chat_id, now, count, is_spare=False))
        if at > now:
            await self._sleep(at - now)

    def has_spare(self, chat_id: int) -> bool:
        """Take a turn for a change of a status, if there is one to spare."""
        now = self._now()
        if self._earliest(chat_id, now, 1, is_spare=True) > now:
            return False
        self._take(chat_id, 1, now)
        return True

    def close(self, chat_id: int, seconds: float) -> None:
        """Telegram asked to be left alone for a while in this chat."""
        self._closed_until[chat_id] = self._now() + seconds

    def _earliest(self, chat_id: int, now: float, count: int, *, is_spare: bool) -> float:
        if self._closed_until.get(chat_id, now) <= now:
            self._closed_until.pop(chat_id, None)
        turns = self._turns.get(chat_id, deque())
        at = max(now, self._closed_until.get(chat_id, now), turns[-1] if turns else now)
        windows = [(IN_CHAT, turns), (IN_ALL, self._all)] + ([(IN_GROUP, turns)] if chat_id < 0 else [])
        for window, taken in windows:
            most = window.spare if is_spare else window.most
            # The turn that has to be over before so many more fit; an album larger than the window needs all of it.
            place = max(1, most - count + 1)
            if len(taken) >= place:
                at = max(at, taken[-place] + window.seconds)
        return at

    def _take(self, chat_id: int, count: int, at: float) -> float:
        turns = self._turns.pop(chat_id, deque[float](maxlen=IN_GROUP.most))
        turns.extend([at] * count)
        self._turns[chat_id] = turns  # it is the last now of those that are remembered
        if len(self._turns) > MOST_CHATS:
            del self._turns[next(iter(self._turns))]
        self._all.extend([at] * count)
        return at
