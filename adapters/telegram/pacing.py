"""How fast one may write to Telegram: so many messages and edits to a chat, to a group and in all.

When Telegram counts a request is not known more exactly than that it is between its leaving and its answer: requests
that left evenly may arrive in one burst. Counted from when they leave, 28 a second became up to 56 within a second at
Telegram, after a start over connections that had to be opened first.

Results and answers wait for their turn, first come, first served. What may be left out takes only turns that the
results of its chat will not need.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram.error import RetryAfter

from adapters.telegram.limits import IN_ALL, IN_CHAT, IN_GROUP, Level, Turn, free_at, free_in_bucket, held_after, used
from bot.domain.errors import Dropped

MOST_CHATS = 2_000
"""Chats that are remembered; those that nothing was written to for longest are forgotten."""

RESERVED_IN_CHAT = 1
"""Tokens of a chat's bucket that are left to results by what may be left out."""

EXPECTED_SECONDS = 600.0
"""How long the result of a request is waited for before its turn is somebody else's."""

_LOOK_SECONDS = 0.25
"""Turns that were taken may be given back; so who waits looks again after that long."""


@dataclass(slots=True, eq=False)
class _Chat:
    """What is known of the writing to one chat."""

    id: int
    turns: deque[Turn] = field(default_factory=deque)
    level: Level = field(default_factory=Level)  # after all turns that are no longer remembered
    closed_until: float = 0.0
    expected: dict[str, float] = field(default_factory=dict)  # requests whose results will come here, and since when
    line: asyncio.Lock = field(default_factory=asyncio.Lock)  # who waits for turns stands here, in order
    door: asyncio.Lock = field(default_factory=asyncio.Lock)  # and here who waits to leave

    @property
    def is_idle(self) -> bool:
        return not (self.turns or self.line.locked() or self.door.locked())

    def forget_old(self, now: float) -> None:
        longest = IN_GROUP.seconds if self.id < 0 else IN_CHAT.seconds_each
        while self.turns and (left_at := self.turns[0].left_at) is not None and left_at + longest <= now:
            self.level.take(left_at)
            self.turns.popleft()
        self.expected = {key: since for key, since in self.expected.items() if since + EXPECTED_SECONDS > now}

    def free_to_begin(self, now: float, count: int) -> float:
        """When so many more fit into the window of a group."""
        return free_at(IN_GROUP, self.turns, count, now) if self.id < 0 else now

    def free_to_leave(self, now: float, count: int) -> float:
        """When so many more may follow what has left."""
        return max(self.closed_until, free_in_bucket(self.level, self._begun, count, now))

    def has_spare(self, now: float) -> bool:
        """Whether a turn is left over that no result needs."""
        if self.line.locked() or self.door.locked() or self.closed_until > now:
            return False
        if held_after(self.level, self._begun, now).tokens < 1 + RESERVED_IN_CHAT:
            return False
        taken = used(IN_GROUP, self.turns, now)
        return self.id > 0 or (taken < IN_GROUP.spare and taken + len(self.expected) < IN_GROUP.most)

    @property
    def _begun(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.began_at is not None]


class Turns:
    """Turns in a chat that were taken for messages. Those that are not used are given back."""

    def __init__(self, pace: "Pace", chat: _Chat, turns: list[Turn]) -> None:
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
        self._all: deque[Turn] = deque()
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
        chat.turns.append(turn := Turn())
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

    async def take(self, chat: _Chat, count: int) -> list[Turn]:
        """Take so many turns of a chat when they are there."""
        async with chat.line:
            await self._wait_until(lambda now: chat.free_to_begin(now, count))
            turns = [Turn() for _ in range(count)]
            chat.turns.extend(turns)
            return turns

    async def let_leave(self, chat: _Chat, turns: list[Turn]) -> None:
        """Wait until messages that have their turns may leave."""
        async with chat.door:
            await self._wait_until(lambda now: chat.free_to_leave(now, len(turns)))
            # Of all chats together a turn is taken only now: one that waits long must not hold up the others.
            async with self._line_of_all:
                await self._wait_until(lambda now: free_at(IN_ALL, self._all, len(turns), self._tidy(now)))
                now = self._now()
                for turn in turns:
                    turn.began_at = now
                self._all.extend(turns)

    def left(self, chat: _Chat, turns: Iterable[Turn]) -> None:
        """Note that messages have left, and that Telegram has said so; or that they never will."""
        now = self._now()
        for turn in turns:
            turn.left_at = now
            if turn.began_at is None:  # whoever waited to leave has given up
                chat.turns.remove(turn)

    def _has_spare(self, chat: _Chat) -> bool:
        now = self._tidy(self._now())
        chat.forget_old(now)
        return chat.has_spare(now) and not self._line_of_all.locked() and used(IN_ALL, self._all, now) < IN_ALL.spare

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
