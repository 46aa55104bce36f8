"""A chat, or a topic in one, where we can speak."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from telegram import ReactionTypeEmoji
from telegram.constants import ChatAction
from telegram.error import RetryAfter, TelegramError

from adapters.telegram.abilities import UNDERSTOOD, find_abilities, find_rights
from adapters.telegram.chat_ref import ChatRef, numbers_of, to_posted
from adapters.telegram.faults import to_fault
from adapters.telegram.keyboards import to_keyboard
from adapters.telegram.message_sender import MessageSender, TelegramContext
from adapters.telegram.rate_limited_sender import Target
from adapters.telegram.rendering import CAPTION_UNITS, TEXT_UNITS, Rendered, render
from adapters.telegram.showing import Showing, messages_of
from bot.domain.chat import Abilities, Address, ConversationKey, MessageRef, OutgoingMessage, PictureRef, Posted
from bot.domain.errors import Dropped, Forbidden, Gone, PlatformFault, RateLimited
from bot.ports import Parts, Send

GATHERING_SECONDS = 0.5
"""How long a first status waits in a group: many may ask at once, and then their results need all turns there are."""

STATUS_PATIENCE_SECONDS = 1.0
PATIENCE_SECONDS = 15.0
PATIENCE_ALONE_SECONDS = 30.0
"""How long what may be left out waits for a turn that is to spare: a status, anything else in a group, and in private,
where it keeps nobody waiting, and only all other chats together can be what it waits for."""

_PIECE_BYTES = 256 * 1024


class TelegramConversation:
    """Implements `ports.Conversation`."""

    def __init__(self, place: ChatRef, context: TelegramContext) -> None:
        self._place = place
        self._context = context
        self._sender = MessageSender(place, context)

    @property
    def address(self) -> Address:
        """Bot, chat and topic."""
        return self._place.address

    @property
    def key(self) -> ConversationKey:
        """Bot and chat."""
        return self._place.key

    async def abilities(self) -> Abilities:
        """What the chat's permissions and our membership allow; what Telegram does not say is allowed."""
        return await find_abilities(self._context.bot, self._place, self._context.memory)

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Send a message. Telegram knows no keys: the same is sent once more.

        The result of a request whose status is posted under a key is expected from then on, until `deliver` has a key
        that begins with it. A status makes no sound.
        """
        if message.pictures:
            return await self.deliver(message, key=key, parts=_NothingSent())
        target = self._sender.target(message.in_reply_to)
        self._answers(message)
        if message.progress is None:
            patience = PATIENCE_ALONE_SECONDS if self._place.is_private else PATIENCE_SECONDS
            return to_posted(await self._say(message, target, patience=patience))
        self._context.line.pace.expect(target.chat_id, key)
        after = 0.0 if self._place.is_private else GATHERING_SECONDS
        ref = await self._say(message, target, after=after, patience=STATUS_PATIENCE_SECONDS, is_silent=True)
        self._context.memory.status_posted(ref, key)
        return to_posted(ref)

    def expect_answer(self, ref: MessageRef) -> None:
        """Count on a result in answer to what a member said, until something is said in answer to it."""
        if not self._place.is_private:
            self._context.line.pace.expect(numbers_of(ref)[0], _answer_to(ref))

    def _answers(self, message: OutgoingMessage) -> None:
        if message.in_reply_to is not None and not self._place.is_private:
            chat_id, _ = numbers_of(message.in_reply_to)
            self._context.line.pace.expect_no_more(chat_id, _answer_to(message.in_reply_to))

    async def _say(
        self, message: OutgoingMessage, target: Target, *, patience: float, after: float = 0.0, is_silent: bool = False
    ) -> MessageRef:
        words, keyboard = self._render(message, TEXT_UNITS), to_keyboard(message, self._context.texts)
        if not message.is_droppable:
            return await self._sender.send_text(target, words, keyboard, is_silent=is_silent)
        async with self._context.line.pace.spare_turn(target.chat_id, after=after, patience=patience) as turns:
            return await self._sender.send_text_if_spare(target, words, keyboard, turns, is_silent=is_silent)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Bring an outcome as new messages; the status is the core's to take away."""
        del status
        target, pace = self._sender.target(outcome.in_reply_to), self._context.line.pace
        self._answers(outcome)
        async with pace.turns(target.chat_id, messages_of(outcome)) as turns:
            pace.expect_no_more(target.chat_id, key)
            showing = Showing(
                message=outcome,
                named=None if self._place.is_private else outcome.owner,
                sender=self._sender,
                context=self._context,
                target=target,
                parts=parts,
                turns=turns,
            )
            return await showing.show()

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Have a message say something else; the pictures that it shows stay."""
        if message.progress is None:
            self._expect_no_more(ref)
        await self._sender.edit_text(
            ref,
            self._render(message, TEXT_UNITS),
            self._render(message, CAPTION_UNITS),
            to_keyboard(message, self._context.texts),
            is_droppable=message.is_droppable,
        )
        return to_posted(ref)

    async def delete(self, ref: MessageRef) -> None:
        """Delete a message; Telegram lets us do that for two days, then it is `Forbidden`."""
        self._expect_no_more(ref)
        chat_id, message_id = numbers_of(ref)
        if chat_id == 0:
            return
        try:
            await self._context.line.ask(chat_id, lambda: self._context.bot.delete_message(chat_id, message_id))
        except Gone:
            return

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The file of an identifier in pieces. Raises `TooLarge` above 20 MB, unless the server is one's own."""
        try:
            file = await self._context.bot.get_file(ref)
        except TelegramError as error:
            raise to_fault(error, is_repeatable=True) from error
        path = file.file_path or ""
        if path.startswith(("https://", "http://")):
            async for piece in self._context.request.read_file(path):
                yield piece
        else:  # a server of one's own, on this machine, names its own file
            async for piece in _read_local(Path(path)):
                yield piece

    async def show_activity(self) -> None:
        """Show for five seconds that a picture is on its way, unless that is shown already.

        Raises `Dropped` where Telegram asks us to wait.
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
        """React to a message with eyes; in private, and where that cannot be, as `show_activity`.

        Activity is shown to all in a group, and so tells nobody who of them was understood.
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
        """Take our eyes off a message."""
        number = await self._reactable(ref)
        if number is not None:
            with suppress(Gone, Forbidden):
                chat_id, message_id = number
                await self._context.line.ask(
                    chat_id, lambda: self._context.bot.set_message_reaction(chat_id, message_id, [])
                )

    async def _reactable(self, ref: MessageRef | None) -> tuple[int, int] | None:
        """Chat and number of a message that we may react to; None in private."""
        chat_id, message_id = numbers_of(ref) if ref else (0, 0)
        if self._place.is_private or chat_id == 0 or chat_id != self._context.memory.now_at(self._place.chat_id):
            return None
        rights = await find_rights(self._context.bot, self._place, self._context.memory)
        return (chat_id, message_id) if rights.may_react else None

    def _expect_no_more(self, status: MessageRef) -> None:
        """The request that a status told of has ended."""
        key = self._context.memory.status_over(status)
        if key is not None:
            self._context.line.pace.expect_no_more(numbers_of(status)[0], key)

    def _render(self, message: OutgoingMessage, most: int) -> Rendered:
        named = None if self._place.is_private else message.owner
        return render(message, self._context.texts, most=most, named=named)


def _answer_to(ref: MessageRef) -> str:
    return f"answer-to-{ref}."  # no such key is the beginning of another


class _NothingSent:
    """Implements `ports.Parts` for what nobody keeps account of."""

    def begun_at(self, part: str) -> datetime | None:
        """Nothing was begun."""
        return None

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        """Send it."""
        return await send()


def _fault_of_sign(error: TelegramError) -> PlatformFault:
    """What it means that a sign was not shown. It is no message, so that no chat is closed because of it."""
    fault = to_fault(error, is_repeatable=True)
    return Dropped("Telegram asks us to wait") if isinstance(fault, RateLimited) else fault


async def _read_local(path: Path) -> AsyncIterator[bytes]:
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece
    except OSError as error:
        raise Gone("the server's file cannot be read here") from error
