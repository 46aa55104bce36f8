"""A simulated platform with its strict limits, its members and the endpoint, in a process of its own.

`python -m benchmarks.delivery.town SCENE` prints the addresses that a bot needs, then takes a line for each thing to
do, and answers it with a line of JSON: `ready` waits until the bot listens; `ask` has all members ask at the same
moment, waits until each has a picture, and tells what they saw; `sign FIRST COUNT` has so many members ask, and tells
the seconds after which each saw a first sign of the bot.
"""

import asyncio
import json
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.answers.endpoint import ROOT
from benchmarks.delivery.painter import Painter, prompt
from benchmarks.delivery.scenes import SCENES, Scene
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.pace import Pace
from tests.simulators.seen import Seen, Shown, doubled, gone_too_soon, left_behind, reactions_left, unnoticed
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.faults import FloodControl
from tests.simulators.telegram.seen import seen

PATIENCE_SECONDS = 240.0
_SETTLING_SECONDS = 10.0
_GLANCE_SECONDS = 0.2
_READY_SECONDS = 60.0
_SIGNS = ("send", "editMessage", "setMessageReaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What members saw; seconds since all asked, in the order in which pictures came."""

    shown: list[float]
    after_painting: list[float]  # how long each was under way
    refused: int  # requests of the bot's that came too soon
    requests: int  # for pictures
    complaints: list[str]
    reactions: int  # that the bot has left
    town_cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Town:
    """The process, from outside."""

    process: subprocess.Popen[str]
    addresses: dict[str, str]

    def tell(self, order: str) -> Any:
        """Have something done, and return the result."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self) -> Figures:
        """Have everybody ask."""
        return Figures(**self.tell("ask"))


@contextmanager
def town_process(scene: str) -> Iterator[Town]:
    """Start the process of a scene."""
    command = [sys.executable, "-m", "benchmarks.delivery.town", scene]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Town(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


@dataclass
class _Platform(ABC):
    """A platform with its members. `asked`: by what each asked, their numbers; by message, chat or person."""

    scene: Scene
    asked: dict[int, int] = field(default_factory=dict)

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Mapping[str, str]]:
        """Start it with its members. Return the addresses that a bot needs."""

    @abstractmethod
    def ask(self, number: int) -> None:
        """Have a member ask."""

    @abstractmethod
    def is_listened_to(self) -> bool: ...

    @abstractmethod
    def seen(self) -> Seen: ...

    @abstractmethod
    def count_pictures(self) -> int: ...

    @property
    @abstractmethod
    def refused(self) -> int: ...

    def number_of(self, message: Shown) -> int | None:
        """Return the number of the member whose picture a message shows; None if it is nobody's."""
        keys = [message.answers, message.chat, *message.notified]
        return next((self.asked[key] for key in keys if key in self.asked), None)


@dataclass
class _Telegram(_Platform):
    """A group, or the private chat of each."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Mapping[str, str]]:
        async with TelegramSimulator() as self.telegram:
            telegram, self.flood = self.telegram, FloodControl(clock=time.monotonic)
            self.people = [telegram.person(f"P{number}", language_code="en") for number in range(self.scene.members)]
            self.group = telegram.supergroup("Painters", *self.people)
            self.rooms = [telegram.private(person) for person in self.people]
            telegram.limit_writing(self.flood)
            yield {"token": telegram.token, "base_url": telegram.base_url, "base_file_url": telegram.base_file_url}

    def ask(self, number: int) -> None:
        person, room = self.people[number], self.rooms[number]
        if self.scene.place == "telegram group":
            command = f"/imagine@{self.telegram.bot.username} {prompt(number)}"
            self.asked[self.group.say(person, command).id] = number
        else:
            room.say(person, f"/imagine {prompt(number)}")
            self.asked[room.id] = number

    def is_listened_to(self) -> bool:
        return bool(self.telegram.polls_under_way)

    def seen(self) -> Seen:
        return seen(self.telegram)

    def count_pictures(self) -> int:
        calls = self.telegram.calls
        return sum(call.method in {"sendPhoto", "sendDocument"} and call.done_at is not None for call in calls)

    @property
    def refused(self) -> int:
        return self.flood.refused

    async def signs(self, first: int, count: int) -> list[float]:
        """Return the seconds after which each of these members saw a first sign, of whatever kind."""
        before, begun, chats = len(self.telegram.calls), time.monotonic(), set[int]()
        for number in range(first, first + count):
            self.ask(number)
            chats.add(self.rooms[number].id)
        found: dict[int, float] = {}

        def have_seen() -> bool:
            for call in self.telegram.calls[before:]:
                if call.done_at is not None and call.method.startswith(_SIGNS):
                    found.setdefault(call.integer("chat_id"), call.done_at - begun)
            return chats <= found.keys()

        await self.telegram.until(have_seen, within=PATIENCE_SECONDS)
        return [found[chat] for chat in chats]


@dataclass
class _Discord(_Platform):
    """A channel whose members mention the bot."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Mapping[str, str]]:
        async with DiscordSimulator() as self.discord:
            self.pace = self.discord.rest.pace = Pace()
            guild = self.discord.add_guild("Painters")
            self.people = [self.discord.add_person(f"p{number}") for number in range(self.scene.members)]
            for person in self.people:
                self.discord.join(guild, person)
            self.channel = self.discord.add_channel(guild, "pictures")
            urls = {"api_url": self.discord.api_url, "gateway_url": self.discord.gateway_url}
            yield {"token": self.discord.rest.token, **urls}

    def ask(self, number: int) -> None:
        words = f"<@{self.discord.world.bot.id}> {prompt(number)}"
        self.asked[self.discord.members.say(self.people[number], self.channel, words).id] = number
        self.asked[self.people[number].id] = number

    def is_listened_to(self) -> bool:
        return bool(self.discord.gateway.connected) and bool(self.discord.commands.registered())

    def seen(self) -> Seen:
        return self.discord.history.seen()

    def count_pictures(self) -> int:
        return sum(bool(message.files) for message in self.discord.messages(self.channel, by_bot=True))

    @property
    def refused(self) -> int:
        return self.pace.refused


async def _obey(order: str, platform: _Platform, painter: Painter) -> Any:
    match order.split():
        case ["ready"]:
            return await _until(platform.is_listened_to, _READY_SECONDS)
        case ["sign", first, count]:
            assert isinstance(platform, _Telegram)
            return await platform.signs(int(first), int(count))
        case _:
            return asdict(await _asked(platform, painter))


async def _asked(platform: _Platform, painter: Painter) -> Figures:
    begun, cpu_begun = time.monotonic(), time.process_time()
    painter.asked_at = begun
    members = platform.scene.members
    for number in range(members):
        platform.ask(number)
    await _until(lambda: platform.count_pictures() >= members, PATIENCE_SECONDS)
    await _until(lambda: _is_settled(platform.seen()), _SETTLING_SECONDS)
    seen = platform.seen()
    shown = _shown(platform, seen)
    complaints = [*unnoticed(seen), *doubled(seen), *left_behind(seen), *gone_too_soon(seen)]
    complaints += [f"member {number} has no picture" for number in range(members) if number not in shown]
    return Figures(
        shown=sorted(at - begun for at in shown.values()),
        after_painting=sorted(at - painter.painted[number] for number, at in shown.items()),
        refused=platform.refused,
        requests=painter.requests,
        complaints=complaints,
        reactions=len(reactions_left(seen)),
        town_cpu_seconds=time.process_time() - cpu_begun,
    )


def _is_settled(seen: Seen) -> bool:
    return not left_behind(seen) and not reactions_left(seen)


def _shown(platform: _Platform, seen: Seen) -> dict[int, float]:
    """Return when each member's picture was shown, by the member's number."""
    shown: dict[int, float] = {}
    for message in seen.with_pictures:
        number = platform.number_of(message)
        if number is not None and message.pictures_at is not None:
            shown.setdefault(number, message.pictures_at)
    return shown


async def _until(condition: Any, seconds: float) -> bool:
    """Wait for it, and go on without it: then figures are missing, and are shown so."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_GLANCE_SECONDS)
    return True


async def serve(scene: Scene) -> None:
    """Do what the lines of standard input say."""
    platform = (_Discord if scene.place == "discord channel" else _Telegram)(scene)
    painter = Painter(scene)
    async with painter.serving(), platform.open() as addresses:
        _tell({**addresses, "endpoint": painter.base_url})
        while line := await asyncio.to_thread(sys.stdin.readline):
            _tell(await _obey(line, platform, painter))


def _tell(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(SCENES[sys.argv[1]]))
