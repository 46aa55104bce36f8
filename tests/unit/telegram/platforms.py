"""The platform under test on a simulated Telegram, and what the core would hear of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.conversation import TelegramConversation
from adapters.telegram.settings import TelegramSettings
from bot.application.intake.answers import Answers
from bot.application.platform_supervisor import PlatformSupervisor
from bot.application.texts import MessageCatalog
from bot.domain.chat import (
    Action,
    MessageRef,
    OutgoingMessage,
    OutgoingPicture,
    Progress,
    Quoted,
    Sentence,
    StoredPicture,
)
from bot.domain.errors import Dropped, MaybeDelivered, StoreUnavailable
from bot.domain.events import ButtonPress, Event, IncomingMessage
from bot.domain.prompt.commands import MENU
from bot.ports import Conversation, PlatformServices, Send
from bot.wiring.clock import SystemClock
from tests.fakes.pictures import MemoryPictures
from tests.fakes.transcript import MemoryTranscript
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.chats import Chat, Topic
from tests.simulators.waiting import Bell

SECRET = "s" * 43


@dataclass
class Core:
    """A core that notes what it hears."""

    bell: Bell
    events: list[Event] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    may_finish: asyncio.Event = field(default_factory=asyncio.Event)
    is_held: bool = False  # such an event is being held at this moment
    is_slow_with: str = ""  # an event that says or presses this is not durable before `may_finish`
    answer: OutgoingMessage | None = None  # to whoever presses
    unstored: int = 0  # so many of the next events find no store

    async def handle(self, event: Event, conversation: Conversation) -> OutgoingMessage | None:
        if self.unstored:
            self.unstored -= 1
            self.bell.ring()
            raise StoreUnavailable("locked")
        words = getattr(event, "text", None) or getattr(event, "token", None)
        if self.is_slow_with and words == self.is_slow_with:
            self.is_held = True
            self.bell.ring()
            await self.may_finish.wait()
        self.events.append(event)
        self.conversations.append(conversation)
        self.bell.ring()
        return self.answer if isinstance(event, ButtonPress) else None

    async def until_heard(self, count: int = 1) -> list[Event]:
        await self.bell.until(lambda: len(self.events) >= count)
        return self.events


@dataclass
class Rows:
    """Implements `ports.Parts`: rows of what has left, as a database keeps them."""

    taken: dict[str, Sequence[MessageRef]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    is_ending: bool = False

    def begun_at(self, part: str) -> datetime | None:
        return datetime.now(UTC) if part in self.begun and part not in self.taken else None

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        if part in self.taken:
            return self.taken[part]
        if self.is_ending:
            raise Dropped("the program ends")
        self.begun.append(part)
        try:
            self.taken[part] = await send()
        except MaybeDelivered:
            raise
        except Exception:
            self.begun.remove(part)
            raise
        return self.taken[part]


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, IncomingMessage)]


def only(events: list[Event]) -> IncomingMessage:
    (event,) = events
    assert isinstance(event, IncomingMessage)
    return event


def settings_for(simulator: TelegramSimulator, **more: Any) -> TelegramSettings:
    urls = {"base_url": simulator.base_url, "base_file_url": simulator.base_file_url}
    return TelegramSettings.model_construct(token=SecretStr(simulator.token), **{**urls, **more})


def services_with(pictures: MemoryPictures) -> PlatformServices:
    return PlatformServices(
        texts=MessageCatalog("adapters.telegram"),
        menu=MENU,
        language="en",
        bot_name="Plantain",
        transcript=MemoryTranscript(),
        pictures=pictures,
        answers=Answers(SystemClock()),
        links=None,
        load_secret=lambda _: SECRET,
        announce=lambda _: None,
    )


def platform_for(simulator: TelegramSimulator, pictures: MemoryPictures | None = None, **more: Any) -> TelegramPlatform:
    return TelegramPlatform(settings_for(simulator, **more), services_with(pictures or MemoryPictures()))


@asynccontextmanager
async def running(simulator: TelegramSimulator, **more: Any) -> AsyncIterator[Core]:
    """Run a platform meanwhile. At the end it is cancelled as the core cancels it."""
    core = Core(Bell())
    supervisor = PlatformSupervisor({"telegram": platform_for(simulator, **more)}, SystemClock())
    task = asyncio.create_task(supervisor.run(core.handle))
    try:
        if "webhook_url" in more:
            await simulator.until(lambda: simulator.webhook_url)
        else:
            await simulator.until(lambda: simulator.calls_of("getUpdates") or task.done())
        yield core
    finally:
        core.may_finish.set()
        task.cancel()
        await asyncio.wait([task])


def conversation_in(
    platform: TelegramPlatform, simulator: TelegramSimulator, chat: Chat, topic: Topic | None = None
) -> TelegramConversation:
    place = ChatRef(bot_id=simulator.bot.id, chat_id=chat.id, thread_id=topic.id if topic else None)
    return platform.conversation(place.address)


def said(
    *lines: Sentence | Quoted,
    pictures: Sequence[OutgoingPicture] = (),
    actions: Sequence[Action] = (),
    progress: Progress | None = None,
    **more: Any,
) -> OutgoingMessage:
    return OutgoingMessage(
        lines=lines or (Sentence("status-cancelled"),),
        language="en",
        pictures=tuple(pictures),
        actions=tuple(actions),
        progress=progress,
        **more,
    )


async def kept(pictures: MemoryPictures, content: bytes) -> StoredPicture:
    async with pictures.new_file() as file:
        await file.write(content)
        return await file.finish()


def outgoing(
    original: StoredPicture, shown: StoredPicture | None = None, *, number: int = 1, **more: Any
) -> OutgoingPicture:
    fields = {"as_file": False, "link": None, "filename": f"plantain-1-{number}{original.ending}", **more}
    return OutgoingPicture(number=number, original=original, shown=shown, description=Quoted("a fox"), **fields)
