"""A chat, or a topic in one, where we can speak."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from telegram.constants import ChatAction
from telegram.error import TelegramError

from adapters.telegram.abilities import find_abilities
from adapters.telegram.faults import to_fault
from adapters.telegram.keyboards import to_keyboard
from adapters.telegram.places import Place, numbers_of, to_posted
from adapters.telegram.rendering import CAPTION_UNITS, TEXT_UNITS, render
from adapters.telegram.showing import Showing
from adapters.telegram.speech import Speech, Station
from bot.domain.chat import Abilities, Address, ConversationKey, MessageRef, OutgoingMessage, PictureRef, Posted
from bot.domain.errors import Gone

_PIECE_BYTES = 256 * 1024


class TelegramConversation:
    """Implements `ports.Conversation`."""

    def __init__(self, place: Place, station: Station) -> None:
        self._place = place
        self._station = station
        self._speech = Speech(place, station)

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
        return await find_abilities(self._station.bot, self._place, self._station.memory)

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Send a message. Telegram knows no keys: only parts that this process has sent are not sent again."""
        if message.pictures:
            root = (self._place.address.text, key)
            return await Showing(message, self._speech, self._station, root=root).deliver(None)
        words = render(message, self._station.texts, most=TEXT_UNITS)
        target = self._speech.target(message.in_reply_to)
        return to_posted(await self._speech.send_text(target, words, to_keyboard(message, self._station.texts)))

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Have a message say something else. Raises `Gone`, and `Unavailable` for progress that no turn is left for."""
        texts = self._station.texts
        if message.pictures:
            return await Showing(message, self._speech, self._station, root=ref).deliver(ref)
        self._station.outbox.forget(ref)
        await self._speech.edit_text(
            ref,
            render(message, texts, most=TEXT_UNITS),
            render(message, texts, most=CAPTION_UNITS),
            to_keyboard(message, texts),
            is_passing=message.progress is not None,
        )
        return to_posted(ref)

    async def delete(self, ref: MessageRef) -> None:
        """Delete a message; Telegram lets us do that for two days."""
        chat_id, message_id = numbers_of(ref)
        if chat_id == 0:
            return
        try:
            await self._station.line.ask(chat_id, lambda: self._station.bot.delete_message(chat_id, message_id))
        except Gone:
            return

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The file of an identifier in pieces. Raises `TooLarge` above 20 MB, unless the server is one's own."""
        try:
            file = await self._station.bot.get_file(ref)
        except TelegramError as error:
            raise to_fault(error, is_repeatable=True) from error
        path = file.file_path or ""
        if path.startswith(("https://", "http://")):
            async for piece in self._station.request.read_file(path):
                yield piece
        else:  # a server of one's own, on this machine, names its own file
            async for piece in _read_local(Path(path)):
                yield piece

    async def show_activity(self) -> None:
        """Show for five seconds that a picture is on its way."""
        bot, target = self._station.bot, self._speech.target(None)
        await self._station.line.ask(
            target.chat_id,
            lambda: bot.send_chat_action(target.chat_id, ChatAction.UPLOAD_PHOTO, message_thread_id=target.thread_id),
        )


async def _read_local(path: Path) -> AsyncIterator[bytes]:
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece
    except OSError as error:
        raise Gone("the server's file cannot be read here") from error
