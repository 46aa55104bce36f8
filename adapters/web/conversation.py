"""The one conversation of the page, kept in the transcript and shown by every open tab."""

import time
from collections.abc import AsyncIterator

from adapters.web.live import Bell
from adapters.web.translate import (
    SentMessage,
    bot_entry_key,
    member_entry_key,
    sha256_of,
    to_address,
    to_entry,
    to_member_entry,
    to_replied_message,
)
from bot.domain.chat import (
    ENDINGS,
    Abilities,
    Address,
    ConversationKey,
    MessageRef,
    OutgoingMessage,
    PictureLimits,
    PictureRef,
    Posted,
    RepliedMessage,
)
from bot.domain.errors import Gone
from bot.ports import PlatformServices

ABILITIES = Abilities(
    progress_every_seconds=1.0,
    shown=PictureLimits(most_bytes=1 << 40, mimes=frozenset(ENDINGS) - {"image/heic"}),
    file=PictureLimits(most_bytes=1 << 40),
    grows=True,
)


class WebConversation:
    """Implements `ports.Conversation`. What it says is in the transcript first; open pages hear of it from there."""

    def __init__(self, name: str, services: PlatformServices, bell: Bell) -> None:
        self.name = name  # in the transcript
        self._texts = services.texts
        self._transcript = services.transcript
        self._pictures = services.pictures
        self._bell = bell
        self.credits_left: int | None = None  # as it was last told here

    @property
    def address(self) -> Address:
        """The conversation's name in the transcript, as JSON."""
        return to_address(self.name)

    @property
    def key(self) -> ConversationKey:
        """The conversation's name."""
        return ConversationKey(self.name)

    async def abilities(self) -> Abilities:
        """A page shows every picture as it is, but for a kind that few browsers know."""
        return ABILITIES

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Add an entry, or bring up to date the one that was posted with this key before."""
        if message.credits_left is not None:
            self.credits_left = message.credits_left
        body = to_entry(message, self._texts, at=_now_milliseconds())
        said = await self._transcript.append(self.name, bot_entry_key(key), body)
        if said.body is not None and said.body != (current := body | {"at": said.body["at"]}):
            await self._transcript.replace(self.name, said.key, current)
        self._bell.ring()
        return Posted(ref=MessageRef(said.key), conversation=self.key)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Replace an entry. Raises `Gone`."""
        said = await self._transcript.find(self.name, ref)
        if said is None or said.body is None:
            raise Gone(ref)
        body = to_entry(message, self._texts, at=said.body["at"])
        if body != said.body:
            if await self._transcript.replace(self.name, ref, body) is None:
                raise Gone(ref)
            self._bell.ring()
        return Posted(ref=ref, conversation=self.key)

    async def delete(self, ref: MessageRef) -> None:
        """Take an entry away from every page."""
        await self._transcript.replace(self.name, ref, None)
        self._bell.ring()

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The bytes of a picture of the conversation. Raises `Gone` if we do not keep it any more."""
        try:
            async for piece in self._pictures.read(sha256_of(ref)):
                yield piece
        except FileNotFoundError as fault:
            raise Gone(ref) from fault

    async def show_activity(self) -> None:
        """Nothing to do: the status message of a request moves by itself."""

    async def keep(self, sent: SentMessage) -> None:
        """Make an entry of what the member said; the same message twice is one entry."""
        body = to_member_entry(sent, at=_now_milliseconds())
        await self._transcript.append(self.name, member_entry_key(sent.key), body)
        self._bell.ring()

    async def replied(self, key: str) -> RepliedMessage | None:
        """The entry of a key, as something that was replied to; None if it never was in this conversation."""
        said = await self._transcript.find(self.name, key)
        return to_replied_message(key, said.body) if said else None

    async def has(self, key: str) -> bool:
        """Whether there is an entry of this key in the conversation, or was."""
        return await self._transcript.find(self.name, key) is not None


def _now_milliseconds() -> int:
    return time.time_ns() // 1_000_000
