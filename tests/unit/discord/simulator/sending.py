"""What tests of messages send."""

import io

import discord

from tests.simulators.discord.world.state import Channel
from tests.unit.discord.library_client import LibraryClient


def place(client: LibraryClient, channel: Channel) -> discord.PartialMessageable:
    return client.get_partial_messageable(channel.id)


def file(size_bytes: int, name: str = "fox.bin") -> discord.File:
    return discord.File(io.BytesIO(b"x" * size_bytes), filename=name)
