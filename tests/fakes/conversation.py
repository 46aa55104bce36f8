"""The conversations of the fake chat."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from bot.domain.chat import Abilities, Address, ConversationKey, MessageRef, OutgoingMessage, PictureRef, Posted
from bot.domain.errors import Gone, PlatformFault
from bot.ports import Parts

if TYPE_CHECKING:
    from tests.fakes.chat import FakeChat


class FakeConversation:
    """The conversation of a `FakeChat`."""

    def __init__(self, chat: "FakeChat", address: Address) -> None:
        self._chat = chat
        self._address = address

    @property
    def address(self) -> Address:
        return self._address

    @property
    def key(self) -> ConversationKey:
        return ConversationKey(self._address.text)

    async def abilities(self) -> Abilities:
        fault = self._chat.abilities_faults.popleft() if self._chat.abilities_faults else None
        if fault is not None:
            raise fault
        return self._chat.abilities_now

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        ref = self._chat.keys.get(key)
        if ref is None:
            ref = MessageRef(f"message-{next(self._chat.numbers)}")
        self._chat.keys[key] = ref
        await self._chat.put(ref, message)
        return Posted(ref=ref, conversation=self.key)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        grown = status if self._chat.abilities_now.grows else None  # a change is noticed as well

        async def send() -> Sequence[MessageRef]:
            self._chat.check_kept(outcome)
            posted = await (self.edit(grown, outcome) if grown else self.post(outcome, key=key))
            self._chat.parts.append(key)
            return [posted.ref]

        (ref,) = await parts.once("all", send)
        return Posted(ref=ref, conversation=self.key)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        if ref not in self._chat.said:
            raise Gone
        await self._chat.put(ref, message)
        return Posted(ref=ref, conversation=self.key)

    async def delete(self, ref: MessageRef) -> None:
        if self._chat.faults:
            raise self._chat.faults.popleft()
        await self._chat.remove(ref)

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        picture = self._chat.pictures.get(ref, Gone(ref))
        if isinstance(picture, PlatformFault):
            raise picture
        yield picture

    async def show_activity(self) -> None:
        await self._chat.show_activity()

    async def acknowledge(self, ref: MessageRef | None) -> None:
        await self._chat.note(self._chat.acknowledged, ref)

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        await self._chat.note(self._chat.taken_back, ref)
