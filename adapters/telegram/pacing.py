"""How fast one may write to Telegram: so many messages and edits to a chat, to a group and in all.

A turn is used from the moment a request leaves until a while after its answer came. When Telegram counts a request is
not known more exactly than that: requests that left evenly may arrive in one burst. Counted from when they leave, 28 a
second became up to 56 within a second at Telegram, after a start over connections that had to be opened first.

Results and answers wait for their turn, first come, first served. What may be left out takes only turns that the
results of its chat will not need.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram.error import RetryAfter

from bot.domain.errors import Dropped

MOST_CHATS = 2_000
"""Chats that are remembered; those that nothing was written to for longest are forgotten."""

EXPECTED_SECONDS = 600.0
"""How long the result of a request is waited for before its turn is somebody else's."""

_LOOK_SECONDS = 0.25
"""Turns that were taken may be given back; so who waits looks again after that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many messages within so many seconds; `spare` of them may be messages that can be left out."""

    most: int
    spare: int
    seconds: float
    longest_flight: float = math.inf  # a request that has no answer yet counts as one that has left after so long


# Telegram's own figures are 1 a second in a chat, 20 a minute in a group and 30 a second in all
# (https://core.telegram.org/bots/faq); the windows are a bit larger, for clocks differ.
IN_CHAT = Window(most=3, spare=2, seconds=3.02)
IN_GROUP = Window(most=20, spare=12, seconds=60.1)
IN_ALL = Window(most=28, spare=20, seconds=1.03, longest_flight=3.0)  # a large file holds up no other chat


@dataclass(slots=True, eq=False)
class _Turn:
    """A message that may leave. It is held until it leaves, and used up a while after its answer came."""

    began_at: float | None = None
    left_at: float | None = None

    def ends(self, window: Window, now: float) -> float:
        """When it no longer counts; of one that is held or under way at the earliest."""
        if self.left_at is not None:
            return self.left_at + window.seconds
        return (now if self.began_at is None else min(now, self.began_at + window.longest_flight)) + window.seconds


@dataclass(slots=True, eq=False)
class _Chat:
    """What is known of the writing to one chat."""

    id: int
    turns: deque[_Turn] = field(default_factory=deque)
    closed_until: float = 0.0
    expected: dict[str, float] = field(default_factory=dict)  # requests whose results will come here, and since when
    line: asyncio.Lock = field(default_factory=asyncio.Lock)  # who waits for turns stands here, in order
    door: asyncio.Lock = field(default_factory=asyncio.Lock)  # and here who waits to leave

    @property
    def is_idle(self) -> bool:
        return not (self.turns or self.line.locked() or self.door.locked())

    def forget_old(self, now: float) -> None:
        longest = max(IN_GROUP.seconds, IN_CHAT.seconds)
        while self.turns and self.turns[0].left_at is not None and self.turns[0].left_at + longest <= now:
            self.turns.popleft()
        self.expected = {key: since for key, since in self.expected.items() if since + EXPECTED_SECONDS > now}

    def free_to_begin(self, now: float, count: int) -> float:
        """When so many more fit into the window of a group."""
        return _free_at(IN_GROUP, self.turns, count, now) if self.id < 0 else now

    def free_to_leave(self, now: float, count: int) -> float:
        """When so many more may follow what has left."""
        begun = [turn for turn in self.turns if turn.began_at is not None]
        return max(self.closed_until, _free_at(IN_CHAT, begun, count, now))

    def has_spare(self, now: float) -> bool:
        """Whether a turn is left over that no result needs."""
        if self.line.locked() or self.door.locked() or self.closed_until > now:
            return False
        begun = [turn for turn in self.turns if turn.began_at is not None]
        if _used(IN_CHAT, begun, now) >= IN_CHAT.spare:
            return False
        used = _used(IN_GROUP, self.turns, now)
        return self.id > 0 or (used < IN_GROUP.spare and used + len(self.expected) < IN_GROUP.most)


class Turns:
    """Turns in a chat that were taken for messages. Those that are not used are given back."""

    def __init__(self, pace: "Pace", chat: _Chat, turns: list[_Turn]) -> None:
        self._pace = pace
        self._chat = chat
        self._held = turns

    @property
    def chat_id(self) -> int:
        """The chat they are for."""
        return self._chat.id

    @asynccontextmanager
    async def leaving(self, count: int = 1) -> AsyncIterator[None]:
        """Wait until so many messages may leave, and let them leave meanwhile. More than were taken are taken first."""
        if len(self._held) < count:
            self._held += await self._pace.take(self._chat, count - len(self._held))
        leaving, self._held = self._held[:count], self._held[count:]
        try:
            await self._pace.let_leave(self._chat, leaving)
            yield
        except RetryAfter:  # they did not count
            for turn in leaving:
                turn.began_at = None
            self._held = leaving + self._held
            raise
        finally:
            self._pace.left(self._chat, [turn for turn in leaving if turn not in self._held])

    def give_back(self) -> None:
        """Let others have those that were not used."""
        for turn in self._held:
            self._chat.turns.remove(turn)
        self._held = []


class Pace:
    """Says when a message may leave; `now` and `sleep` are in seconds of any clock."""

    def __init__(
        self, *, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._chats: dict[int, _Chat] = {}
        self._all: deque[_Turn] = deque()
        self._line_of_all = asyncio.Lock()

    @asynccontextmanager
    async def turns(self, chat_id: int, count: int = 1) -> AsyncIterator[Turns]:
        """Take turns for so many messages of a chat, all together. Who is cancelled meanwhile leaves the line."""
        chat = self._chat(chat_id)
        turns = Turns(self, chat, await self.take(chat, count))
        try:
            yield turns
        finally:
            turns.give_back()

    @asynccontextmanager
    async def spare_turn(self, chat_id: int, *, after: float = 0.0, patience: float = 0.0) -> AsyncIterator[Turns]:
        """A turn for what may be left out, at the earliest and at the latest after so long. Raises `Dropped`."""
        chat, began = self._chat(chat_id), self._now()
        if after:
            await self._sleep(after)
        while not self._has_spare(chat):
            if self._now() - began >= patience:
                raise Dropped("no turn to spare")
            await self._sleep(_LOOK_SECONDS)
        chat.turns.append(turn := _Turn())
        turns = Turns(self, chat, [turn])
        try:
            yield turns
        finally:
            turns.give_back()

    def expect(self, chat_id: int, key: str) -> None:
        """A result of a request that is known by a key will come into a chat."""
        self._chat(chat_id).expected.setdefault(key, self._now())

    def expect_no_more(self, chat_id: int, key: str) -> None:
        """The result that was expected comes now, or never; `key` may be longer than the one that was given."""
        chat = self._chat(chat_id)
        chat.expected = {known: since for known, since in chat.expected.items() if not key.startswith(known)}

    def close(self, chat_id: int, seconds: float) -> None:
        """Telegram asked to be left alone for a while in this chat."""
        self._chat(chat_id).closed_until = self._now() + seconds

    async def take(self, chat: _Chat, count: int) -> list[_Turn]:
        """Take so many turns of a chat when they are there."""
        async with chat.line:
            await self._wait_until(lambda now: chat.free_to_begin(now, count))
            turns = [_Turn() for _ in range(count)]
            chat.turns.extend(turns)
            return turns

    async def let_leave(self, chat: _Chat, turns: list[_Turn]) -> None:
        """Wait until messages that have their turns may leave."""
        async with chat.door:
            await self._wait_until(lambda now: chat.free_to_leave(now, len(turns)))
            # Of all chats together a turn is taken only now: one that waits long must not hold up the others.
            async with self._line_of_all:
                await self._wait_until(lambda now: _free_at(IN_ALL, self._all, len(turns), self._tidy(now)))
                now = self._now()
                for turn in turns:
                    turn.began_at = now
                self._all.extend(turns)

    def left(self, chat: _Chat, turns: Iterable[_Turn]) -> None:
        """Note that messages have left, and that Telegram has said so; or that they never will."""
        now = self._now()
        for turn in turns:
            turn.left_at = now
            if turn.began_at is None:  # whoever waited to leave has given up
                chat.turns.remove(turn)

    def _has_spare(self, chat: _Chat) -> bool:
        now = self._tidy(self._now())
        chat.forget_old(now)
        return chat.has_spare(now) and not self._line_of_all.locked() and _used(IN_ALL, self._all, now) < IN_ALL.spare

    async def _wait_until(self, free_at: Callable[[float], float]) -> None:
        """Wait for a moment that may still move."""
        while (wait := free_at(now := self._now()) - now) > 0:
            await self._sleep(min(wait, _LOOK_SECONDS))

    def _tidy(self, now: float) -> float:
        """Forget what no longer counts in all."""
        self._all = deque(turn for turn in self._all if turn.began_at is not None and turn.ends(IN_ALL, now) > now)
        return now

    def _chat(self, chat_id: int) -> _Chat:
        chat = self._chats.pop(chat_id, None) or _Chat(chat_id)
        self._chats[chat_id] = chat  # it is the last now of those that are remembered
        chat.forget_old(self._now())
        if len(self._chats) > MOST_CHATS:
            idle = next((one for one in self._chats.values() if one.is_idle and one is not chat), None)
            if idle is not None:
                del self._chats[idle.id]
        return chat


def _used(window: Window, turns: Iterable[_Turn], now: float) -> int:
    """How many turns count in a window now."""
    return sum(turn.ends(window, now) > now for turn in turns)


def _free_at(window: Window, turns: Iterable[_Turn], count: int, now: float) -> float:
    """When so many more fit into a window; an album larger than the window needs all of it."""
    ends = sorted(end for turn in turns if (end := turn.ends(window, now)) > now)
    too_many = len(ends) + min(count, window.most) - window.most
    return ends[too_many - 1] if too_many > 0 else now
