"""Answers that nothing waits for: help, refusals, questions, words about credits.

Whoever handles an event puts its answer here and is done with the event, however long the chat has to wait for its
turn. So a chat in which much is asked holds back no other. Requests never pass through here: they are in the store.
A stop waits a moment for what is left; a kill loses it, and nothing was charged for any of it.
"""

import asyncio
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.domain.errors import PlatformFault, RateLimited
from bot.ports import Clock, Post

log = structlog.get_logger()

MOST_IN_CHAT = 6
MOST_IN_ALL = 500
"""Answers that wait for one chat, and for all of them. A platform that takes 20 messages a minute in a group, and 28 a
second in all, posts the last of either after 18 s; who has waited longer has asked again, or has left."""

LONGEST_WAIT_SECONDS = 60.0
"""An answer that the platform wants later than this is dropped."""


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    chat: str
    asker: str
    post: Post
    is_over: asyncio.Event = field(default_factory=asyncio.Event)  # it was posted, or never will be


class Answers:
    """Implements `ports.AnswerQueue`: a queue for each chat, which is there only as long as something is in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._posting: dict[str, tuple[_Answer, asyncio.Task[None]]] = {}  # of each chat, the one that is posted now
        self._waiting: dict[str, deque[_Answer]] = {}  # behind that one
        self._in_order: dict[_Answer, None] = {}  # all that wait, the oldest first
        self._dropped = 0  # since nothing was left the last time

    @property
    def count(self) -> int:
        """How many answers have not been posted yet."""
        return len(self._posting) + len(self._in_order)

    def put(self, chat: str, asker: str, post: Post) -> None:
        """Have an answer posted after those that wait for its chat. Where too many do, one of them is dropped."""
        answer = _Answer(chat, asker, post)
        if self.count >= MOST_IN_ALL and not self._drop_oldest():
            self._drop(answer)  # nothing is given up that is perhaps being posted at this moment
        elif chat not in self._posting:
            self._begin(answer)
        else:
            self._waiting.setdefault(chat, deque()).append(answer)
            self._in_order[answer] = None
            if len(self._waiting[chat]) > MOST_IN_CHAT:
                self._drop(self._least_missed(chat))

    async def until_posted(self, chat: str, *, seconds: float) -> None:
        """Wait, but not longer than told, until all answers that were put for a chat up to now are over.

        What is posted then stands below them.
        """
        if chat not in self._posting:
            return
        before = [self._posting[chat][0], *self._waiting.get(chat, ())]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for answer in before:
                    await answer.is_over.wait()

    async def finish(self, *, seconds: float) -> None:
        """Wait, but not longer than told, until everything is posted; the rest is given up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._posting:
                    await asyncio.wait([task for _, task in self._posting.values()])
                    await asyncio.sleep(0)  # so that what comes next has begun
        tasks = [task for _, task in self._posting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, answer: _Answer) -> None:
        task = asyncio.create_task(self._post(answer))
        self._posting[answer.chat] = (answer, task)
        task.add_done_callback(partial(self._go_on, answer))

    def _go_on(self, answer: _Answer, task: asyncio.Task[None]) -> None:
        """After an answer, begin the next of its chat; where it was given up, so are those behind it."""
        del self._posting[answer.chat]
        answer.is_over.set()
        waiting = tuple(self._waiting.get(answer.chat, ()))
        if task.cancelled():
            for behind in waiting:
                self._drop(behind)
        elif waiting:
            self._forget(waiting[0])
            self._begin(waiting[0])
        if self._dropped and not self._posting:
            log.info("answers-dropped-in-all", count=self._dropped)
            self._dropped = 0

    async def _post(self, answer: _Answer) -> None:
        try:
            try:
                await answer.post()
            except RateLimited as fault:
                if fault.retry_after_seconds > LONGEST_WAIT_SECONDS:
                    raise
                await self._clock.sleep(fault.retry_after_seconds)
                await answer.post()
        except PlatformFault as fault:
            log.info("answer-not-posted", chat=answer.chat, fault=type(fault).__name__)
        except Exception:
            log.exception("answer-failed", chat=answer.chat)

    def _least_missed(self, chat: str) -> _Answer:
        """The oldest answer to whoever waits for most: so nobody's flood drops what others have asked for."""
        waiting = self._waiting[chat]
        count = Counter(answer.asker for answer in waiting)
        return max(waiting, key=lambda answer: count[answer.asker])  # of equals the first, which is the oldest

    def _drop_oldest(self) -> bool:
        """Drop the answer that has waited longest behind another; False if none does."""
        oldest = next(iter(self._in_order), None)
        if oldest is not None:
            self._drop(oldest)
        return oldest is not None

    def _drop(self, answer: _Answer) -> None:
        if not self._dropped:
            log.warning("answers-dropped", chat=answer.chat, advice="more is asked than the platform lets us answer")
        self._dropped += 1
        self._forget(answer)
        answer.is_over.set()

    def _forget(self, answer: _Answer) -> None:
        """Take an answer out of those that wait."""
        if answer in self._in_order:
            del self._in_order[answer]
            self._waiting[answer.chat].remove(answer)
            if not self._waiting[answer.chat]:
                del self._waiting[answer.chat]
