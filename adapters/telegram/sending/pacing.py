"""Client-side rate limits for messages and edits: for each chat, for each group, and over all chats.

Telegram counts a request at an unknown time between its sending and its answer: requests that were sent evenly may
arrive in one burst. When we counted from the time of sending, 28 requests a second became up to 56 within one second at
Telegram, after a start when the connections had to be opened first.

A permit is the permission to send one message. Results and answers wait for permits, first come, first served. A
droppable message takes only a spare permit: one that the results of its chat will not need.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram.error import RetryAfter

from adapters.telegram.sending.limits import (
    IN_ALL,
    IN_CHAT,
    IN_GROUP,
    Level,
    Permit,
    free_at,
    free_in_bucket,
    held_after,
    used,
)
from bot.domain.errors import Dropped

MOST_CHATS = 2_000
"""The most chats that are remembered. The least recently used idle chats are forgotten."""

RESERVED_IN_CHAT = 1
"""Tokens of a chat's bucket that droppable messages leave for results."""

EXPECTED_SECONDS = 600.0
"""How long a permit is reserved for the result of a request."""

_LOOK_SECONDS = 0.25
"""How often a waiting sender looks again. Permits that were taken may be given back."""


@dataclass(slots=True, eq=False)
class _Chat:
    """The rate limit state of one chat."""

    id: int
    permits: deque[Permit] = field(default_factory=deque)
    level: Level = field(default_factory=Level)  # the level after all permits that were removed
    closed_until: float = 0.0
    expected: dict[str, float] = field(default_factory=dict)  # key of a request whose result is due: since when
    line: asyncio.Lock = field(default_factory=asyncio.Lock)  # senders wait here for permits, in order
    door: asyncio.Lock = field(default_factory=asyncio.Lock)  # senders with permits wait here to send

    def is_idle(self, now: float) -> bool:
        """Whether a new record of the chat would say the same."""
        self.forget_old(now)
        is_waited_for = self.expected or self.line.locked() or self.door.locked()
        return not (self.permits or is_waited_for or self.closed_until > now or self.level.held(now) < IN_CHAT.burst)

    def forget_old(self, now: float) -> None:
        longest = IN_GROUP.seconds if self.id < 0 else IN_CHAT.seconds_each
        while self.permits and (left_at := self.permits[0].left_at) is not None and left_at + longest <= now:
            self.level.take(left_at)
            self.permits.popleft()
        self.expected = {key: since for key, since in self.expected.items() if since + EXPECTED_SECONDS > now}

    def free_to_begin(self, now: float, count: int) -> float:
        """Return when `count` more messages fit into the window of a group."""
        return free_at(IN_GROUP, self.permits, count, now) if self.id < 0 else now

    def free_to_leave(self, now: float, count: int) -> float:
        """Return when `count` more messages may be sent after those that were sent."""
        return max(self.closed_until, free_in_bucket(self.level, self._begun, count, now))

    def has_spare(self, now: float) -> bool:
        """Whether there is a spare permit that no result needs."""
        if self.line.locked() or self.door.locked() or self.closed_until > now:
            return False
        if held_after(self.level, self._begun, now).tokens < 1 + RESERVED_IN_CHAT:
            return False
        taken = used(IN_GROUP, self.permits, now)
        return self.id > 0 or (taken < IN_GROUP.spare and taken + len(self.expected) < IN_GROUP.most)

    @property
    def _begun(self) -> list[Permit]:
        return [permit for permit in self.permits if permit.began_at is not None]


class Permits:
    """Permits that were taken in one chat. Unused permits are given back."""

    def __init__(self, pace: "Pace", chat: _Chat, permits: list[Permit]) -> None:
        self._pace = pace
        self._chat = chat
        self._held = permits

    @property
    def chat_id(self) -> int:
        """The chat that the permits are for."""
        return self._chat.id

    @asynccontextmanager
    async def leaving(self, count: int = 1) -> AsyncIterator[None]:
        """Wait until `count` messages may be sent; the caller sends them in the block. Take missing permits first."""
        if len(self._held) < count:
            self._held += await self._pace.take(self._chat, count - len(self._held))
        leaving, self._held = self._held[:count], self._held[count:]
        try:
            await self._pace.let_leave(self._chat, leaving)
            yield
        except RetryAfter:  # Telegram did not count these messages
            for permit in leaving:
                permit.began_at = None
            self._held = leaving + self._held
            raise
        finally:
            self._pace.left(self._chat, [permit for permit in leaving if permit not in self._held])

    def give_back(self) -> None:
        """Give unused permits back."""
        for permit in self._held:
            self._chat.permits.remove(permit)
        self._held = []


class Pace:
    """Decides when a message may be sent. `now` and `sleep` use the seconds of any clock."""

    def __init__(
        self, *, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._chats: dict[int, _Chat] = {}
        self._all: deque[Permit] = deque()
        self._line_of_all = asyncio.Lock()

    @property
    def remembered(self) -> int:
        """The number of chats that are remembered."""
        return len(self._chats)

    @asynccontextmanager
    async def permits(self, chat_id: int, count: int = 1) -> AsyncIterator[Permits]:
        """Take permits for `count` messages of a chat, all at once. A cancelled caller leaves the queue."""
        chat = self._chat(chat_id)
        permits = Permits(self, chat, await self.take(chat, count))
        try:
            yield permits
        finally:
            permits.give_back()

    @asynccontextmanager
    async def spare_permit(self, chat_id: int, *, after: float = 0.0, patience: float = 0.0) -> AsyncIterator[Permits]:
        """Take a permit for a droppable message: not before `after` seconds, and within `patience` seconds.

        Raises `Dropped` if no permit is spare by then.
        """
        chat, began = self._chat(chat_id), self._now()
        if after:
            await self._sleep(after)
        while not self._has_spare(chat):
            if self._now() - began >= patience:
                raise Dropped("no permit to spare")
            await self._sleep(_LOOK_SECONDS)
        chat.permits.append(permit := Permit())
        permits = Permits(self, chat, [permit])
        try:
            yield permits
        finally:
            permits.give_back()

    def expect(self, chat_id: int, key: str) -> None:
        """Reserve a permit for the result of a request, known by its key."""
        self._chat(chat_id).expected.setdefault(key, self._now())

    def expect_no_more(self, chat_id: int, key: str) -> None:
        """Release the reserved permit: the result is being sent, or will never come. `key` may extend the known key."""
        chat = self._chat(chat_id)
        chat.expected = {known: since for known, since in chat.expected.items() if not key.startswith(known)}

    def close(self, chat_id: int, seconds: float) -> None:
        """Send nothing to a chat for so many seconds, because Telegram asked for it."""
        chat = self._chat(chat_id)
        chat.closed_until = max(chat.closed_until, self._now() + seconds)

    async def take(self, chat: _Chat, count: int) -> list[Permit]:
        """Wait until `count` permits of a chat are free, and take them."""
        async with chat.line:
            await self._wait_until(lambda now: chat.free_to_begin(now, count))
            permits = [Permit() for _ in range(count)]
            chat.permits.extend(permits)
            return permits

    async def let_leave(self, chat: _Chat, permits: list[Permit]) -> None:
        """Wait until messages with permits may be sent. Mark the permits as begun."""
        async with chat.door:
            await self._wait_until(lambda now: chat.free_to_leave(now, len(permits)))
            # The limit over all chats is taken last, so that a chat that waits long does not delay the others.
            async with self._line_of_all:
                await self._wait_until(lambda now: free_at(IN_ALL, self._all, len(permits), self._tidy(now)))
                now = self._now()
                for permit in permits:
                    permit.began_at = now
                self._all.extend(permits)

    def left(self, chat: _Chat, permits: Iterable[Permit]) -> None:
        """Note that Telegram has answered these messages, or that they will never be sent."""
        now = self._now()
        for permit in permits:
            permit.left_at = now
            if permit.began_at is None:  # the sender gave up before sending
                chat.permits.remove(permit)

    def _has_spare(self, chat: _Chat) -> bool:
        now = self._tidy(self._now())
        chat.forget_old(now)
        return chat.has_spare(now) and not self._line_of_all.locked() and used(IN_ALL, self._all, now) < IN_ALL.spare

    async def _wait_until(self, free_at: Callable[[float], float]) -> None:
        """Wait until a time that may change during the wait."""
        while (wait := free_at(now := self._now()) - now) > 0:
            await self._sleep(min(wait, _LOOK_SECONDS))

    def _tidy(self, now: float) -> float:
        """Remove permits that no longer count in the limit over all chats. Return `now`."""
        self._all = deque(
            permit for permit in self._all if permit.began_at is not None and permit.ends(IN_ALL, now) > now
        )
        return now

    def _chat(self, chat_id: int) -> _Chat:
        chat = self._chats.pop(chat_id, None) or _Chat(chat_id)
        self._chats[chat_id] = chat  # reinserted as the newest
        now = self._now()
        chat.forget_old(now)
        if len(self._chats) > MOST_CHATS:
            idle = next((one for one in self._chats.values() if one is not chat and one.is_idle(now)), None)
            if idle is not None:
                del self._chats[idle.id]
        return chat
