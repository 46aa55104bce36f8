"""How pictures come into a chat.

One picture takes the place of the status message, and its original follows as a file. Several come as an album in
answer to the request, the status message becomes the words and the buttons, and the originals follow.
"""

from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence

from adapters.telegram.abilities import FILE
from adapters.telegram.faults import PhotoRefused
from adapters.telegram.keyboards import to_keyboard
from adapters.telegram.outbox import Refs
from adapters.telegram.places import to_posted
from adapters.telegram.rendering import CAPTION_UNITS, TEXT_UNITS, Rendered, render
from adapters.telegram.speech import Speech, Station
from adapters.telegram.uploads import Piece
from bot.domain.chat import MessageRef, OutgoingMessage, OutgoingPicture, Posted

MOST_IN_ALBUM = 10
ALBUM_BYTES = 45_000_000
"""Of one request: what Telegram takes, and some room for all that is not pictures."""

Numbered = tuple[tuple[MessageRef, int], ...]


class Showing:
    """Brings one message with its pictures into a chat; asked again after a fault, it sends what is missing."""

    def __init__(self, message: OutgoingMessage, speech: Speech, station: Station, *, root: Hashable) -> None:
        self._message = message
        self._speech = speech
        self._outbox = station.outbox
        self._root = root  # what the message is known by when it is tried again
        self._text = render(message, station.texts, most=TEXT_UNITS)
        self._caption = render(message, station.texts, most=CAPTION_UNITS)
        self._keyboard = to_keyboard(message, station.texts)
        self._as_files = {one.number for one in message.pictures if one.as_file}

    async def deliver(self, ref: MessageRef | None) -> Posted:
        """Put the message in the place of another, or post it. Raises `PlatformFault`."""
        posted = await self._deliver(ref)
        self._outbox.forget(self._root)
        return posted

    async def _deliver(self, ref: MessageRef | None) -> Posted:
        if len(self._message.pictures) == 1:
            return await self._deliver_one(ref, self._message.pictures[0])
        shown: Numbered = ()
        for album in _albums([one for one in self._message.pictures if one.shown]):
            shown += await self._show_album(album)
        ref = await self._put_words(ref)
        return to_posted(ref, (*shown, *await self._send_files(ref, self._message.pictures)))

    async def _deliver_one(self, ref: MessageRef | None, picture: OutgoingPicture) -> Posted:
        """One picture, in the message itself; then its original."""
        photo, file = Piece(picture=picture, is_file=False), Piece(picture=picture, is_file=True)
        if picture.shown is None and not picture.as_file:
            return to_posted(await self._put_words(ref))
        try:
            main = photo if picture.shown else file
            ref = await self._put_piece(ref, main)
        except PhotoRefused:
            _demand_file(picture)
            main = file
            ref = await self._put_piece(ref, main)
        files = () if main.is_file else await self._send_files(ref, [picture])
        return to_posted(ref, ((ref, picture.number), *files))

    async def _put_piece(self, ref: MessageRef | None, piece: Piece) -> MessageRef:
        async def put() -> Refs:
            if ref is None:
                target = self._speech.target(self._message.in_reply_to)
                return (await self._speech.send_piece(target, piece, self._caption, self._keyboard),)
            await self._speech.edit_piece(ref, piece, self._caption, self._keyboard)
            return (ref,)

        return await self._once(("main", piece.is_file, piece.stored.sha256), put)

    async def _put_words(self, ref: MessageRef | None) -> MessageRef:
        if ref is not None:
            await self._speech.edit_text(ref, self._text, self._caption, self._keyboard, is_passing=False)
            return ref

        async def put() -> Refs:
            target = self._speech.target(self._message.in_reply_to)
            return (await self._speech.send_text(target, self._text, self._keyboard),)

        return await self._once(("words",), put)

    async def _show_album(self, pictures: Sequence[OutgoingPicture]) -> Numbered:
        pieces = [Piece(picture=one, is_file=False) for one in pictures]
        target = self._speech.target(self._message.in_reply_to)

        async def send() -> Refs:
            return await self._speech.send_album(target, pieces)

        part = ("album", *(piece.stored.sha256 for piece in pieces))
        try:
            refs = await self._outbox.once(self._root, part, send)
        except PhotoRefused:
            for one in pictures:
                _demand_file(one)
            self._as_files |= {one.number for one in pictures}
            return ()
        return tuple((ref, one.number) for ref, one in zip(refs, pictures, strict=True))

    async def _send_files(self, ref: MessageRef, pictures: Sequence[OutgoingPicture]) -> Numbered:
        """The originals, in answer to the message that shows them or says what they are."""
        sent: list[tuple[MessageRef, int]] = []
        for picture in pictures:
            if picture.number in self._as_files:
                piece = Piece(picture=picture, is_file=True)
                name = Rendered(text=f"#{picture.number}" if len(self._message.pictures) > 1 else "")
                send = self._file_sender(ref, piece, name)
                sent.append((await self._once(("file", piece.stored.sha256, picture.number), send), picture.number))
        return tuple(sent)

    def _file_sender(self, ref: MessageRef, piece: Piece, name: Rendered) -> Callable[[], Awaitable[Refs]]:
        async def send() -> Refs:
            return (await self._speech.send_piece(self._speech.target(ref), piece, name, is_silent=True),)

        return send

    async def _once(self, part: tuple[Hashable, ...], send: Callable[[], Awaitable[Refs]]) -> MessageRef:
        (ref,) = await self._outbox.once(self._root, part, send)
        return ref


def _albums(pictures: Sequence[OutgoingPicture]) -> Iterator[Sequence[OutgoingPicture]]:
    """Pictures in portions that one request can carry."""
    portion: list[OutgoingPicture] = []
    size = 0
    for picture in pictures:
        more = picture.shown.size_bytes if picture.shown else 0
        if portion and (len(portion) == MOST_IN_ALBUM or size + more > ALBUM_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(picture)
        size += more
    if portion:
        yield portion


def _demand_file(picture: OutgoingPicture) -> None:
    """Let a refused photo go as a file. Where that is too large, raises `PhotoRefused`: a smaller one may be taken."""
    if picture.original.size_bytes > FILE.most_bytes:
        raise PhotoRefused("neither as a photo nor as a file")
