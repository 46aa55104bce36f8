"""The ways of saying something in a chat: texts, photos, files and albums, sent or put in the place of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
)
from telegram.error import BadRequest

from adapters.telegram.faults import is_of_another_kind
from adapters.telegram.line import Line, Target
from adapters.telegram.memory import ChatMemory
from adapters.telegram.outbox import Outbox, Refs
from adapters.telegram.places import Place, numbers_of, to_ref
from adapters.telegram.rendering import Rendered
from adapters.telegram.requests import UPLOAD_SECONDS, TelegramRequest
from adapters.telegram.uploads import Piece, Uploads
from bot.domain.chat import MessageRef
from bot.domain.errors import Gone
from bot.ports import AnswerQueue, PictureFiles, Texts

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What all conversations of a bot share."""

    bot: Bot
    request: TelegramRequest
    line: Line
    memory: ChatMemory
    outbox: Outbox
    texts: Texts
    answers: AnswerQueue
    pictures: PictureFiles


class Speech:
    """Speaks in one place. Every method raises `PlatformFault`."""

    def __init__(self, place: Place, station: Station) -> None:
        self._place = place
        self._bot = station.bot
        self._line = station.line
        self._memory = station.memory
        self._pictures = station.pictures

    def target(self, in_reply_to: MessageRef | None) -> Target:
        """Where a new message goes."""
        return self._line.target(self._place, in_reply_to)

    async def send_text(
        self, target: Target, words: Rendered, markup: InlineKeyboardMarkup | ForceReply | None
    ) -> MessageRef:
        """Send a text."""

        async def say(to: Target) -> Message:
            return await self._bot.send_message(
                to.chat_id,
                words.text,
                entities=words.entities,
                link_preview_options=_NO_PREVIEW,
                message_thread_id=to.thread_id,
                reply_parameters=to.reply,
                reply_markup=markup,
            )

        return self._ref_of(await self._line.send(target, say))

    async def edit_text(
        self,
        ref: MessageRef,
        text: Rendered,
        caption: Rendered,
        keyboard: InlineKeyboardMarkup | None,
        *,
        is_passing: bool,
    ) -> None:
        """Change the words of a message: its text, or its caption where it shows a picture."""
        chat_id, message_id = self._standing(ref)
        shared: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id, "reply_markup": keyboard}

        async def say() -> None:
            try:
                await self._bot.edit_message_text(
                    text.text, entities=text.entities, link_preview_options=_NO_PREVIEW, **shared
                )
            except BadRequest as error:
                if not is_of_another_kind(error):
                    raise
                await self._bot.edit_message_caption(caption=caption.text, caption_entities=caption.entities, **shared)

        await self._line.change(self._place, chat_id, say, is_passing=is_passing)

    async def send_piece(
        self,
        target: Target,
        piece: Piece,
        caption: Rendered,
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        is_silent: bool = False,
    ) -> MessageRef:
        """Send a photo or a file."""
        shared: dict[str, Any] = _captioned(caption) | {"reply_markup": keyboard, "disable_notification": is_silent}

        async def say(to: Target) -> Message:
            where: dict[str, Any] = {
                "message_thread_id": to.thread_id,
                "reply_parameters": to.reply,
                "read_timeout": UPLOAD_SECONDS,
            }
            async with Uploads(self._pictures) as uploads:
                file = await uploads.open(piece, is_attached=False)
                if piece.is_file:
                    return await self._bot.send_document(
                        to.chat_id, file, disable_content_type_detection=True, **shared, **where
                    )
                return await self._bot.send_photo(to.chat_id, file, **shared, **where)

        return self._ref_of(await self._line.send(target, say))

    async def edit_piece(
        self, ref: MessageRef, piece: Piece, caption: Rendered, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Have a message show a photo or a file, whatever it showed before."""
        chat_id, message_id = self._standing(ref)

        async def say() -> None:
            async with Uploads(self._pictures) as uploads:
                media = await self._to_media(uploads, piece, caption)
                await self._bot.edit_message_media(
                    media, chat_id, message_id, reply_markup=keyboard, read_timeout=UPLOAD_SECONDS
                )

        await self._line.change(self._place, chat_id, say)

    async def send_album(self, target: Target, pieces: Sequence[Piece]) -> Refs:
        """Send photos that belong together, each under its number; one alone is sent as itself."""
        if len(pieces) == 1:
            return (await self.send_piece(target, pieces[0], _number_of(pieces[0])),)

        async def say(to: Target) -> Sequence[Message]:
            async with Uploads(self._pictures) as uploads:
                media = [await self._to_media(uploads, piece, _number_of(piece)) for piece in pieces]
                return await self._bot.send_media_group(
                    to.chat_id,
                    media,
                    message_thread_id=to.thread_id,
                    reply_parameters=to.reply,
                    read_timeout=UPLOAD_SECONDS,
                )

        return tuple(map(self._ref_of, await self._line.send(target, say, count=len(pieces))))

    async def _to_media(
        self, uploads: Uploads, piece: Piece, caption: Rendered
    ) -> InputMediaPhoto | InputMediaDocument:
        file = await uploads.open(piece, is_attached=True)
        if piece.is_file:
            return InputMediaDocument(file, disable_content_type_detection=True, **_captioned(caption))
        return InputMediaPhoto(file, **_captioned(caption))

    def _standing(self, ref: MessageRef) -> tuple[int, int]:
        """Chat and message of a reference. Raises `Gone` for one of a group that has moved, and for none of ours."""
        chat_id, message_id = numbers_of(ref)
        if chat_id == 0 or self._memory.now_at(chat_id) != chat_id:
            raise Gone(ref)
        return chat_id, message_id

    def _ref_of(self, message: Message) -> MessageRef:
        return to_ref(self._place.bot_id, message.chat.id, message.message_id)


def _number_of(piece: Piece) -> Rendered:
    """What a member calls a picture by."""
    return Rendered(text=f"#{piece.picture.number}")


def _captioned(caption: Rendered) -> dict[str, Any]:
    return {"caption": caption.text or None, "caption_entities": caption.entities}
