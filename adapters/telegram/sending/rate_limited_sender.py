"""Sends to Telegram within the rate limits, follows a group to its new chat ID, and converts errors to faults."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from telegram import ReplyParameters
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from adapters.telegram import faults
from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.memory import ChatMemory
from adapters.telegram.sending.pacing import Pace, Permits
from bot.domain.chat import MessageRef
from bot.domain.errors import Dropped, Forbidden, PlatformFault, RateLimited, Unavailable

_MOST_TRIES = 4
"""Tries of one message: as it is, to the new chat ID, without the topic, without the reply."""

SOON_SECONDS = 5.0
"""If Telegram asks to wait no longer than this, the same message is retried, up to `_MOST_TRIES` tries."""

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The chat and topic for a new message, and the message that it replies to."""

    chat_id: int
    thread_id: int | None
    answers: int | None = None  # the ID of a message in this chat

    @property
    def reply(self) -> ReplyParameters | None:
        """The message to reply to. If it is gone, Telegram sends the new message without a reply."""
        return None if self.answers is None else ReplyParameters(self.answers, allow_sending_without_reply=True)


class RateLimitedSender:
    """Sends and edits messages. Every error of the library is raised as a `PlatformFault`."""

    def __init__(self, pace: Pace, memory: ChatMemory) -> None:
        self.pace = pace
        self._memory = memory

    def target(self, chat_ref: ChatRef, in_reply_to: MessageRef | None = None) -> Target:
        """Return the target for a new message: the present chat ID, and the topic and reply if they still exist."""
        chat_id = self._memory.now_at(chat_ref.chat_id)
        answered_chat, answered = chat_ref.message_of(in_reply_to) if in_reply_to else (0, 0)
        return Target(
            chat_id=chat_id,
            thread_id=self._memory.thread_in(chat_id, chat_ref.thread_id),
            answers=answered if answered_chat == chat_id else None,
        )

    async def send(
        self,
        target: Target,
        say: Callable[[Target], Awaitable[Done]],
        *,
        count: int = 1,
        permits: Permits | None = None,
    ) -> Done:
        """Send `count` new messages when it is their turn. Retry only if Telegram certainly did not take them.

        `permits`: permits that were already taken for these messages.
        """
        if permits is None or permits.chat_id != target.chat_id:
            async with self.pace.permits(target.chat_id, count) as taken:
                return await self._send(target, say, count, taken)
        return await self._send(target, say, count, permits)

    async def _send(
        self, target: Target, say: Callable[[Target], Awaitable[Done]], count: int, permits: Permits
    ) -> Done:
        for attempt in range(1, _MOST_TRIES + 1):
            try:
                async with permits.leaving(count):
                    return await say(target)
            except RetryAfter as error:
                fault = self._fault(target.chat_id, target.thread_id, error, is_repeatable=False)
                if faults.seconds_of(error) > SOON_SECONDS or attempt == _MOST_TRIES:
                    raise fault from error
            except TelegramError as error:
                other = self._instead_of(target, error)
                if other is None:
                    raise self._fault(target.chat_id, target.thread_id, error, is_repeatable=False) from error
                if other.chat_id != target.chat_id:
                    return await self.send(other, say, count=count)
                target = other
        raise Unavailable("the chat changes too often")

    async def send_if_spare(self, target: Target, say: Callable[[Target], Awaitable[Done]], permits: Permits) -> Done:
        """Send a droppable message. Raises `Dropped` also if Telegram asks the bot to wait."""
        try:
            async with permits.leaving():
                return await say(target)
        except TelegramError as error:
            other = self._instead_of(target, error)
            if other is not None and other.chat_id == target.chat_id:
                return await self.send_if_spare(other, say, permits)
            raise self._left_out(target.chat_id, target.thread_id, error, is_repeatable=False) from error

    async def change(
        self, chat_ref: ChatRef, chat_id: int, say: Callable[[], Awaitable[object]], *, is_droppable: bool = False
    ) -> None:
        """Edit a message. A droppable edit takes only a spare permit, and raises `Dropped` if there is none."""
        taken = self.pace.spare_permit(chat_id) if is_droppable else self.pace.permits(chat_id)
        async with taken as permits:
            try:
                async with permits.leaving():
                    await say()
            except TelegramError as error:
                if faults.is_not_modified(error):
                    return
                if is_droppable:
                    raise self._left_out(chat_id, chat_ref.thread_id, error, is_repeatable=True) from error
                raise self._fault(chat_id, chat_ref.thread_id, error, is_repeatable=True) from error

    async def ask(self, chat_id: int, say: Callable[[], Awaitable[object]], *, thread_id: int | None = None) -> None:
        """Make an idempotent call that does not count against the rate limit. "Not modified" counts as success.

        If Telegram asks to wait, only such calls have to: messages are still sent.
        """
        try:
            await say()
        except TelegramError as error:
            if not faults.is_not_modified(error):
                raise self._noted(chat_id, thread_id, error, is_repeatable=True) from error

    def _instead_of(self, target: Target, error: TelegramError) -> Target | None:
        """Return the target for the next try after an error, and remember what the error says. None: do not retry."""
        if isinstance(error, ChatMigrated):
            self._memory.moved(target.chat_id, error.new_chat_id)
            return replace(target, chat_id=error.new_chat_id, answers=None)
        if faults.is_thread_gone(error) and target.thread_id is not None:
            self._memory.topic_lost(target.chat_id, target.thread_id)
            return replace(target, thread_id=None)
        if faults.is_reply_gone(error) and target.answers is not None:
            return replace(target, answers=None)
        return None

    def _left_out(
        self, chat_id: int, thread_id: int | None, error: TelegramError, *, is_repeatable: bool
    ) -> PlatformFault:
        """Return the fault for a droppable message: `Dropped` instead of `RateLimited`, because nobody waits for it.

        There is no spare permit until the pause that Telegram asked for is over.
        """
        fault = self._fault(chat_id, thread_id, error, is_repeatable=is_repeatable)
        return Dropped("Telegram asks us to wait") if isinstance(fault, RateLimited) else fault

    def _fault(
        self, chat_id: int, thread_id: int | None, error: TelegramError, *, is_repeatable: bool
    ) -> PlatformFault:
        """Return the fault for a message or an edit. If Telegram asks to wait, the chat is sent nothing until then."""
        if isinstance(error, RetryAfter):
            self.pace.close(chat_id, faults.seconds_of(error))
        return self._noted(chat_id, thread_id, error, is_repeatable=is_repeatable)

    def _noted(
        self, chat_id: int, thread_id: int | None, error: TelegramError, *, is_repeatable: bool
    ) -> PlatformFault:
        """Return the fault for an error, and remember what the error says about the chat."""
        fault = faults.to_fault(error, is_repeatable=is_repeatable)
        if isinstance(error, ChatMigrated):
            self._memory.moved(chat_id, error.new_chat_id)
        if faults.is_topic_closed(error):
            self._memory.topic_closed(chat_id, thread_id)
        if isinstance(fault, Forbidden):
            self._memory.forget_rights(chat_id)
        return fault
