"""A chat, or a topic in a chat, where the bot can post."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from telegram import ReactionTypeEmoji
from telegram.constants import ChatAction
from telegram.error import RetryAfter, TelegramError

from adapters.telegram.abilities import UNDERSTOOD, find_abilities, find_rights
from adapters.telegram.chat_ref import ChatRef, to_posted
from adapters.telegram.faults import to_fault
from adapters.telegram.sending.keyboards import to_keyboard
from adapters.telegram.sending.message_sender import MessageSender, TelegramContext
from adapters.telegram.sending.rate_limited_sender import Target
from adapters.telegram.sending.rendering import CAPTION_UNITS, TEXT_UNITS, Rendered, render
from adapters.telegram.sending.showing import Showing, messages_of
from bot.domain.chat import Abilities, Address, ConversationKey, MessageRef, OutgoingMessage, PictureRef, Posted
from bot.domain.errors import Dropped, Forbidden, Gone, PlatformFault, RateLimited
from bot.ports import Parts, Send

GATHERING_SECONDS = 0.5
"""How long the first status of a request waits in a group. Many members may ask at once, and then the results need
the whole rate limit."""

STATUS_PATIENCE_SECONDS = 1.0
PATIENCE_SECONDS = 15.0
PATIENCE_ALONE_SECONDS = 30.0
"""How long a droppable message waits for a spare permit: a status; any other message in a group; and one in private,
where it delays nobody and waits only because of the bot's limit over all chats."""

_PIECE_BYTES = 256 * 1024


class TelegramConversation:
    """Implements `ports.Conversation` for a chat or topic of Telegram."""

    def __init__(self, chat_ref: ChatRef, context: TelegramContext) -> None:
        self._chat_ref = chat_ref
        self._context = context
        self._sender = MessageSender(chat_ref, context)

    @property
    def address(self) -> Address:
        """Bot, chat and topic as text."""
        return self._chat_ref.address

    @property
    def key(self) -> ConversationKey:
        """Bot and chat, without the topic."""
        return self._chat_ref.key

    async def abilities(self) -> Abilities:
        """Find out what the chat's permissions and our membership allow. If Telegram does not say, it is allowed."""
        return await find_abilities(self._context.bot, self._chat_ref, self._context.memory)

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Send a message. Telegram has no idempotency keys: the same call sends the message again.

        When a status is posted, a permit is reserved for the result of its request, until `deliver` is called with a
        key that begins with this key. A status is sent silently.
        """
        if message.pictures:
            return await self.deliver(message, key=key, parts=_NothingSent())
        target = self._sender.target(message.in_reply_to)
        self._answers(message)
        if message.progress is None:
            patience = PATIENCE_ALONE_SECONDS if self._chat_ref.is_private else PATIENCE_SECONDS
            return to_posted(await self._say(message, target, patience=patience))
        self._context.line.pace.expect(target.chat_id, key)
        after = 0.0 if self._chat_ref.is_private else GATHERING_SECONDS
        ref = await self._say(message, target, after=after, patience=STATUS_PATIENCE_SECONDS, is_silent=True)
        self._context.memory.status_posted(ref, key)
        return to_posted(ref)

    def expect_answer(self, ref: MessageRef) -> None:
        """Reserve a permit for the result that answers a member's message, until the bot replies to that message."""
        if not self._chat_ref.is_private:
            self._context.line.pace.expect(self._chat_ref.message_of(ref)[0], _answer_to(ref))

    def _answers(self, message: OutgoingMessage) -> None:
        if message.in_reply_to is not None and not self._chat_ref.is_private:
            chat_id, _ = self._chat_ref.message_of(message.in_reply_to)
            self._context.line.pace.expect_no_more(chat_id, _answer_to(message.in_reply_to))

    async def _say(
        self, message: OutgoingMessage, target: Target, *, patience: float, after: float = 0.0, is_silent: bool = False
    ) -> MessageRef:
        words, keyboard = self._render(message, TEXT_UNITS), to_keyboard(message, self._context.texts)
        if not message.is_droppable:
            return await self._sender.send_text(target, words, keyboard, is_silent=is_silent)
        async with self._context.line.pace.spare_permit(target.chat_id, after=after, patience=patience) as permits:
            return await self._sender.send_text_if_spare(target, words, keyboard, permits, is_silent=is_silent)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Send an outcome as new messages. The status message is deleted by the core, not here."""
        del status
        target, pace = self._sender.target(outcome.in_reply_to), self._context.line.pace
        self._answers(outcome)
        async with pace.permits(target.chat_id, messages_of(outcome)) as permits:
            pace.expect_no_more(target.chat_id, key)
            showing = Showing(
                message=outcome,
                named=None if self._chat_ref.is_private else outcome.requester,
                sender=self._sender,
                context=self._context,
                target=target,
                parts=parts,
                permits=permits,
            )
            return await showing.show()

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Edit the text of a message, or the caption of its one picture. The picture stays.

        A text cannot become a picture, nor a picture a text. Then a new message replaces it.
        """
        if message.progress is None:
            self._expect_no_more(ref)
        is_caption = len(message.pictures) == 1
        fits = await self._sender.edit_words(
            ref,
            self._render(message, CAPTION_UNITS if is_caption else TEXT_UNITS),
            to_keyboard(message, self._context.texts),
            is_caption=is_caption,
            is_droppable=message.is_droppable,
        )
        if fits and len(message.pictures) <= 1:
            return to_posted(ref)
        posted = await self.post(message, key=f"instead-of-{ref}")
        with suppress(Forbidden):  # too old to be deleted
            await self.delete(ref)
        return posted

    async def delete(self, ref: MessageRef) -> None:
        """Delete a message. Telegram allows that for two days; after that, raises `Forbidden`."""
        self._expect_no_more(ref)
        chat_id, message_id = self._chat_ref.message_of(ref)
        if chat_id == 0:
            return
        try:
            await self._context.line.ask(chat_id, lambda: self._context.bot.delete_message(chat_id, message_id))
        except Gone:
            return

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """Download a file by its ID, in chunks. Raises `TooLarge` above 20 MB, unless the Bot API server is local."""
        try:
            file = await self._context.bot.get_file(ref)
        except TelegramError as error:
            raise to_fault(error, is_repeatable=True) from error
        path = file.file_path or ""
        if path.startswith(("https://", "http://")):
            async for piece in self._context.request.read_file(path):
                yield piece
        else:  # a local Bot API server on this machine returns the path of its file
            async for piece in _read_local(Path(path)):
                yield piece

    async def show_activity(self) -> None:
        """Show the chat action "sending a photo" for five seconds, unless it is shown already.

        Raises `Dropped` if Telegram answers with `RetryAfter`.
        """
        target = self._sender.target(None)
        if not self._context.memory.begin_activity(target.chat_id, target.thread_id):
            return
        try:
            await self._context.bot.send_chat_action(
                target.chat_id, ChatAction.UPLOAD_PHOTO, message_thread_id=target.thread_id
            )
        except TelegramError as error:
            raise _fault_of_sign(error) from error

    async def acknowledge(self, ref: MessageRef | None) -> None:
        """React to a message with 👀. In private, and where the bot cannot react, call `show_activity` instead.

        In a group, everybody sees a chat action. So it does not tell a member that their own message was received.
        """
        number = await self._reactable(ref)
        if number is not None:
            try:
                await self._context.bot.set_message_reaction(*number, [ReactionTypeEmoji(UNDERSTOOD)])
            except RetryAfter as error:
                raise _fault_of_sign(error) from error
            except TelegramError:
                pass  # the message is gone, or members may not react here
            else:
                return
        await self.show_activity()

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Remove the 👀 reaction from a message."""
        number = await self._reactable(ref)
        if number is not None:
            with suppress(Gone, Forbidden):
                chat_id, message_id = number
                await self._context.line.ask(
                    chat_id, lambda: self._context.bot.set_message_reaction(chat_id, message_id, [])
                )

    async def _reactable(self, ref: MessageRef | None) -> tuple[int, int] | None:
        """Return chat ID and message ID if the bot may react to the message; otherwise, and in private, None."""
        chat_id, message_id = self._chat_ref.message_of(ref) if ref else (0, 0)
        if self._chat_ref.is_private or chat_id == 0 or chat_id != self._context.memory.now_at(self._chat_ref.chat_id):
            return None
        rights = await find_rights(self._context.bot, self._chat_ref, self._context.memory)
        return (chat_id, message_id) if rights.may_react else None

    def _expect_no_more(self, status: MessageRef) -> None:
        """Release the permit that is reserved for the result of a status: its request has ended."""
        key = self._context.memory.status_over(status)
        if key is not None:
            self._context.line.pace.expect_no_more(self._chat_ref.message_of(status)[0], key)

    def _render(self, message: OutgoingMessage, most: int) -> Rendered:
        named = None if self._chat_ref.is_private else message.requester
        return render(message, self._context.texts, most=most, named=named)


def _answer_to(ref: MessageRef) -> str:
    return f"answer-to-{ref}."  # the dot keeps one key from being the prefix of another


class _NothingSent:
    """Implements `ports.Parts` for a message whose parts are not recorded."""

    def begun_at(self, part: str) -> datetime | None:
        """Return None: no part was begun before."""
        return None

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        """Send the part."""
        return await send()


def _fault_of_sign(error: TelegramError) -> PlatformFault:
    """Return the fault for a failed chat action or reaction.

    It is not a message. So `RetryAfter` becomes `Dropped` and does not block sending to the chat.
    """
    fault = to_fault(error, is_repeatable=True)
    return Dropped("Telegram asks us to wait") if isinstance(fault, RateLimited) else fault


async def _read_local(path: Path) -> AsyncIterator[bytes]:
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece
    except OSError as error:
        raise Gone("the server's file cannot be read here") from error
