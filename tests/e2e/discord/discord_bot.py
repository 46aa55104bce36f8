"""A bot on Discord as its owner runs it: a process, between a simulated Discord and a simulated gateway."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.program import Program
from tests.e2e.site import Site, png
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.interactions.interactions import Asked
from tests.simulators.discord.world.state import Channel, Message
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.simulators.waiting import WITHIN_SECONDS


@dataclass
class DiscordSite(Site):
    """A data folder, the Discord its bot speaks to, and the endpoint that it asks for pictures."""

    discord: DiscordSimulator
    token: str

    def platform_section(self) -> str:
        return (
            f'[platforms.discord]\ntoken = "env:TEST_TOKEN"\napi_url = "{self.discord.api_url}"\n'
            f'gateway_url = "{self.discord.gateway_url}"\n'
        )

    def environment(self) -> Mapping[str, str]:
        return {"TEST_TOKEN": self.token}

    def secrets(self) -> Iterable[str]:
        return [self.token, *(asked.token for asked in self.discord.interactions.asked.values())]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        """Run the bot, and yield it once it is connected to the gateway."""
        self.discord.gateway.cut()  # whoever was connected before has gone
        await self.until(lambda: not self.discord.gateway.connected)
        async with self.started() as bot:
            await self.until(lambda: self.discord.gateway.connected)
            yield bot

    async def until(self, condition: Callable[[], object]) -> None:
        await self.discord.until(condition, seconds=WITHIN_SECONDS)

    async def until_shown(self, channel: Channel, count: int = 1) -> list[Message]:
        """Wait until so many messages of the bot show pictures in a channel, and the bot knows that they arrived."""

        def shown() -> list[Message]:
            return [message for message in self.discord.messages(channel, by_bot=True) if message.files]

        await self.until(lambda: len(shown()) >= count)
        await self.until_delivered(count)
        return shown()

    async def until_answered(self, asked: Asked, words: str) -> Message:
        """Wait until the answer to an interaction holds these words."""
        await self.until(lambda: asked.answer and words in asked.answer.text)
        assert asked.answer
        return asked.answer

    async def until_gone(self, asked: Asked) -> None:
        """Wait until the answer to an interaction was taken away."""
        await self.until(lambda: asked.original and asked.original.is_deleted)


@asynccontextmanager
async def discord_site(folder: Path) -> AsyncIterator[DiscordSite]:
    """Make a site with a configuration.

    At the end its ledger must agree, and every request must be valid for Discord and the gateways.
    """
    async with DiscordSimulator() as discord, GatewaySimulator(picture=png()) as endpoint:
        site = DiscordSite(folder, endpoint, discord, discord.rest.token)
        site.configure()
        yield site
        await site.check_ledger()
