"""The way from a conversation to Telegram: paced, followed where a group has moved, faults read in one place."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from telegram import ReplyParameters
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from adapters.telegram import faults
from adapters.telegram.memory import ChatMemory
from adapters.telegram.pacing import Pace
from adapters.telegram.places import Place, numbers_of
from bot.domain.chat import MessageRef
from bot.domain.errors import Forbidden, PlatformFault, RateLimited, Unavailable

_MOST_TRIES = 4
"""At once: as it is, where the group has moved to, without the topic, without the reply."""

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a new message goes, and what it answers."""

    chat_id: int
    thread_id: int | None
    answers: int | None = None  # a message of the chat

    @property
    def reply(self) -> ReplyParameters | None:
        """What the message answers; where that is gone, it answers nothing."""
        return None if self.answers is None else ReplyParameters(self.answers, allow_sending_without_reply=True)


class Line:
    """Sends and changes messages. Raises `PlatformFault`, and nothing else for an error of the library."""

    def __init__(self, pace: Pace, memory: ChatMemory) -> None:
        self._pace = pace
        self._memory = memory

    def target(self, place: Place, in_reply_to: MessageRef | None = None) -> Target:
        """Where a new message of a place goes now."""
        chat_id = self._memory.now_at(place.chat_id)
        answered_chat, answered = numbers_of(in_reply_to) if in_reply_to else (0, 0)
        return Target(
            chat_id=chat_id,
            thread_id=self._memory.thread_in(chat_id, place.thread_id),
            answers=answered if answered_chat == chat_id else None,
        )

    async def send(self, target: Target, say: Callable[[Target], Awaitable[Done]], *, count: int = 1) -> Done:
        """Send something new, so many messages, when it is their turn; once more where that is sure to be the first."""
        for _ in range(_MOST_TRIES):
            await self._pace.turn(target.chat_id, count)
            try:
                return await say(target)
            except TelegramError as error:
                other = self._instead_of(target, error)
                if other is None:
                    raise self._fault(target.chat_id, target.thread_id, error, is_repeatable=False) from error
                target = other
        raise Unavailable("the chat moves too often")

    async def change(
        self, place: Place, chat_id: int, say: Callable[[], Awaitable[object]], *, is_passing: bool = False
    ) -> None:
        """Change a message that stands. What is passing, as progress is, takes only what turns are to spare."""
        if not is_passing:
            await self._pace.turn(chat_id)
        elif not self._pace.has_spare(chat_id):
            raise Unavailable("no turn to spare for a status")
        try:
            await self.ask(chat_id, say, thread_id=place.thread_id)
        except RateLimited as fault:
            if not is_passing:
                raise
            # Nobody waits for a status: until then there is no turn to spare, and what ends meanwhile is shown at once.
            raise Unavailable("Telegram asks us to wait") from fault

    async def ask(self, chat_id: int, say: Callable[[], Awaitable[object]], *, thread_id: int | None = None) -> None:
        """Do what may be done any number of times and is not counted; what would change nothing is done."""
        try:
            await say()
        except TelegramError as error:
            if not faults.is_not_modified(error):
                raise self._fault(chat_id, thread_id, error, is_repeatable=True) from error

    def _instead_of(self, target: Target, error: TelegramError) -> Target | None:
        """Where a message goes that Telegram did not take there; None if nowhere."""
        if isinstance(error, ChatMigrated):
            self._memory.moved(target.chat_id, error.new_chat_id)
            return replace(target, chat_id=error.new_chat_id, answers=None)
        if faults.is_thread_gone(error) and target.thread_id is not None:
            self._memory.topic_lost(target.chat_id, target.thread_id)
            return replace(target, thread_id=None)
        if faults.is_reply_gone(error) and target.answers is not None:
            return replace(target, answers=None)
        return None

    def _fault(
        self, chat_id: int, thread_id: int | None, error: TelegramError, *, is_repeatable: bool
    ) -> PlatformFault:
        fault = faults.to_fault(error, is_repeatable=is_repeatable)
        if isinstance(error, RetryAfter):
            self._pace.close(chat_id, faults.seconds_of(error))
        if isinstance(error, ChatMigrated):
            self._memory.moved(chat_id, error.new_chat_id)
        if faults.is_topic_closed(error):
            self._memory.topic_closed(chat_id, thread_id)
        if isinstance(fault, Forbidden):
            self._memory.forget_rights(chat_id)
        return fault
