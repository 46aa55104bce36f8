"""Clients of the unmodified library, as a bot builds them, connected to the simulator."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import discord
from discord import app_commands
from PIL import Image

from tests.simulators.discord.api import TOKEN, DiscordSimulator


class LibraryClient(discord.AutoShardedClient):
    """Remembers what it heard; commands are added to its `tree` before it is started."""

    def __init__(self, *, intents: discord.Intents | None = None) -> None:
        super().__init__(intents=intents or discord.Intents.default(), guild_ready_timeout=0.01)
        self.tree = app_commands.CommandTree(self)
        self.interactions: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        self.messages: asyncio.Queue[discord.Message] = asyncio.Queue()

    async def setup_hook(self) -> None:
        if self.tree.get_commands() or self.tree.get_commands(type=discord.AppCommandType.message):
            await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip the five seconds that the library would wait before a second IDENTIFY."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await self.interactions.put(interaction)

    async def on_message(self, message: discord.Message) -> None:
        await self.messages.put(message)


@asynccontextmanager
async def running(simulator: DiscordSimulator, client: discord.Client, *, token: str = TOKEN) -> AsyncIterator[None]:
    """Run the client, logged in and connected; it is closed at the end."""
    async with client:
        task = asyncio.create_task(client.start(token))
        connected = asyncio.create_task(simulator.until(lambda: simulator.gateway.connected))
        await asyncio.wait({task, connected}, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        if task.done():
            await task
        try:
            yield
        finally:
            await client.close()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def picture(width: int = 8, height: int = 4) -> bytes:
    """Make a PNG."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(file, "PNG")
    return file.getvalue()
