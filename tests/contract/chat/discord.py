"""Discord: a member in a channel of a server, who mentions the bot or calls its command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.discord.chat_platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from bot.domain.chat import Member, MessageRef
from bot.ports import ChatPlatform, PlatformServices
from tests.contract.chat.driver import ChatDriver, Standing, Trouble
from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.faults import cut, rate_limited, refused
from tests.simulators.discord.interactions.interactions import Asked
from tests.simulators.discord.interactions.options import Value
from tests.simulators.discord.library import pointed_at
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import HandClock, Message, Permission

FAULTS = {
    Trouble.ANSWER_LOST: cut().after(),
    Trouble.TOO_LARGE: refused(40005),
    Trouble.RATE_LIMITED: rate_limited(60),
}
PATHS = ("/channels/*", "/webhooks/*", "/users/@me/channels")
NOBODY_LISTENS = "http://127.0.0.1:1/api/v10"
NONCES_ARE_FORGOTTEN_SECONDS = 4 * 60


class SimulatedTime:
    """Implements the `Clock` port with the simulator's time. Waiting takes a moment."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.now = clock.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


class DiscordDriver(ChatDriver):
    """Anna, who writes to the bot."""

    name = "discord"
    delivers_again = False

    def __init__(self) -> None:
        super().__init__()
        self.simulator = DiscordSimulator()
        self.clock = SimulatedTime(self.simulator.clock)
        self._last: tuple[str, dict[str, object]] = ("", {})
        self._pressed: list[Asked] = []

    async def open(self) -> None:
        await self.stack.enter_async_context(self.simulator)
        api = self.simulator
        self.stack.enter_context(pointed_at(api_url=api.api_url, gateway_url=api.gateway_url))
        self._anna = api.add_person("anna")
        self._channel = api.add_channel(api.add_guild())

    @property
    def member(self) -> Member:
        return Member(platform="discord", id=str(self._anna.id), name="anna", language="en")

    def make_platform(self, services: PlatformServices) -> ChatPlatform:
        api = self.simulator
        table = {"token": TOKEN, "api_url": api.api_url, "gateway_url": api.gateway_url, "message_content": True}
        return DiscordPlatform(DiscordSettings.model_validate(table), services, clock=self.clock)

    async def until_connected(self) -> None:
        await self.simulator.until(lambda: self.simulator.gateway.connected)

    async def stop(self) -> None:
        await super().stop()
        self.simulator.gateway.cut()
        await self.simulator.until(lambda: not self.simulator.gateway.connected)

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        files = [Upload(name="sent.png", data=picture) for picture in pictures]
        answered = self._message(answering) if answering is not None else None
        text = f"<@{self.simulator.world.bot.id}> {words}"
        self.simulator.members.say(self._anna, self._channel, text, files=files, reply_to=answered)
        self._note_event("MESSAGE_CREATE")

    async def press(self, ref: MessageRef, label: str) -> None:
        self._pressed.append(self.simulator.members.press(self._anna, self._message(ref), label))
        self._note_event("INTERACTION_CREATE")

    def _note_event(self, kind: str) -> None:
        (session,) = self.simulator.gateway.connected
        self._last = next((event, data) for _, event, data in reversed(session.events) if event == kind)

    async def repeat(self) -> None:
        (session,) = self.simulator.gateway.connected
        session.push(*self._last)

    async def standing(self) -> list[Standing]:
        return [
            Standing(
                ref=MessageRef(f"{one.channel.id}:{one.id}"),
                words=one.text,
                labels=tuple(button.label for button in one.buttons if button.label),
                pictures=len(one.files),
            )
            for one in sorted(self._shown(), key=lambda one: one.id)
            if not one.is_loading
        ]

    def _shown(self) -> list[Message]:
        return [*self.simulator.messages(self._channel, by_bot=True), *self._ephemeral()]

    def _ephemeral(self) -> list[Message]:
        return [one for one in self.simulator.ephemeral_messages(self._anna) if not one.is_deleted]

    async def told(self) -> list[str]:
        return [one.text for one in self._ephemeral()]

    async def until_told(self, words: str) -> None:
        await self.simulator.until(lambda: words in " ".join(one.text for one in self._ephemeral()))

    async def until_told_again(self) -> None:
        await self.simulator.until(lambda: [one for one in self._shown() if "again" in one.text])

    async def seen_by_others(self) -> list[str]:
        return [one.text for one in self.simulator.messages(self._channel, by_bot=True)]

    async def reactions(self) -> list[str]:
        return [emoji for _, _, emoji in self.simulator.history.seen().reactions]

    async def remove(self, ref: MessageRef) -> None:
        self.simulator.members.delete(self._message(ref))

    def long_after(self) -> None:
        self.simulator.clock.advance(NONCES_ARE_FORGOTTEN_SECONDS)

    @asynccontextmanager
    async def in_trouble(self, trouble: Trouble) -> AsyncIterator[None]:
        if trouble is Trouble.UNREACHABLE:
            with pointed_at(api_url=NOBODY_LISTENS, gateway_url=self.simulator.gateway_url):
                yield
        elif trouble is Trouble.FORBIDDEN:
            self._shut_out()
            yield
        elif trouble is Trouble.CLOSED_BY_MEMBER:
            self._anna.takes_direct_messages = False
            yield
        else:
            # The library itself waits for as long as Discord asks, where a command's token is used.
            paths = PATHS[:1] if trouble is Trouble.RATE_LIMITED else PATHS
            for path in paths:
                self.simulator.fail("*", path, FAULTS[trouble], times=1_000)
            yield
            self.simulator.rest.faults.forget()

    def _shut_out(self) -> None:
        self.simulator.deny(self._channel, Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)

    def _message(self, ref: MessageRef) -> Message:
        return self.simulator.world.messages[int(ref.rpartition(":")[2])]


class DiscordCommandDriver(DiscordDriver):
    """Anna, who calls the bot's command."""

    name = "discord-command"

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        if answering is not None:
            await super().say(words, pictures, answering)
            return
        filled: dict[str, Value] = {"prompt": words}
        if pictures:
            filled["picture"] = Upload(name="sent.png", data=pictures[0])
        self.simulator.members.slash(self._anna, self._channel, "imagine", **filled)
        self._note_event("INTERACTION_CREATE")

    def _shut_out(self) -> None:
        self.cannot("the token of a command works for a bot that was thrown out")
