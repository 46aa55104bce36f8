"""Telegram: a member in a group, or alone with the bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic import SecretStr

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.sending.pacing import Pace
from adapters.telegram.settings import TelegramSettings
from bot.domain.chat import Address, Member, MessageRef, PictureRef
from bot.domain.errors import PlatformFault
from bot.ports import ChatPlatform, PlatformServices
from tests.contract.chat.driver import ChatDriver, Standing, Trouble
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.faults import Fault
from tests.simulators.telegram.room import Room

SENDING = ("sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "sendChatAction", "setMessageReaction")
CHANGING = ("editMessageText", "editMessageCaption", "editMessageMedia", "deleteMessage", "getFile")
WRITING = (*SENDING, *CHANGING)
FAULTS = {
    Trouble.ANSWER_LOST: faults.CUT_AFTER,
    Trouble.TOO_LARGE: faults.ENTITY_TOO_LARGE,
    Trouble.RATE_LIMITED: faults.too_many(60),
}


class QuickSeconds:
    """Seconds that pass as soon as somebody waits for them."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += seconds
        await asyncio.sleep(0)


class TelegramDriver(ChatDriver):
    """Ada, in a group."""

    name = "telegram"

    def __init__(self) -> None:
        super().__init__()
        self.simulator = TelegramSimulator()

    async def open(self) -> None:
        await self.stack.enter_async_context(self.simulator)
        self._ada = self.simulator.person("Ada", username="ada_l", language_code="en")
        self.private_room = self.simulator.private(self._ada)
        self.room: Room = self.simulator.supergroup("Painters", self._ada)

    @property
    def _address(self) -> Address:
        return ChatRef(bot_id=self.simulator.bot.id, chat_id=self.room.id).address

    @property
    def member(self) -> Member:
        return Member(platform="telegram", id=str(self._ada.id), name="Ada", language="en")

    def make_platform(self, services: PlatformServices) -> ChatPlatform:
        settings = TelegramSettings(
            token=SecretStr(self.simulator.token),
            base_url=self.simulator.base_url,
            base_file_url=self.simulator.base_file_url,
        )
        seconds = QuickSeconds()
        return TelegramPlatform(settings, services, pace=Pace(now=seconds.now, sleep=seconds.sleep))

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        text = f"/imagine@{self.simulator.bot.username} {words}"
        if pictures:
            self.room.send_photo(self._ada, pictures[0], text)
        elif answering is not None:
            self.room.say(self._ada, text, reply_to=self._message(answering))
        else:
            self.room.say(self._ada, text)

    async def press(self, ref: MessageRef, label: str) -> None:
        self.room.press(self._ada, self._message(ref), label)

    async def repeat(self) -> None:
        updates = self.simulator.updates
        updates.replay(updates.made[-1]["update_id"])

    async def standing(self) -> list[Standing]:
        return [self._standing(one) for one in self.room.by(self.simulator.bot)]

    def _standing(self, message: Message) -> Standing:
        shows = message.photo is not None or message.document is not None
        return Standing(
            ref=MessageRef(f"{self.simulator.bot.id}:{message.chat_id}:{message.id}"),
            words=message.text,
            labels=tuple(message.buttons),
            pictures=int(shows),
        )

    async def told(self) -> list[str]:
        return self._told()

    async def until_told(self, words: str) -> None:
        await self.simulator.until(lambda: words in " ".join(self._told()))

    def _told(self) -> list[str]:
        answers = [press.answer or {} for press in self.simulator.presses]
        return [str(answer["text"]) for answer in answers if "text" in answer]

    async def seen_by_others(self) -> list[str]:
        return [one.text for one in self.room.by(self.simulator.bot) if not self.room.is_private]

    async def reactions(self) -> list[str]:
        return [emoji for message in self.room.standing for emoji in message.reactions]

    async def remove(self, ref: MessageRef) -> None:
        self.room.remove(self._message(ref))

    @asynccontextmanager
    async def in_trouble(self, trouble: Trouble) -> AsyncIterator[None]:
        if trouble is Trouble.UNREACHABLE:
            async with self.simulator.unreachable():
                await self._notice_that_connections_are_closed()
                yield
        elif trouble is Trouble.FORBIDDEN:
            self._shut_out()
            yield
        elif trouble is Trouble.CLOSED_BY_MEMBER:
            self.private_room.block()
            yield
        else:
            async with self._failing(FAULTS[trouble]):
                yield

    async def _notice_that_connections_are_closed(self) -> None:
        """Use up the connections that were open. What is sent on such a one may have arrived, for all we know."""
        conversation = self.platform.conversation(self._address)
        for _ in range(3):
            with suppress(PlatformFault):
                async for _ in conversation.open_picture(PictureRef("none")):
                    pass

    @asynccontextmanager
    async def _failing(self, fault: Fault) -> AsyncIterator[None]:
        for method in WRITING:
            self.simulator.fail(method, fault, times=None)
        yield
        for method in WRITING:
            self.simulator.mend(method)

    def _shut_out(self) -> None:
        self.room.set_bot_status("kicked", by=self._ada)

    def _message(self, ref: MessageRef) -> Message:
        return self.room.messages[int(ref.rpartition(":")[2])]


class PrivateTelegramDriver(TelegramDriver):
    """Ada, alone with the bot."""

    name = "telegram-private"

    async def open(self) -> None:
        await super().open()
        self.room = self.private_room

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        if pictures:
            self.room.send_photo(self._ada, pictures[0], words)
        elif answering is not None:
            self.room.say(self._ada, words, reply_to=self._message(answering))
        else:
            self.room.say(self._ada, words)

    def _shut_out(self) -> None:
        self.cannot("only its member can close a private chat")
