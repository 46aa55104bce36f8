"""The Discord adapter, running against the simulated Discord, with a core that only listens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.discord.chat_platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from bot.application.intake.answers import Answers
from bot.application.platform_supervisor import PlatformSupervisor
from bot.application.texts import MessageCatalog
from bot.domain.chat import (
    Action,
    Member,
    MessageRef,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    Posted,
    Progress,
    Quoted,
    Sentence,
    StoredPicture,
    Verb,
)
from bot.domain.errors import Forbidden, MaybeDelivered, StoreUnavailable
from bot.domain.events import Event
from bot.domain.prompt.commands import menu_of
from bot.ports import Conversation, PlatformServices, Said, Send
from tests.catalogue import built_in_catalogue
from tests.fakes.pictures import MemoryPictures
from tests.fakes.transcript import MemoryTranscript
from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.world.state import Person
from tests.simulators.waiting import WITHIN_SECONDS
from tests.tokens import AN_ID
from tests.unit.discord.library_client import picture

SINCE = datetime(2026, 11, 28, 12, tzinfo=UTC)


class ListeningCore:
    """Remembers what it was told, with the conversation that it could answer in."""

    def __init__(self, simulator: DiscordSimulator) -> None:
        self.heard: list[tuple[Event, Conversation]] = []
        self.answer: OutgoingMessage | None = None  # what is said to each event at once
        self.answer_to_press: OutgoingMessage | None = None
        self.is_store_locked = False
        self._simulator = simulator

    async def handle(self, event: Event, conversation: Conversation) -> OutgoingMessage | None:
        if self.is_store_locked:
            raise StoreUnavailable
        self.heard.append((event, conversation))
        if self.answer is not None:
            await conversation.post(self.answer, key=f"{event.key}:answer")
        await self._simulator.changes.tell()
        return self.answer_to_press

    async def next(self) -> tuple[Event, Conversation]:
        """Wait for the oldest event that was not asked for yet, and return it."""
        await self._simulator.until(lambda: self.heard)
        return self.heard.pop(0)


class MemoryParts:
    """Implements `ports.Parts`. What it keeps outlives an adapter, as rows do."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.begun: dict[str, datetime] = {}
        self.taken: dict[str, tuple[MessageRef, ...]] = {}
        self.loses_next = False  # the process ends after the next part was taken, before that is written down
        self._now = now

    def begun_at(self, part: str) -> datetime | None:
        return None if part in self.taken else self.begun.get(part)

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        if part in self.taken:
            return self.taken[part]
        was_begun = part in self.begun
        self.begun.setdefault(part, self._now())
        try:
            refs = tuple(await send())
        except MaybeDelivered:
            raise
        except Exception:
            if not was_begun:
                del self.begun[part]
            raise
        if self.loses_next:
            self.loses_next = False
            raise ProcessEnded
        self.taken[part] = refs
        return refs


class ProcessEnded(Exception):
    """The process was killed at this point."""


class ShortTime:
    """The time of the simulator; waiting takes a moment, and is remembered."""

    def __init__(self, simulator: DiscordSimulator) -> None:
        self.slept: list[float] = []
        self._simulator = simulator

    def now(self) -> datetime:
        return self._simulator.clock.now()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))


class WatchedTranscript(MemoryTranscript):
    """A transcript that a test can wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: set[str] = set()
        self._changed = asyncio.Condition()

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        said = await super().append(conversation, key, body)
        async with self._changed:
            self._kept.add(conversation)
            self._changed.notify_all()
        return said

    async def until_kept(self, conversation: str) -> None:
        """Wait until there is something."""
        async with asyncio.timeout(WITHIN_SECONDS), self._changed:
            await self._changed.wait_for(lambda: conversation in self._kept)


class Adapter:
    """A running adapter, and everything that it was given."""

    def __init__(
        self,
        simulator: DiscordSimulator,
        transcript: WatchedTranscript | None = None,
        *,
        token: str = TOKEN,
        content: bool = True,
    ) -> None:
        self.simulator = simulator
        self.core = ListeningCore(simulator)
        self.time = ShortTime(simulator)
        self.pictures = MemoryPictures()
        self.transcript = transcript or WatchedTranscript()
        self.services = PlatformServices(
            texts=MessageCatalog("adapters.discord"),
            menu=menu_of(built_in_catalogue()),
            language="en",
            bot_name="Plantain",
            transcript=self.transcript,
            pictures=self.pictures,
            answers=Answers(self.time),
            links=None,
            load_secret=str,
            announce=lambda _: None,
        )
        self.platform = DiscordPlatform(
            settings_for(simulator, token=token, content=content), self.services, clock=self.time
        )

    async def keep(self, *sizes: tuple[int, int]) -> list[StoredPicture]:
        """Store pictures of ours, as if they had been made."""
        kept = []
        for width, height in sizes or ((16, 9),):
            async with self.pictures.new_file() as file:
                await file.write(picture(width, height))
                kept.append(await file.finish())
        return kept

    async def result(self, *sizes: tuple[int, int], prompt: str = "a fox", **more: Any) -> OutgoingMessage:
        """Make the outcome of a request with pictures of these sizes."""
        kept = await self.keep(*sizes)
        return OutgoingMessage(
            lines=(
                Quoted(prompt),
                Sentence("result-settings", model="Nano", ratio="16:9", size="auto", width="16", height="9"),
                Sentence("status-price", price=2, left=8),
            ),
            language="en",
            pictures=tuple(outgoing(each, number) for number, each in enumerate(kept, start=1)),
            actions=(
                Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again")),
                Action(verb=Verb.EDIT, target=AN_ID, label=Sentence("action-edit")),
            ),
            **more,
        )


def outgoing(stored: StoredPicture, number: int = 1, link: str | None = None) -> OutgoingPicture:
    return OutgoingPicture(
        number=number,
        original=stored,
        shown=stored,
        as_file=False,
        link=link,
        filename=f"plantain-5-{number}.png",
        description=Quoted("a fox"),
    )


def member(person: Person) -> Member:
    """Return a person as the core knows them."""
    return Member(platform="discord", id=str(person.id), name=person.name, language="en")


def status(prompt: str = "a fox", *, reply_to: MessageRef | None = None, **more: Any) -> OutgoingMessage:
    """Make the status of a request that waits."""
    return OutgoingMessage(
        lines=(Quoted(prompt), Sentence("status-price", price=2, left=8)),
        language="en",
        actions=(Action(verb=Verb.CANCEL, target=AN_ID, label=Sentence("action-cancel")),),
        progress=Progress(phase=Phase.WAITING, since=SINCE, expected_seconds=20),
        in_reply_to=reply_to,
        **more,
    )


def saying(*lines: Sentence | Quoted, language: str = "en") -> OutgoingMessage:
    return OutgoingMessage(lines=lines or (Sentence("status-cancelled"),), language=language)


def settings_for(simulator: DiscordSimulator, *, token: str, content: bool) -> DiscordSettings:
    table = {
        "token": token,
        "api_url": simulator.api_url,
        "gateway_url": simulator.gateway_url,
        "message_content": content,
    }
    return DiscordSettings.model_validate(table)


@asynccontextmanager
async def running(adapter: Adapter) -> AsyncIterator[Adapter]:
    """Run the adapter, connected and with its commands registered. At the end, stop it as the core stops it."""
    supervisor = PlatformSupervisor({"discord": adapter.platform}, adapter.time, chance=lambda: 0)
    task = asyncio.create_task(supervisor.run(adapter.core.handle))
    connected = asyncio.create_task(adapter.simulator.until(lambda: adapter.simulator.gateway.connected))
    await asyncio.wait({task, connected}, return_when=asyncio.FIRST_COMPLETED)
    connected.cancel()
    if task.done():
        await task
    try:
        yield adapter
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def deliver(
    adapter: Adapter,
    conversation: Conversation,
    outcome: OutgoingMessage,
    *,
    status: MessageRef | None = None,
    parts: MemoryParts | None = None,
) -> Posted:
    """Bring an outcome to the chat as the core does: first the outcome, then its status goes away."""
    kept = parts or MemoryParts(adapter.time.now)
    posted = await conversation.deliver(outcome, key="request-5-outcome", parts=kept, status=status)
    if status is not None and status != posted.ref:
        with suppress(Forbidden):
            await conversation.delete(status)
    return posted


def long_after(simulator: DiscordSimulator) -> None:
    """Advance the clock until the token of every interaction has expired."""
    simulator.clock.advance(timedelta(minutes=16).total_seconds())
