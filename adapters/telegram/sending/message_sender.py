"""Sends texts, photos, files and albums to one chat, and edits texts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram import Bot, ForceReply, InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.error import BadRequest

from adapters.telegram.chat_ref import ChatRef, to_ref
from adapters.telegram.faults import is_entity_unknown, is_of_another_kind
from adapters.telegram.memory import ChatMemory
from adapters.telegram.requests import UPLOAD_SECONDS, TelegramRequest
from adapters.telegram.sending.pacing import Permits
from adapters.telegram.sending.rate_limited_sender import RateLimitedSender, Target
from adapters.telegram.sending.rendering import Rendered
from adapters.telegram.sending.uploads import UploadPiece, Uploads
from bot.domain.chat import MessageRef
from bot.domain.errors import Gone
from bot.ports import AnswerQueue, PictureFiles, Texts

Done = TypeVar("Done")

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramContext:
    """The objects that all conversations of a bot share."""

    bot: Bot
    request: TelegramRequest
    line: RateLimitedSender
    memory: ChatMemory
    texts: Texts
    answers: AnswerQueue
    pictures: PictureFiles


class MessageSender:
    """Sends and edits messages in one chat or topic. Every method raises `PlatformFault`."""

    def __init__(self, chat_ref: ChatRef, context: TelegramContext) -> None:
        self._chat_ref = chat_ref
        self._bot = context.bot
        self._line = context.line
        self._memory = context.memory
        self._pictures = context.pictures

    def target(self, in_reply_to: MessageRef | None) -> Target:
        """Return the target for a new message."""
        return self._line.target(self._chat_ref, in_reply_to)

    async def send_text(
        self,
        target: Target,
        words: Rendered,
        markup: InlineKeyboardMarkup | ForceReply | None,
        *,
        permits: Permits | None = None,
        is_silent: bool = False,
    ) -> MessageRef:
        """Send a text, with `permits` that were taken for it, or else wait for a permit."""
        return self._ref_of(
            await self._line.send(target, self._text_sender(words, markup, is_silent=is_silent), permits=permits)
        )

    async def send_text_if_spare(
        self,
        target: Target,
        words: Rendered,
        markup: InlineKeyboardMarkup | ForceReply | None,
        permits: Permits,
        *,
        is_silent: bool = False,
    ) -> MessageRef:
        """Send a droppable text with a spare permit. Raises `Dropped`."""
        return self._ref_of(
            await self._line.send_if_spare(target, self._text_sender(words, markup, is_silent=is_silent), permits)
        )

    async def edit_words(
        self,
        ref: MessageRef,
        words: Rendered,
        keyboard: InlineKeyboardMarkup | None,
        *,
        is_caption: bool,
        is_droppable: bool = False,
    ) -> bool:
        """Edit the text of a message, or the caption of its picture. Return False if the message has no such."""
        chat_id, message_id = self._standing(ref)
        fits = True
        shared: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id, "reply_markup": keyboard}

        async def edit_text(words: Rendered) -> object:
            return await self._bot.edit_message_text(
                words.text, entities=words.entities, link_preview_options=_NO_PREVIEW, **shared
            )

        async def edit_caption(words: Rendered) -> object:
            return await self._bot.edit_message_caption(caption=words.text, caption_entities=words.entities, **shared)

        async def say() -> None:
            nonlocal fits
            try:
                await self._said(words, edit_caption if is_caption else edit_text)
            except BadRequest as error:
                if not is_of_another_kind(error):
                    raise
                fits = False

        await self._line.change(self._chat_ref, chat_id, say, is_droppable=is_droppable)
        return fits

    async def send_piece(
        self,
        target: Target,
        piece: UploadPiece,
        caption: Rendered,
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        permits: Permits,
        is_silent: bool = False,
    ) -> MessageRef:
        """Send a photo or a file."""

        async def say(to: Target) -> Message:
            async def send(words: Rendered) -> Message:
                shared = {**_captioned(words), **_where(to), "reply_markup": keyboard}
                shared["disable_notification"] = is_silent
                async with Uploads(self._pictures) as uploads:
                    file = await uploads.open(piece, is_attached=False)
                    if piece.is_file:
                        return await self._bot.send_document(
                            to.chat_id,
                            file,
                            disable_content_type_detection=True,
                            **shared,
                        )
                    return await self._bot.send_photo(to.chat_id, file, **shared)

            return await self._said(caption, send)

        return self._ref_of(await self._line.send(target, say, permits=permits))

    async def send_album(
        self, target: Target, pieces: Sequence[UploadPiece], *, permits: Permits, is_silent: bool = False
    ) -> Sequence[MessageRef]:
        """Send photos as an album, each with its number as caption. A single photo is sent as a plain photo."""
        if len(pieces) == 1:
            (piece,) = pieces
            return (await self.send_piece(target, piece, _number_of(piece), permits=permits, is_silent=is_silent),)

        async def say(to: Target) -> Sequence[Message]:
            async with Uploads(self._pictures) as uploads:
                media = [
                    InputMediaPhoto(await uploads.open(piece, is_attached=True), **_captioned(_number_of(piece)))
                    for piece in pieces
                ]
                return await self._bot.send_media_group(to.chat_id, media, disable_notification=is_silent, **_where(to))

        return tuple(map(self._ref_of, await self._line.send(target, say, count=len(pieces), permits=permits)))

    def _text_sender(
        self, words: Rendered, markup: InlineKeyboardMarkup | ForceReply | None, *, is_silent: bool
    ) -> Callable[[Target], Awaitable[Message]]:
        async def say(to: Target) -> Message:
            async def send(words: Rendered) -> Message:
                return await self._bot.send_message(
                    to.chat_id,
                    words.text,
                    entities=words.entities,
                    link_preview_options=_NO_PREVIEW,
                    message_thread_id=to.thread_id,
                    reply_parameters=to.reply,
                    reply_markup=markup,
                    disable_notification=is_silent,
                )

            return await self._said(words, send)

        return say

    async def _said(self, words: Rendered, say: Callable[[Rendered], Awaitable[Done]]) -> Done:
        """Send text with date-time entities. If the server is too old to know them, send plain times instead."""
        if self._memory.knows_moments:
            try:
                return await say(words)
            except BadRequest as error:
                if not is_entity_unknown(error):
                    raise
                self._memory.knows_moments = False
        return await say(words.without_moments)

    def _standing(self, ref: MessageRef) -> tuple[int, int]:
        """Return the chat ID and message ID of a reference.

        Raises `Gone` if the group has moved to a new chat ID, or if the reference is not a message of this bot.
        """
        chat_id, message_id = self._chat_ref.message_of(ref)
        if chat_id == 0 or self._memory.now_at(chat_id) != chat_id:
            raise Gone(ref)
        return chat_id, message_id

    def _ref_of(self, message: Message) -> MessageRef:
        return to_ref(self._chat_ref.bot_id, message.chat.id, message.message_id)


def _number_of(piece: UploadPiece) -> Rendered:
    """Return the number by which members refer to a picture, such as `#2`."""
    return Rendered(text=f"#{piece.picture.number}")


def _captioned(caption: Rendered) -> dict[str, Any]:
    return {"caption": caption.text or None, "caption_entities": caption.entities}


def _where(target: Target) -> dict[str, Any]:
    return {
        "message_thread_id": target.thread_id,
        "reply_parameters": target.reply,
        "read_timeout": UPLOAD_SECONDS,
    }
