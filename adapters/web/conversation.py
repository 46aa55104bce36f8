"""The only conversation of the page. It is stored in the transcript, and every open tab shows it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from adapters.web.live import Bell
from adapters.web.translate import (
    NOT_TAKEN,
    SentMessage,
    bot_entry_key,
    is_taken,
    member_entry_key,
    sha256_of,
    to_address,
    to_entry,
    to_member_entry,
    to_replied_message,
)
from adapters.web.wall_clock import now_milliseconds
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
)
from bot.domain.errors import Gone, StoreUnavailable, Unavailable
from bot.domain.events import RepliedMessage
from bot.ports import Parts, PlatformServices, Said

ABILITIES = Abilities(
    finds_posted=True,
    shown=PictureLimits(most_bytes=1 << 40, mimes=frozenset(ENDINGS) - {"image/heic"}),
    file=PictureLimits(most_bytes=1 << 40),
    opens_originals=True,
    grows=True,
)


class WebConversation:
    """Implements `ports.Conversation`. Messages are written to the transcript first, and open pages read them there."""

    def __init__(self, name: str, services: PlatformServices, bell: Bell) -> None:
        self.name = name  # its name in the transcript
        self._texts = services.texts
        self._transcript = services.transcript
        self._pictures = services.pictures
        self._bell = bell
        self.credits_left: int | None = None  # as last shown in this conversation

    @property
    def address(self) -> Address:
        """The conversation's name in the transcript, as JSON."""
        return to_address(self.name)

    @property
    def key(self) -> ConversationKey:
        """The conversation's name."""
        return ConversationKey(self.name)

    async def abilities(self) -> Abilities:
        """Return constants: the page shows every kind of picture except HEIC, which few browsers know."""
        return ABILITIES

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Add an entry, or update the entry that was posted with this key before."""
        with _store_faults():
            if message.in_reply_to is not None:  # an answered message was taken, even if noting that failed
                await self._show_taken(message.in_reply_to)
            if message.credits_left is not None:
                self.credits_left = message.credits_left
            body = to_entry(message, self._texts, at=now_milliseconds())
            said = await self._transcript.append(self.name, bot_entry_key(key), body)
            self._note(said)
            if said.body is not None and said.body != (current := body | {"at": said.body["at"]}):
                self._note(await self._transcript.replace(self.name, said.key, current))
        self._bell.ring()
        return Posted(ref=MessageRef(said.key), conversation=self.key)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Turn the status entry into the outcome; the page highlights the change. If it is gone, post a new entry."""

        async def send() -> Sequence[MessageRef]:
            await self._check_kept(outcome)
            if status is not None:
                try:
                    return [(await self.edit(status, outcome)).ref]
                except Gone:
                    pass
            return [(await self.post(outcome, key=key)).ref]

        [ref] = await parts.once("entry", send)
        return Posted(ref=ref, conversation=self.key)

    async def _check_kept(self, outcome: OutgoingMessage) -> None:
        """Raise `FileNotFoundError` if a picture is not kept any more: the page would ask for it in vain."""
        for one in outcome.pictures:
            for picture in {one.original, one.shown or one.original}:
                if not await self._pictures.renew(picture.sha256):
                    raise FileNotFoundError(picture.sha256)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Replace an entry. Raises `Gone` if it no longer exists."""
        entry, is_new = to_entry(message, self._texts, at=0), False

        def renewed(body: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal is_new
            entry["at"] = body["at"]
            is_new = entry != body
            return entry

        with _store_faults():
            changed = await self._transcript.change(self.name, ref, renewed)
        if changed is None:
            raise Gone(ref)
        if is_new:
            self._note(changed)
            self._bell.ring()
        return Posted(ref=ref, conversation=self.key)

    async def delete(self, ref: MessageRef) -> None:
        """Delete an entry. It disappears from every page."""
        with _store_faults():
            self._note(await self._transcript.replace(self.name, ref, None))
        self._bell.ring()

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """Read a picture of the conversation in chunks. Raises `Gone` if it is no longer stored."""
        try:
            async for piece in self._pictures.read(sha256_of(ref)):
                yield piece
        except FileNotFoundError as fault:
            raise Gone(ref) from fault

    async def show_activity(self) -> None:
        """Do nothing: the page animates the status of a request by itself."""

    async def acknowledge(self, ref: MessageRef | None) -> None:
        """Do nothing: there is no rate limit, so every status can be shown."""

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Do nothing: `acknowledge` has left nothing to remove."""

    async def keep(self, sent: SentMessage) -> None:
        """Store the member's message as an entry that no page shows yet. The same message twice makes one entry.

        Raises `StoreUnavailable`.
        """
        body = to_member_entry(sent, at=now_milliseconds()) | NOT_TAKEN
        self._note(await self._transcript.append(self.name, member_entry_key(sent.key), body))

    async def take(self, sent: SentMessage) -> None:
        """Show the member's message, because its request is durable now. Raises `StoreUnavailable`."""
        await self._show_taken(member_entry_key(sent.key))
        self._bell.ring()

    async def replied(self, key: str) -> RepliedMessage | None:
        """Return the entry with a key as a replied message; None if it was never in this conversation."""
        said = await self._transcript.find(self.name, key)
        return to_replied_message(key, said.body) if said else None

    async def has(self, key: str) -> bool:
        """Whether the conversation has or had an entry with this key."""
        return await self._transcript.find(self.name, key) is not None

    async def _show_taken(self, key: str) -> None:
        """Show a member's message. Both its handler and its first answer do that: whichever comes first."""
        known = self._bell.newest(self.name, key)
        if known is not None and is_taken(known):
            return
        taken = await self._transcript.change(
            self.name, key, lambda body: {name: value for name, value in body.items() if name not in NOT_TAKEN}
        )
        self._note(taken)

    def _note(self, said: Said | None) -> None:
        if said is not None:
            self._bell.note(self.name, said)


@contextmanager
def _store_faults() -> Iterator[None]:
    """Convert `StoreUnavailable` to `Unavailable`: for callers of a conversation, the platform is unavailable."""
    try:
        yield
    except StoreUnavailable as fault:
        raise Unavailable("the transcript cannot be written") from fault
