"""A chat platform in the hand of the contract suite: the real adapter, over the real sockets of its simulator.

There is one member in one chat with the bot. A restart is a new adapter object with the rows that the old one stored.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, ClassVar, NoReturn, Self

import pytest

from bot.application.intake.answers import Answers
from bot.application.texts import MessageCatalog
from bot.domain.chat import Member, MessageRef, OutgoingMessage
from bot.domain.errors import StoreUnavailable
from bot.domain.events import Event, Opened
from bot.domain.prompt.commands import menu_of
from bot.ports import Change, ChatPlatform, Clock, Conversation, PlatformServices, Said
from bot.wiring.clock import SystemClock
from tests.catalogue import built_in_catalogue
from tests.fakes.parts import MemoryParts
from tests.fakes.pictures import MemoryPictures
from tests.fakes.transcript import MemoryTranscript
from tests.simulators.waiting import Bell

SECRET = "s" * 43
TEXTS = MessageCatalog("adapters.telegram", "adapters.discord", "adapters.web")  # once: to read them takes a while
MENU = menu_of(built_in_catalogue())


class Trouble(StrEnum):
    """What can befall everything that the adapter sends."""

    UNREACHABLE = "nothing arrives"
    ANSWER_LOST = "it arrives, and the answer is lost"
    FORBIDDEN = "the bot was thrown out"
    CLOSED_BY_MEMBER = "the member has blocked the bot"
    TOO_LARGE = "the platform refuses the size"
    RATE_LIMITED = "the platform asks to wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A message of the bot as its member sees it now."""

    ref: MessageRef
    words: str
    labels: tuple[str, ...] = ()  # of its buttons
    pictures: int = 0


class ListeningCore:
    """A core that notes what it hears, with the conversation that it could answer in."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.heard: list[tuple[Event, Conversation]] = []
        self.answer: OutgoingMessage | None = None  # to a press
        self.is_locked = False  # nothing can be stored
        self.unstored = 0  # events that found no store

    async def handle(self, event: Event, conversation: Conversation) -> OutgoingMessage | None:
        if isinstance(event, Opened):
            return None
        if self.is_locked:
            self.unstored += 1
            self.bell.ring()
            raise StoreUnavailable("locked")
        self.heard.append((event, conversation))
        self.bell.ring()
        return self.answer

    async def next(self) -> tuple[Event, Conversation]:
        """Wait for the oldest event that was not asked for yet, and return it."""
        await self.bell.until(lambda: self.heard)
        return self.heard.pop(0)


class LockableTranscript(MemoryTranscript):
    """A transcript that sometimes cannot be written."""

    is_locked = False

    def _check(self) -> None:
        if self.is_locked:
            raise StoreUnavailable("locked")

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        self._check()
        return await super().append(conversation, key, body)

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        self._check()
        return await super().replace(conversation, key, body)

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        self._check()
        return await super().change(conversation, key, change)


class ChatDriver(ABC):
    """One platform. Used as a context manager, it runs the adapter."""

    name: ClassVar[str]
    delivers_again: ClassVar[bool] = True  # an event that was not acknowledged comes once more by itself

    def __init__(self) -> None:
        self.core = ListeningCore()
        self.transcript = LockableTranscript()
        self.pictures = MemoryPictures()
        self.clock: Clock = SystemClock()
        self.announced = ""
        self.stack = AsyncExitStack()
        self.platform: ChatPlatform
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()
        await self.stack.__aexit__(kind, error, traceback)

    async def start(self) -> None:
        """Make an adapter with the stored rows, and run it."""
        self.platform = self.make_platform(self._services())
        await self.run()

    async def run(self) -> None:
        """Run the present adapter, perhaps once more."""
        serving = asyncio.Event()
        self._running = asyncio.create_task(self.platform.run(self.core.handle, serving.set))
        waiting = asyncio.create_task(serving.wait())
        await asyncio.wait({self._running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._running.done():
            await self._running
        await self.until_connected()

    async def stop(self) -> None:
        """Stop the adapter as the supervisor does."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def asked(self, words: str = "a fox", pictures: tuple[bytes, ...] = ()) -> tuple[Event, Conversation]:
        """Have the member ask for something. Return what the core hears of it."""
        await self.say(words, pictures)
        return await self.core.next()

    async def here(self) -> Conversation:
        """Return the conversation of the chat, as a delivery has it: rebuilt from its address."""
        _, live = await self.asked()
        return self.platform.conversation(live.address)

    async def alone(self) -> Conversation:
        """Return the chat of the member and the bot alone, as it is found from here."""
        near = await self.here()
        private = self.platform.private(self.member, near.address)
        return near if private is None else private

    async def until_told(self, words: str) -> None:
        """Wait until the presser of a button was told these words."""
        assert words in " ".join(await self.told())

    async def until_told_again(self) -> None:
        """Wait until the author of a lost event was asked to repeat it, or repeat it as they would."""
        await self.repeat()
        await self.core.next()

    def parts(self) -> MemoryParts:
        return MemoryParts(self.clock.now)

    def cannot(self, why: str) -> NoReturn:
        """Skip a promise that means nothing on this platform."""
        pytest.skip(f"{self.name}: {why}")

    async def until_connected(self) -> None:
        """Wait until the platform passes events on."""
        return

    def long_after(self) -> None:
        """Let so much time pass that the platform remembers no idempotency key."""
        return

    def _announce(self, link: str) -> None:
        self.announced = link

    def _services(self) -> PlatformServices:
        return PlatformServices(
            texts=TEXTS,
            menu=MENU,
            language="en",
            bot_name="Plantain",
            transcript=self.transcript,
            pictures=self.pictures,
            answers=Answers(self.clock),
            links=None,
            load_secret=lambda _: SECRET,
            announce=self._announce,
        )

    @property
    @abstractmethod
    def member(self) -> Member:
        """The member, as the core knows them."""

    @abstractmethod
    async def open(self) -> None:
        """Open the simulated platform."""

    @abstractmethod
    def make_platform(self, services: PlatformServices) -> ChatPlatform:
        """Make the adapter."""

    @abstractmethod
    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        """Have the member ask for something, perhaps in reply to one of our messages."""

    @abstractmethod
    async def press(self, ref: MessageRef, label: str) -> None:
        """Have the member press a button."""

    @abstractmethod
    async def repeat(self) -> None:
        """Have the platform deliver the member's last event once more."""

    @abstractmethod
    async def standing(self) -> list[Standing]:
        """Return the messages of the bot that stand in the chat, oldest first."""

    @abstractmethod
    async def told(self) -> list[str]:
        """Return what the presser of a button was told, in whatever form."""

    @abstractmethod
    async def seen_by_others(self) -> list[str]:
        """Return the words that somebody else in the chat can read now."""

    @abstractmethod
    async def reactions(self) -> list[str]:
        """Return the reactions of the bot that stand in the chat."""

    @abstractmethod
    async def remove(self, ref: MessageRef) -> None:
        """Have somebody delete one of our messages."""

    @abstractmethod
    def in_trouble(self, trouble: Trouble) -> AbstractAsyncContextManager[None]:
        """Let everything that is sent meanwhile meet this trouble."""
