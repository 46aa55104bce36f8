"""A working twin of a chat platform, in the test's hand."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import count

from bot.domain.chat import (
    Abilities,
    Action,
    Address,
    ConversationKey,
    Member,
    MessageRef,
    OutgoingMessage,
    PictureLimits,
    PictureRef,
    Posted,
    Quoted,
    Sentence,
    Verb,
)
from bot.domain.errors import Gone, PlatformFault
from bot.domain.events import ButtonPress, Event, FormSubmit, IncomingMessage, PictureSeen, RepliedMessage
from bot.ports import Handle, Parts, Serving
from tests.simulators.waiting import WITHIN_SECONDS

ANY_SIZE = 1 << 40
CHAT_ABILITIES = Abilities(
    finds_posted=True,
    shown=PictureLimits(most_bytes=ANY_SIZE),
    file=PictureLimits(most_bytes=ANY_SIZE),
)
HERE, ELSEWHERE = Address("here"), Address("elsewhere")
ALICE = Member(platform="chat", id="alice", name="Alice", language="en")
BOB = Member(platform="chat", id="bob", name="Bob", language="en")


class FakeChat:
    """A chat platform of one conversation, and of others that events come from where they say so.

    It remembers what was said and fails when it is told to.
    """

    def __init__(self) -> None:
        self.said: dict[MessageRef, OutgoingMessage] = {}
        self.faults: deque[PlatformFault] = deque()  # each is raised once, by the next post or edit with pictures
        self.pictures: dict[PictureRef, bytes | PlatformFault] = {}
        self.abilities_faults: deque[Exception | None] = deque()  # one for each time it is asked; None is no fault
        self.abilities_now = CHAT_ABILITIES
        self.activities = 0  # how often we showed that something is on its way
        self.handle: Handle | None = None
        self.answered: Callable[[], Awaitable[None]] = _at_once  # returns when every answer so far is posted
        self.running = asyncio.Event()
        self.keys: dict[str, MessageRef] = {}
        self.numbers = count(1)  # of messages
        self.here = HERE
        self.has_private = False  # whether it has chats of one member and the bot alone
        self.told: list[OutgoingMessage] = []  # what pressers were told
        self.acknowledged: list[MessageRef | None] = []
        self.taken_back: list[MessageRef | None] = []  # what was acknowledged before
        self.parts: list[str] = []  # of outcomes, as often as they left
        self.unreadable: dict[str, Exception] = {}  # what rebuilding the conversation of an address raises
        self._changed = asyncio.Condition()
        self._events = 0

    # the port
    async def run(self, handle: Handle, serving: Serving) -> None:
        serving()
        self.handle = handle
        self.running.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.running.clear()

    def conversation(self, address: Address) -> "FakeConversation":
        if address.text in self.unreadable:
            raise self.unreadable[address.text]
        return FakeConversation(self, address)

    # the test's side
    async def say(
        self,
        text: str,
        *,
        author: Member = ALICE,
        pictures: tuple[PictureRef, ...] = (),
        replied_to: RepliedMessage | None = None,
        key: str | None = None,
        is_private: bool = False,
        album: str | None = None,
        is_addressed: bool = True,
        where: Address = HERE,
    ) -> None:
        await self._hand_over(
            IncomingMessage(
                key=key or self._next_key(),
                author=author,
                is_private=is_private,
                text=text,
                pictures=pictures,
                replied_to=replied_to,
                album=album,
                is_addressed=is_addressed,
            ),
            where,
        )

    async def see(self, picture: PictureRef, *, album: str, order: int, author: Member = ALICE) -> None:
        """Tell of a picture of an album."""
        key = f"{album}:{picture}"
        await self._hand_over(PictureSeen(key=key, author=author, album=album, order=order, picture=picture))

    async def press(self, ref: MessageRef, verb: Verb, *, author: Member = ALICE, key: str | None = None) -> None:
        await self.send_token(self.action(ref, verb).token, ref, author=author, key=key)

    async def send_token(
        self, token: str, ref: MessageRef, *, author: Member = ALICE, key: str | None = None, where: Address = HERE
    ) -> None:
        """Press a button of a message, with whatever token the client makes up."""
        press = ButtonPress(key=key or self._next_key(), author=author, token=token, message=ref)
        await self._hand_over(press, where)

    async def submit(
        self,
        token: str,
        words: str,
        *,
        author: Member = ALICE,
        pictures: tuple[PictureRef, ...] = (),
        where: Address = HERE,
    ) -> None:
        """Fill in the form of an action."""
        key, message = self._next_key(), MessageRef("form")
        form = FormSubmit(key=key, author=author, token=token, words=words, message=message, pictures=pictures)
        await self._hand_over(form, where)

    def action(self, ref: MessageRef, verb: Verb) -> Action:
        return next(action for action in self.said[ref].actions if action.verb is verb)

    async def until(self, condition: Callable[[], bool], *, limit_seconds: float = WITHIN_SECONDS) -> None:
        """Wait until what was said fulfils a condition."""
        async with asyncio.timeout(limit_seconds), self._changed:
            await self._changed.wait_for(condition)

    async def until_said(self, key: str, *, times: int = 1) -> MessageRef:
        """Wait until a sentence stands in so many messages. Return the newest of them."""
        await self.until(lambda: len(self.saying(key)) >= times)
        return self.saying(key)[-1]

    async def until_shown(self, *, times: int = 1) -> MessageRef:
        """Wait until so many messages show pictures. Return the newest of them."""

        def shown() -> list[MessageRef]:
            return [ref for ref, message in self.said.items() if message.pictures]

        await self.until(lambda: len(shown()) >= times)
        return shown()[-1]

    def saying(self, key: str) -> list[MessageRef]:
        return [ref for ref, message in self.said.items() if key in keys_of(message)]

    def _next_key(self) -> str:
        self._events += 1
        return f"event-{self._events}"

    async def _hand_over(self, event: Event, where: Address = HERE) -> None:
        assert self.handle is not None
        conversation = FakeConversation(self, self.here if where is HERE else where)
        answer = await self.handle(event, conversation)
        if answer is not None:
            self.told.append(answer)
            await conversation.post(answer, key=f"{event.key}:told")
        await self.answered()

    async def show_activity(self) -> None:
        async with self._changed:
            self.activities += 1
            self._changed.notify_all()

    async def note(self, where: list[MessageRef | None], ref: MessageRef | None) -> None:
        async with self._changed:
            where.append(ref)
            self._changed.notify_all()

    def private(self, member: Member, near: Address) -> "FakeConversation | None":
        if not self.has_private:
            return None
        return FakeConversation(self, Address(f"private with {member.id}"))

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        if self.faults and (message.pictures or not message.progress):
            raise self.faults.popleft()
        async with self._changed:
            self.said[ref] = message
            self._changed.notify_all()

    async def remove(self, ref: MessageRef) -> None:
        async with self._changed:
            self.said.pop(ref, None)
            self._changed.notify_all()


async def _at_once() -> None:
    return


class FakeConversation:
    """The conversation of a `FakeChat`."""

    def __init__(self, chat: FakeChat, address: Address) -> None:
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
        ref = self._chat.keys.get(key) or MessageRef(f"message-{next(self._chat.numbers)}")
        await self._chat.put(ref, message)
        self._chat.keys[key] = ref
        return Posted(ref=ref, conversation=self.key)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        grown = status if self._chat.abilities_now.grows else None  # a change is noticed as well

        async def send() -> Sequence[MessageRef]:
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
        picture = self._chat.pictures[ref]
        if isinstance(picture, PlatformFault):
            raise picture
        yield picture

    async def show_activity(self) -> None:
        await self._chat.show_activity()

    async def acknowledge(self, ref: MessageRef | None) -> None:
        await self._chat.note(self._chat.acknowledged, ref)

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        await self._chat.note(self._chat.taken_back, ref)


def keys_of(message: OutgoingMessage) -> list[str]:
    return [line.key for line in message.lines if isinstance(line, Sentence)]


def words_of(message: OutgoingMessage) -> list[str]:
    return [line.words for line in message.lines if isinstance(line, Quoted)]
