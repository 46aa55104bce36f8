"""A queue for answers that nothing waits for: help, refusals, questions, words about credits.

An event handler puts its answer here and is done with the event, even if the chat has to wait for its rate limit. So a
busy chat does not slow down other chats. Requests do not use this queue: they are in the store. A stop waits a moment
for the answers that are left. A kill loses them; nothing was charged for any of them.
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
"""The most answers that wait for one chat, and for all chats. A platform that takes 20 messages a minute in a group and
28 a second in all posts the last of either after 18 s. A member who has waited longer has asked again, or has left."""

LONGEST_WAIT_SECONDS = 60.0
"""If the platform's rate limit asks for a longer wait than this, the answer is dropped."""


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    chat: str
    asker: str
    post: Post
    is_over: asyncio.Event = field(default_factory=asyncio.Event)  # set when it was posted, or never will be


class Answers:
    """Implements `ports.AnswerQueue` with a queue for each chat. A queue is removed when it is empty."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._posting: dict[str, tuple[_Answer, asyncio.Task[None]]] = {}  # the answer that each chat posts now
        self._waiting: dict[str, deque[_Answer]] = {}  # the answers behind it
        self._in_order: dict[_Answer, None] = {}  # all waiting answers, the oldest first
        self._dropped = 0  # the answers dropped since all queues were last empty

    @property
    def count(self) -> int:
        """The number of answers that are not posted yet."""
        return len(self._posting) + len(self._in_order)

    def put(self, chat: str, asker: str, post: Post) -> None:
        """Put an answer at the end of its chat's queue. If too many answers wait, one is dropped."""
        answer = _Answer(chat, asker, post)
        if self.count >= MOST_IN_ALL and not self._drop_oldest():
            self._drop(answer)  # all others are being posted at this moment
        elif chat not in self._posting:
            self._begin(answer)
        else:
            self._waiting.setdefault(chat, deque()).append(answer)
            self._in_order[answer] = None
            if len(self._waiting[chat]) > MOST_IN_CHAT:
                self._drop(self._least_missed(chat))

    async def until_posted(self, chat: str, *, seconds: float) -> None:
        """Wait, at most `seconds`, until all answers in a chat's queue now are posted or dropped.

        A message posted after that stands below them.
        """
        if chat not in self._posting:
            return
        before = [self._posting[chat][0], *self._waiting.get(chat, ())]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for answer in before:
                    await answer.is_over.wait()

    async def finish(self, *, seconds: float) -> None:
        """Wait, at most `seconds`, until all answers are posted. Then cancel the rest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._posting:
                    await asyncio.wait([task for _, task in self._posting.values()])
                    await asyncio.sleep(0)  # let the next answers begin
        tasks = [task for _, task in self._posting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, answer: _Answer) -> None:
        task = asyncio.create_task(self._post(answer))
        self._posting[answer.chat] = (answer, task)
        task.add_done_callback(partial(self._go_on, answer))

    def _go_on(self, answer: _Answer, task: asyncio.Task[None]) -> None:
        """Begin the next answer of a chat. If this answer was cancelled, drop those behind it."""
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
        """Choose the answer to drop: the oldest of the member with the most waiting answers.

        So a member who floods a chat drops only their own answers.
        """
        waiting = self._waiting[chat]
        count = Counter(answer.asker for answer in waiting)
        return max(waiting, key=lambda answer: count[answer.asker])  # `max` returns the first of equals: the oldest

    def _drop_oldest(self) -> bool:
        """Drop the answer that has waited longest behind another one. Return False if no answer waits."""
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
        """Remove an answer from the waiting ones."""
        if answer in self._in_order:
            del self._in_order[answer]
            self._waiting[answer.chat].remove(answer)
            if not self._waiting[answer.chat]:
                del self._waiting[answer.chat]
