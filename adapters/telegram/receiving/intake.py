"""Handles one Telegram update at a time: remembers it, answers it, or passes it to the core as an event."""

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from telegram import Bot, ChatMemberUpdated, Message, Update

from adapters.telegram import translate
from adapters.telegram.chat_ref import PLATFORM, ChatRef, chat_ref_of, to_ref
from adapters.telegram.conversation import TelegramConversation
from adapters.telegram.receiving.button_presses import ButtonPresses
from adapters.telegram.receiving.signs import Signs
from adapters.telegram.sending.message_sender import TelegramContext
from adapters.telegram.translate import Me
from bot.domain.chat import Member, OutgoingMessage, Sentence
from bot.domain.errors import PlatformFault, StoreUnavailable
from bot.domain.events import Event
from bot.ports import Handle

log = structlog.get_logger()

KINDS = ("message", "channel_post", "callback_query", "my_chat_member")
"""The kinds of updates to request. Not edited messages: a member who corrects a command must not pay twice."""

SIGNS_SECONDS = 0.3
"""When many members ask at once, how long the work waits until all of them have got a sign (chat action)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Handles updates. `now` returns Unix time."""

    me: Me
    context: TelegramContext
    handle: Handle
    presses: ButtonPresses
    signs: Signs
    commands: frozenset[str]  # the core's commands
    stale_seconds: float
    now: Callable[[], float] = time.time

    def sign(self, update: Update) -> None:
        """Start a chat action and reserve a permit for the result if an update asks for a picture. Does not wait."""
        try:
            if (message := update.message or update.channel_post) is not None:
                self._sign(message)
        except Exception:
            log.exception("telegram-update-not-signed", update=update.update_id)

    async def sign_all(self, updates: Sequence[Update]) -> None:
        """Call `sign` for each of these updates, before the first of them is handled."""
        for update in updates:
            self.sign(update)
        await self.signs.let_leave(seconds=SIGNS_SECONDS)

    async def take(self, update: Update) -> None:
        """Handle an update. When this returns, the update is durable, or its answer is queued.

        Otherwise raises `StoreUnavailable`, and nothing else: then the update must be handled again.
        """
        try:
            await self._take(update)
        except StoreUnavailable:
            raise
        except PlatformFault as fault:
            log.info("telegram-update-unanswered", update=update.update_id, fault=type(fault).__name__)
        except Exception:
            log.exception("telegram-update-failed", update=update.update_id)

    async def _take(self, update: Update) -> None:
        if update.my_chat_member is not None:
            await self._take_change(update.my_chat_member)
        elif update.callback_query is not None:
            await self.presses.take(update.callback_query, self._chat_ref_of_press(update))
        elif (message := update.message or update.channel_post) is not None:
            self._note(message)
            await self._take_message(message)

    async def _take_change(self, change: ChatMemberUpdated) -> None:
        """Drop the cached rights of a chat. If the bot can post there again, tell the core."""
        self.context.memory.forget_rights(change.chat.id)
        event = translate.to_taken_back(change, self.me)
        if event is not None:
            chat_ref = ChatRef(bot_id=self.me.id, chat_id=change.chat.id)
            await self.handle(event, TelegramConversation(chat_ref, self.context))

    def _note(self, message: Message) -> None:
        """Remember what a service message says about the chat: a new chat ID, or a topic closed or reopened."""
        memory, chat_id = self.context.memory, message.chat.id
        if message.migrate_to_chat_id:
            memory.moved(chat_id, message.migrate_to_chat_id)
        if message.migrate_from_chat_id:
            memory.moved(message.migrate_from_chat_id, chat_id)
        if message.forum_topic_closed or message.forum_topic_reopened:
            is_closed = message.forum_topic_closed is not None
            memory.topic_closed(chat_id, message.message_thread_id, is_closed=is_closed)

    def _sign(self, message: Message) -> None:
        if not any(map(translate.is_request, self._events_of(message))):
            return
        conversation = TelegramConversation(chat_ref_of(message, self.me.id), self.context)
        self.signs.put(conversation.show_activity)
        if message.media_group_id is None:  # all pictures of an album are one request
            conversation.expect_answer(to_ref(self.me.id, message.chat.id, message.message_id))

    async def _take_message(self, message: Message) -> None:
        conversation = TelegramConversation(chat_ref_of(message, self.me.id), self.context)
        if self._is_too_old(message):
            log.info("telegram-message-too-old", chat=message.chat.id)
        for event in self._events_of(message):
            await self.handle(event, conversation)
        if self._is_request_without_payer(message):
            self._refuse(message, conversation)

    def _events_of(self, message: Message) -> Iterator[Event]:
        author = self._author_of(message)
        seen = translate.to_picture_seen(message, author, self.me)
        if seen is not None:
            yield seen
        if not self._is_request(message):
            return
        form = translate.to_form_submit(message, author, self.me)
        yield (
            form
            or translate.to_opened(message, author, self.me)
            or translate.to_incoming_message(message, author, self.me)
        )

    def _is_request(self, message: Message) -> bool:
        """Whether a message may be a request: a person sent it, recently, not to another bot, and it has content."""
        if _is_nobody(message) or translate.is_for_another(message, self.me):
            return False
        if not translate.words_of(message):
            # One picture without words may be a request. A picture of an album is not: another message has the words.
            return translate.to_picture_ref(message) is not None and message.media_group_id is None
        return not self._is_too_old(message)

    def _is_too_old(self, message: Message) -> bool:
        return self.now() - message.date.timestamp() > self.stale_seconds

    def _author_of(self, message: Message) -> Member:
        if message.from_user is not None and message.sender_chat is None:
            return translate.to_member(message.from_user, self.me.language)
        chat = message.sender_chat or message.chat
        return Member(platform=PLATFORM, id=str(chat.id), name=chat.title or "", language=self.me.language)

    def _is_request_without_payer(self, message: Message) -> bool:
        """Whether a message sent in the name of a group or channel asks for something. No member could pay for it."""
        is_person = message.sender_chat is None and message.from_user is not None
        if is_person or message.is_automatic_forward or translate.is_for_another(message, self.me):
            return False
        is_ours = translate.command_of(message) in self.commands
        return (is_ours or translate.is_addressed(message, self.me)) and not self._is_too_old(message)

    def _refuse(self, message: Message, conversation: TelegramConversation) -> None:
        ref = to_ref(self.me.id, message.chat.id, message.message_id)
        refusal = OutgoingMessage(
            lines=(Sentence("speaks-for-a-chat"),), language=self.me.language, in_reply_to=ref, is_droppable=True
        )
        post = partial(conversation.post, refusal, key=f"{ref}:answer")
        self.context.answers.put(conversation.key, self._author_of(message).id, post)

    def _chat_ref_of_press(self, update: Update) -> ChatRef:
        message = update.callback_query.message if update.callback_query else None
        if isinstance(message, Message):
            return chat_ref_of(message, self.me.id)
        chat = update.effective_chat  # for an old message, Telegram gives only the chat
        return ChatRef(bot_id=self.me.id, chat_id=chat.id if chat else 0)


def read_update(raw: Any, bot: Bot) -> Update | None:
    """Parse an update. Return None for an unreadable one: it is skipped, or Telegram would send it again for ever."""
    try:
        return Update.de_json(raw, bot)
    except Exception as fault:  # noqa: BLE001 - the library may raise anything
        number = raw.get("update_id") if isinstance(raw, dict) else None
        log.warning("telegram-update-skipped", update=number, fault=type(fault).__name__)
        return None


def lane_of(update: Update) -> Hashable:
    """Return the queue key of an update. Updates of one chat are handled in order; a button press does not wait."""
    if update.callback_query is not None:
        return update.callback_query.id
    return update.effective_chat.id if update.effective_chat else 0


def _is_nobody(message: Message) -> bool:
    """Whether the sender is not a person: it is a chat in its own name, or another bot."""
    return message.sender_chat is not None or message.from_user is None or message.from_user.is_bot
