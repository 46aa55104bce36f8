"""A server that takes the bot back, or a channel that lets it speak again: whoever is waited for there is told."""

import asyncio
from contextlib import suppress

from bot.domain.chat import ConversationKey
from bot.domain.events import TakenBack
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import Channel, Permission, Person
from tests.unit.discord.adapter import Adapter, running, status


async def back(adapter: Adapter, channel: Channel) -> None:
    """Check that the core hears that this channel, and no other, lets us speak again, and can speak there."""
    event, conversation = await adapter.core.next()
    assert isinstance(event, TakenBack)
    assert event.author.language == "en-US"
    assert conversation.key == ConversationKey(str(channel.id))
    await conversation.post(status(), key="waiting-1")
    assert len(adapter.simulator.messages(channel, by_bot=True)) == 1
    assert adapter.core.heard == []


async def test_a_server_that_takes_the_bot_back_is_heard_of_in_each_channel_that_is_open_to_it(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    assert channel.guild is not None
    closed = discord_api.add_channel(channel.guild, "closed")
    async with running(Adapter(discord_api)) as adapter:
        discord_api.deny(closed, Permission.SEND_MESSAGES)
        # Just after its start the library takes a new server for one that it has always been in.
        while not adapter.core.heard:
            discord_api.remove_bot(channel.guild)
            discord_api.take_back(channel.guild)
            with suppress(TimeoutError):
                await discord_api.until(lambda: adapter.core.heard, seconds=4)  # it waits for two seconds without one
        await back(adapter, channel)


async def test_a_channel_that_lets_the_bot_speak_again_is_heard_of(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    discord_api.deny(channel, Permission.SEND_MESSAGES)
    async with running(Adapter(discord_api)) as adapter:
        discord_api.deny(channel, Permission.NONE)
        await back(adapter, channel)
        discord_api.deny(channel, Permission.NONE)  # it was open already
        discord_api.members.say(anna, discord_api.direct_channel(anna), "a fox")
        event, _ = await adapter.core.next()
        assert not isinstance(event, TakenBack)


async def test_a_client_that_ends_waits_for_the_event_that_is_being_taken(
    discord_api: DiscordSimulator, anna: Person
) -> None:
    adapter, may_end, ended = Adapter(discord_api), asyncio.Event(), []
    take = adapter.core.handle

    async def take_slowly(event: object, conversation: object) -> None:
        await take(event, conversation)  # type: ignore[arg-type]  # it is the same core
        await may_end.wait()
        ended.append(event)

    adapter.core.handle = take_slowly  # type: ignore[method-assign]  # a core that takes its time
    async with running(adapter):
        discord_api.members.say(anna, discord_api.direct_channel(anna), "a fox")
        await adapter.core.next()
        asyncio.get_running_loop().call_later(0.1, may_end.set)
    assert len(ended) == 1
