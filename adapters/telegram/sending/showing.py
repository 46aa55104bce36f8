"""Sends an outcome to a chat, always as new messages, so that the requester is notified.

A single picture is one message, with the text and the buttons. Several pictures are sent as albums, followed by the
text and the buttons in a message of their own; only that message makes a sound. Then requested originals follow as
files, without a sound. Each message or album is a part. A part's name stays the same if the pictures are planned
differently, so that parts that were sent already are not sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.telegram.abilities import FILE
from adapters.telegram.chat_ref import to_posted
from adapters.telegram.faults import PhotoRefused, PhotosForbidden
from adapters.telegram.sending.keyboards import to_keyboard
from adapters.telegram.sending.message_sender import MessageSender, TelegramContext
from adapters.telegram.sending.pacing import Permits
from adapters.telegram.sending.rate_limited_sender import Target
from adapters.telegram.sending.rendering import CAPTION_UNITS, TEXT_UNITS, Rendered, render
from adapters.telegram.sending.uploads import UploadPiece
from bot.domain.chat import Member, MessageRef, OutgoingMessage, OutgoingPicture, Posted
from bot.ports import Parts, Send

MOST_IN_ALBUM = 10
ALBUM_BYTES = 45_000_000
"""The most bytes of pictures in one request: Telegram's limit, minus some room for everything else."""

Numbered = tuple[tuple[MessageRef, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Sends one outcome as new messages. Every method raises `PlatformFault` and `FileNotFoundError`."""

    message: OutgoingMessage
    named: Member | None  # whose name is shown
    sender: MessageSender
    context: TelegramContext
    target: Target
    parts: Parts
    permits: Permits

    async def show(self) -> Posted:
        """Send the parts that were not sent yet."""
        pictures = self.message.pictures
        if len(pictures) == 1:
            return await self._show_one(pictures[0])
        shown, refused = await self._show_albums([one for one in pictures if one.shown])
        words = await self._send_words()
        files = await self._send_files(words, [one for one in pictures if one.as_file or one in refused])
        return to_posted(words, (*shown, *files))

    async def _show_one(self, picture: OutgoingPicture) -> Posted:
        """Send a single picture with the text, then its original."""
        photo, file = UploadPiece(picture=picture, is_file=False), UploadPiece(picture=picture, is_file=True)
        if picture.shown is None and not picture.as_file:
            return to_posted(await self._send_words())
        if picture.shown is None:
            main = await self._send_main(file)
            return to_posted(main, ((main, picture.number),))
        try:
            main = await self._send_main(photo)
        except (PhotoRefused, PhotosForbidden) as fault:
            _demand_file(picture, fault)
            main = await self._send_main(file)
            return to_posted(main, ((main, picture.number),))
        files = await self._send_files(main, [picture]) if picture.as_file else ()
        return to_posted(main, ((main, picture.number), *files))

    async def _send_main(self, piece: UploadPiece) -> MessageRef:
        """Send a picture with the text and the buttons."""
        caption = self._render(CAPTION_UNITS)
        keyboard = to_keyboard(self.message, self.context.texts)

        async def send() -> Sequence[MessageRef]:
            return (await self.sender.send_piece(self.target, piece, caption, keyboard, permits=self.permits),)

        return await self._once(f"{'file' if piece.is_file else 'photo'}-{piece.picture.number}", send)

    async def _send_words(self) -> MessageRef:
        async def send() -> Sequence[MessageRef]:
            keyboard = to_keyboard(self.message, self.context.texts)
            return (await self.sender.send_text(self.target, self._render(TEXT_UNITS), keyboard, permits=self.permits),)

        return await self._once("words", send)

    async def _show_albums(self, pictures: Sequence[OutgoingPicture]) -> tuple[Numbered, Sequence[OutgoingPicture]]:
        """Send pictures as albums. Return the sent messages with their numbers, and the pictures that Telegram refused.

        An album's part is named after its first picture. An album that was sent before may hold fewer pictures than
        would fit now.
        """
        shown: Numbered = ()
        refused: list[OutgoingPicture] = []
        left = list(pictures)
        while left:
            portion = _portion_of(left)
            try:
                refs = await self.parts.once(f"album-{portion[0].number}", self._album_sender(portion))
            except (PhotoRefused, PhotosForbidden) as fault:
                for one in portion:
                    _demand_file(one, fault)
                refused += portion
                left = left[len(portion) :]
                continue
            shown += tuple((ref, one.number) for ref, one in zip(refs, left, strict=False))
            left = left[len(refs) :]
        return shown, refused

    def _album_sender(self, pictures: Sequence[OutgoingPicture]) -> Send:
        pieces = [UploadPiece(picture=one, is_file=False) for one in pictures]

        async def send() -> Sequence[MessageRef]:
            return await self.sender.send_album(self.target, pieces, permits=self.permits, is_silent=True)

        return send

    async def _send_files(self, above: MessageRef, pictures: Sequence[OutgoingPicture]) -> Numbered:
        """Send originals as files, in reply to the message that shows or describes them."""
        sent: list[tuple[MessageRef, int]] = []
        for picture in pictures:
            piece = UploadPiece(picture=picture, is_file=True)
            name = Rendered(text=f"#{picture.number}" if len(self.message.pictures) > 1 else "")
            part = f"file-{picture.number}"
            sent.append((await self._once(part, self._file_sender(above, piece, name)), picture.number))
        return tuple(sent)

    def _file_sender(self, above: MessageRef, piece: UploadPiece, name: Rendered) -> Send:
        async def send() -> Sequence[MessageRef]:
            target = self.sender.target(above)
            return (await self.sender.send_piece(target, piece, name, permits=self.permits, is_silent=True),)

        return send

    async def _once(self, part: str, send: Send) -> MessageRef:
        return (await self.parts.once(part, send))[0]

    def _render(self, most: int) -> Rendered:
        return render(self.message, self.context.texts, most=most, named=self.named, is_mention=True)


def messages_of(message: OutgoingMessage) -> int:
    """Count the messages that an outcome is planned to need."""
    pictures = message.pictures
    files = sum(one.as_file for one in pictures)
    if len(pictures) == 1:
        return max(1, files + (pictures[0].shown is not None))
    return 1 + files + sum(one.shown is not None for one in pictures)


def _portion_of(pictures: Sequence[OutgoingPicture]) -> Sequence[OutgoingPicture]:
    """Return as many of the first pictures as fit into one request."""
    size = 0
    for count, picture in enumerate(pictures[:MOST_IN_ALBUM]):
        size += picture.shown.size_bytes if picture.shown else 0
        if count and size > ALBUM_BYTES:
            return pictures[:count]
    return pictures[:MOST_IN_ALBUM]


def _demand_file(picture: OutgoingPicture, fault: PhotoRefused | PhotosForbidden) -> None:
    """Check that a refused photo can be sent as a file. If it is too large, raise the fault: a smaller may succeed."""
    if picture.original.size_bytes > FILE.most_bytes:
        raise fault
