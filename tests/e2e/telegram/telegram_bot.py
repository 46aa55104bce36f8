"""A bot in Telegram as its owner runs it: a process, between a simulated Telegram and a simulated gateway."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.program import Program
from tests.e2e.site import Site, png
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.faults import FloodControl
from tests.simulators.waiting import WITHIN_SECONDS

TOO_MANY = 429


@dataclass
class TelegramSite(Site):
    """A data folder, the Telegram its bot speaks to, and the endpoint that it asks for pictures."""

    telegram: TelegramSimulator
    starts: int = 0

    def platform_section(self) -> str:
        return (
            f'[platforms.telegram]\ntoken = "env:TEST_TOKEN"\nbase_url = "{self.telegram.base_url}"\n'
            f'base_file_url = "{self.telegram.base_file_url}"\n'
        )

    def environment(self) -> Mapping[str, str]:
        return {"TEST_TOKEN": self.telegram.token}

    def secrets(self) -> Iterable[str]:
        return [self.telegram.token.partition(":")[2]]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        """Run the bot, and yield it once it polls Telegram."""
        self.starts += 1
        polls = len(self.telegram.calls_of("getUpdates"))
        async with self.started() as bot:
            await self.until(lambda: len(self.telegram.calls_of("getUpdates")) > polls)
            yield bot

    async def until(self, condition: Callable[[], object]) -> None:
        await self.telegram.until(condition, within=WITHIN_SECONDS)

    async def until_shown(self, chat: Chat, count: int = 1) -> Sequence[Message]:
        """Wait until the bot shows so many pictures in a chat. Return the messages that show them."""

        def shown() -> list[Message]:
            return [message for message in chat.by(self.telegram.bot) if message.photo]

        await self.until(lambda: len(shown()) >= count)
        return shown()

    async def until_said(self, chat: Chat, words: str) -> Message:
        """Wait until a message of the bot holds these words. Return the newest."""

        def saying() -> list[Message]:
            return [message for message in chat.by(self.telegram.bot) if words in message.text]

        await self.until(saying)
        return saying()[-1]

    def answers(self, words: str) -> int:
        """Count the presses that were answered with these words, which only the presser sees."""
        return sum(words in (press.answer or {}).get("text", "") for press in self.telegram.presses)


@asynccontextmanager
async def telegram_site(folder: Path) -> AsyncIterator[TelegramSite]:
    """Make a site with a configuration.

    At the end its ledger must agree, and every request must be valid for Telegram and the gateways.
    """
    async with TelegramSimulator() as telegram, GatewaySimulator(picture=png()) as endpoint:
        site = TelegramSite(folder, endpoint, telegram)
        site.configure()
        telegram.limit_writing(FloodControl(clock=time.monotonic))
        yield site
        if site.starts == 1:  # a process does not know how fast the one before it wrote
            assert not [call for call in telegram.calls if call.status == TOO_MANY], "the bot wrote too fast"
        await site.check_ledger()
