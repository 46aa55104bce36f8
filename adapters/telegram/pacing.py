"""How fast one may write to Telegram: so many messages and edits to a chat, to a group and in all.

Results and answers wait for their turn, first come, first served. A status that changes takes only what is spare: where
nothing is, it is left out, and a later one shows what is so then. So progress never holds up a result.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

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
        self._turns: dict[int, deque[float]] = {}  # of each chat
        self._all: deque[float] = deque(maxlen=IN_ALL.most)
        self._closed_until: dict[int, float] = {}
        # Who waits for a turn stands here, in order. Nothing is taken before it is there: who leaves loses no turn.
        self._lines: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # gone when nobody stands there
        self._line_of_all = asyncio.Lock()

    async def turn(self, chat_id: int, count: int = 1) -> None:
        """Wait until so many messages may leave for a chat. Who is cancelled meanwhile leaves the line."""
        async with self._lines.setdefault(chat_id, asyncio.Lock()):
            await self._wait_until(lambda now: self._earliest(chat_id, now, count))
            self._take(chat_id, count, self._now())
        # Of all chats together a turn is taken only now: one that waits long must not hold up the others.
        async with self._line_of_all:
            await self._wait_until(lambda now: self._earliest_of_all(now, count))
            self._take_of_all(self._now(), count)

    def has_spare(self, chat_id: int) -> bool:
        """Take a turn for a change of a status, if there is one to spare."""
        if chat_id in self._lines or self._line_of_all.locked():
            return False
        now = self._now()
        if max(self._earliest(chat_id, now, 1, is_spare=True), self._earliest_of_all(now, 1, is_spare=True)) > now:
            return False
        self._take(chat_id, 1, now)
        self._take_of_all(now, 1)
        return True

    def close(self, chat_id: int, seconds: float) -> None:
        """Telegram asked to be left alone for a while in this chat."""
        self._closed_until[chat_id] = self._now() + seconds

    async def _wait_until(self, earliest: Callable[[float], float]) -> None:
        """Wait for a moment that may still move: Telegram may close the chat meanwhile."""
        while (wait := earliest(now := self._now()) - now) > 0:
            await self._sleep(wait)

    def _earliest(self, chat_id: int, now: float, count: int, *, is_spare: bool = False) -> float:
        if self._closed_until.get(chat_id, now) <= now:
            self._closed_until.pop(chat_id, None)
        turns = self._turns.get(chat_id, deque())
        windows = (IN_CHAT, IN_GROUP) if chat_id < 0 else (IN_CHAT,)
        free = [_free_at(window, turns, count, is_spare=is_spare) for window in windows]
        return max(now, self._closed_until.get(chat_id, now), *free)

    def _earliest_of_all(self, now: float, count: int, *, is_spare: bool = False) -> float:
        return max(now, _free_at(IN_ALL, self._all, count, is_spare=is_spare))

    def _take(self, chat_id: int, count: int, at: float) -> None:
        turns = self._turns.pop(chat_id, deque[float](maxlen=IN_GROUP.most))
        turns.extend([at] * count)
        self._turns[chat_id] = turns  # it is the last now of those that are remembered
        if len(self._turns) > MOST_CHATS:
            del self._turns[next(iter(self._turns))]

    def _take_of_all(self, at: float, count: int) -> None:
        self._all.extend([at] * count)


def _free_at(window: Window, taken: Sequence[float], count: int, *, is_spare: bool) -> float:
    """When so many more fit into a window; `taken` are turns in their order."""
    most = window.spare if is_spare else window.most
    # The turn that has to be over before so many more fit; an album larger than the window needs all of it.
    place = max(1, most - count + 1)
    return taken[-place] + window.seconds if len(taken) >= place else 0.0
