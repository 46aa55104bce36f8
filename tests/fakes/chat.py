"""A working twin of a chat platform, in the test's hand."""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import count

from bot.domain.chat import (
    Abilities,
    Action,
    Address,
    Member,
    MessageRef,
    OutgoingMessage,
    PictureLimits,
    PictureRef,
    Quoted,
    Sentence,
    Verb,
)
from bot.domain.errors import AddressUnreadable, PlatformFault, Unavailable
from bot.domain.events import ButtonPress, Event, FormSubmit, IncomingMessage, PictureSeen, RepliedMessage
from bot.ports import Handle, Serving
from tests.fakes.conversation import FakeConversation
from tests.simulators.waiting import WITHIN_SECONDS

ANY_SIZE = 1 << 40
CHAT_ABILITIES = Abilities(
    finds_posted=True,
    shown=PictureLimits(most_bytes=ANY_SIZE),
    file=PictureLimits(most_bytes=ANY_SIZE),
)
_ADDRESS = re.compile(r"[\w ]+", re.ASCII)
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
        self.files: Mapping[str, bytes] | None = None  # by SHA-256; None: every picture is there
        self.trouble: PlatformFault | None = None  # what everything meets that is sent
        self.loses_answers = False  # what is sent arrives, and we do not hear of it
        self._changed = asyncio.Condition()
        self._events = 0
        self._last: tuple[Event, Address] | None = None

    def restarted(self) -> "FakeChat":
        """Return the chat as another process finds it."""
        other = FakeChat()
        other.said, other.keys, other.numbers, other.pictures = self.said, self.keys, self.numbers, self.pictures
        other._events = self._events
        return other

    # the port
    async def run(self, handle: Handle, serving: Serving) -> None:
        serving()
        self.handle = handle
        self.running.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.running.clear()

    def conversation(self, address: Address) -> FakeConversation:
        if address.text in self.unreadable:
            raise self.unreadable[address.text]
        if not _ADDRESS.fullmatch(address.text):
            raise AddressUnreadable("no conversation of the fake")
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

    async def repeat(self) -> None:
        """Deliver the last event once more."""
        assert self._last is not None
        await self._hand_over(*self._last)

    async def _hand_over(self, event: Event, where: Address = HERE) -> None:
        assert self.handle is not None
        self._last = (event, where)
        conversation = FakeConversation(self, self.here if where is HERE else where)
        answer = await self.handle(event, conversation)
        if answer is not None:
            self.told.append(answer)
            await conversation.post(replace(answer, audience=event.author), key=f"{event.key}:told")
        await self.answered()

    async def show_activity(self) -> None:
        async with self._changed:
            self.activities += 1
            self._changed.notify_all()

    async def note(self, where: list[MessageRef | None], ref: MessageRef | None) -> None:
        async with self._changed:
            where.append(ref)
            self._changed.notify_all()

    def private(self, member: Member, near: Address) -> FakeConversation | None:
        if not self.has_private or member.platform != ALICE.platform:
            return None
        return FakeConversation(self, Address(f"private with {member.id}"))

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        self.check()
        if self.faults and (message.pictures or not message.progress):
            raise self.faults.popleft()
        async with self._changed:
            self.said[ref] = message
            self._changed.notify_all()
        if self.loses_answers:
            raise Unavailable("the answer was lost, and the message is found by its key")

    def check(self) -> None:
        """Raise the trouble that the chat is in."""
        if self.trouble is not None:
            raise self.trouble

    def check_kept(self, outcome: OutgoingMessage) -> None:
        """Raise `FileNotFoundError` if the file of a picture is gone, where the test has given the files."""
        missing = [one.original.sha256 for one in outcome.pictures if one.original.sha256 not in (self.files or {})]
        if self.files is not None and missing:
            raise FileNotFoundError(missing[0])

    async def remove(self, ref: MessageRef) -> None:
        self.check()
        async with self._changed:
            self.said.pop(ref, None)
            self._changed.notify_all()


async def _at_once() -> None:
    return


def keys_of(message: OutgoingMessage) -> list[str]:
    return [line.key for line in message.lines if isinstance(line, Sentence)]


def words_of(message: OutgoingMessage) -> list[str]:
    return [line.words for line in message.lines if isinstance(line, Quoted)]
