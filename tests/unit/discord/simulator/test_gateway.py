"""The simulated gateway, and what the unmodified library makes of it."""

import asyncio
from typing import Any

import discord
import pytest

from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.gateway import MESSAGE_CONTENT
from tests.simulators.discord.world.state import Channel, Guild, Permission, Person
from tests.unit.discord.library_client import LibraryClient, running

WITH_CONTENT = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


@pytest.mark.parametrize("kind", [discord.Client, discord.AutoShardedClient])
async def test_a_client_learns_who_it_is_and_where(
    discord_api: DiscordSimulator, guild: Guild, channel: Channel, kind: type[discord.Client]
) -> None:
    client = kind(intents=discord.Intents.default(), guild_ready_timeout=0.01)
    async with running(discord_api, client):
        await client.wait_until_ready()
        assert client.user is not None
        assert client.user.id == client.application_id == discord_api.world.bot.id
        assert [each.name for each in client.guilds] == [guild.name]
        assert client.get_channel(channel.id) is not None


async def test_a_wrong_token_is_no_login(discord_api: DiscordSimulator) -> None:
    with pytest.raises(discord.LoginFailure):
        async with running(discord_api, LibraryClient(), token="wrong"):
            pass


async def test_a_heartbeat_is_acknowledged(discord_api: DiscordSimulator) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        await discord_api.until(lambda: discord_api.gateway.heartbeats)
        await client.wait_until_ready()
        assert client.latency < 10


async def test_a_session_is_resumed_after_op_7_and_nothing_is_lost(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    client = LibraryClient(intents=WITH_CONTENT)
    async with running(discord_api, client):
        discord_api.gateway.ask_to_reconnect()
        await discord_api.until(lambda: not discord_api.gateway.connected)
        discord_api.members.say(anna, channel, "while you were away")
        assert (await client.messages.get()).content == "while you were away"
    assert len(discord_api.gateway.identified) == len(discord_api.gateway.resumed) == 1


async def test_a_session_is_resumed_after_the_connection_was_cut(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    client = LibraryClient(intents=WITH_CONTENT)
    async with running(discord_api, client):
        discord_api.gateway.cut()
        await discord_api.until(lambda: discord_api.gateway.resumed)
        discord_api.members.say(anna, channel, "still there")
        assert (await client.messages.get()).content == "still there"


async def test_a_close_with_4000_is_followed_by_a_resume(discord_api: DiscordSimulator) -> None:
    async with running(discord_api, LibraryClient()):
        discord_api.gateway.close(4000)
        await discord_api.until(lambda: discord_api.gateway.resumed)
    assert len(discord_api.gateway.identified) == len(discord_api.gateway.resumed) == 1


async def test_after_op_9_a_client_identifies_anew(discord_api: DiscordSimulator) -> None:
    async with running(discord_api, LibraryClient()):
        discord_api.gateway.invalidate()
        await discord_api.until(lambda: len(discord_api.gateway.identified) == 2)
        await discord_api.until(lambda: discord_api.gateway.connected)
    assert not discord_api.gateway.resumed


async def test_op_9_may_leave_the_session_to_be_resumed(discord_api: DiscordSimulator) -> None:
    async with running(discord_api, LibraryClient()):
        discord_api.gateway.invalidate(is_resumable=True)
        await discord_api.until(lambda: discord_api.gateway.resumed)
        await discord_api.until(lambda: discord_api.gateway.connected)
    assert len(discord_api.gateway.identified) == 1


async def test_an_event_that_the_library_cannot_read_ends_a_client_that_is_not_closed(
    discord_api: DiscordSimulator,
) -> None:
    async with discord.Client(intents=discord.Intents.default()) as client:
        running_client = asyncio.create_task(client.start(TOKEN))
        await discord_api.until(lambda: discord_api.gateway.connected)
        discord_api.gateway.push("INTERACTION_CREATE", {"id": "1", "type": 2, "token": "x", "version": 1})
        with pytest.raises(KeyError):
            await running_client
        assert not client.is_closed()


async def test_what_happens_without_any_session_is_lost(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    discord_api.members.say(anna, channel, "too early")
    client = LibraryClient(intents=WITH_CONTENT)
    async with running(discord_api, client):
        discord_api.members.say(anna, channel, "in time")
        assert (await client.messages.get()).content == "in time"


async def test_a_privileged_intent_that_is_not_switched_on_ends_the_client(discord_api: DiscordSimulator) -> None:
    discord_api.gateway.allowed_intents = 0
    client = LibraryClient(intents=WITH_CONTENT)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.start(TOKEN)
    await client.close()


@pytest.mark.parametrize("code", [4004, 4013])
async def test_a_close_code_that_forbids_another_try_ends_the_client(discord_api: DiscordSimulator, code: int) -> None:
    discord_api.gateway.refusals.append(code)
    client = LibraryClient()
    with pytest.raises(discord.ConnectionClosed) as caught:
        await client.start(TOKEN)
    assert caught.value.code == code
    await client.close()


async def test_each_shard_hears_of_its_own_servers(discord_api: DiscordSimulator) -> None:
    discord_api.gateway.shards = 2
    here = discord_api.add_guild()
    there = discord_api.add_guild()
    while (there.id >> 22) % 2 == (here.id >> 22) % 2:
        discord_api.clock.advance(0.001)
        there = discord_api.add_guild()
    client = LibraryClient()
    async with running(discord_api, client):
        await client.wait_until_ready()
        assert {each.id: each.shard_id for each in client.guilds if each.id in {here.id, there.id}} == {
            here.id: (here.id >> 22) % 2,
            there.id: (there.id >> 22) % 2,
        }


# What may be read without the privileged intent


@pytest.mark.parametrize("has_content", [True, False])
async def test_the_content_of_a_message_needs_the_privileged_intent(
    discord_api: DiscordSimulator, channel: Channel, anna: Person, *, has_content: bool
) -> None:
    intents = discord.Intents(guilds=True, guild_messages=True, message_content=has_content)
    client = LibraryClient(intents=intents)
    async with running(discord_api, client):
        discord_api.members.say(anna, channel, "a fox")
        assert (await client.messages.get()).content == ("a fox" if has_content else "")


async def test_a_mention_of_the_bot_can_be_read(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
        message = await client.messages.get()
        assert client.user in message.mentions
        assert message.content.endswith("a fox")


async def test_a_direct_message_can_be_read(discord_api: DiscordSimulator, anna: Person) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        discord_api.members.say(anna, discord_api.direct_channel(anna), "a fox")
        assert (await client.messages.get()).content == "a fox"


async def test_an_answer_to_the_bots_own_message_can_be_read(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        await _sent(client, channel.id, "here is your fox")
        await client.messages.get()
        discord_api.members.say(anna, channel, "now at night", reply_to=discord_api.messages(channel)[0])
        message = await client.messages.get()
        assert message.reference is not None
        assert isinstance(message.reference.resolved, discord.Message)
        assert (message.content, message.reference.resolved.content) == ("now at night", "here is your fox")


async def test_an_answer_to_an_interactions_response_cannot_be_read(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    client = LibraryClient()

    @client.tree.command(description="Paints")
    async def imagine(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("here is your fox")

    async with running(discord_api, client):
        asked = discord_api.members.slash(anna, channel, "imagine")
        await discord_api.until(lambda: asked.answer)
        await client.messages.get()
        discord_api.members.say(anna, channel, "now at night", reply_to=asked.answer)
        message = await client.messages.get()
    assert client.user in message.mentions
    assert message.content == ""


async def test_a_forward_shows_what_it_forwards(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    client = LibraryClient(intents=WITH_CONTENT)
    elsewhere = discord_api.add_channel(discord_api.add_guild("Elsewhere"))
    there = discord_api.members.say(anna, elsewhere, "a fox from elsewhere")
    async with running(discord_api, client):
        discord_api.members.say(anna, channel, forward=there)
        message = await client.messages.get()
    assert [snapshot.content for snapshot in message.message_snapshots] == ["a fox from elsewhere"]
    assert message.reference is not None
    assert message.reference.resolved is None


async def test_changed_and_deleted_messages_are_told(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    client = LibraryClient(intents=WITH_CONTENT)
    changed: asyncio.Queue[str] = asyncio.Queue()

    @client.event
    async def on_message_edit(_: discord.Message, after: discord.Message) -> None:
        await changed.put(after.content)

    @client.event
    async def on_message_delete(message: discord.Message) -> None:
        await changed.put(f"deleted: {message.content}")

    async with running(discord_api, client):
        message = discord_api.members.say(anna, channel, "a fix")
        discord_api.members.rewrite(message, "a fox")
        discord_api.members.delete(message)
        assert [await changed.get(), await changed.get()] == ["a fox", "deleted: a fox"]


async def test_a_bot_hears_nothing_where_it_may_not_look(
    discord_api: DiscordSimulator, guild: Guild, channel: Channel, anna: Person
) -> None:
    hidden = discord_api.add_channel(guild, "hidden")
    discord_api.deny(hidden, Permission.VIEW_CHANNEL)
    client = LibraryClient(intents=WITH_CONTENT)
    async with running(discord_api, client):
        discord_api.members.say(anna, hidden, "a secret")
        discord_api.members.say(anna, channel, "for all")
        assert (await client.messages.get()).content == "for all"


async def test_servers_channels_and_threads_come_and_go(discord_api: DiscordSimulator) -> None:
    client = LibraryClient()
    heard: asyncio.Queue[str] = asyncio.Queue()
    for name in ("guild_join", "guild_remove", "guild_channel_create", "guild_channel_delete", "thread_create"):
        _remember(client, name, heard)
    async with running(discord_api, client):
        await client.wait_until_ready()
        guild = discord_api.add_guild()
        channel = discord_api.add_channel(guild)
        discord_api.add_thread(channel)
        discord_api.delete_channel(channel)
        discord_api.remove_bot(guild)
        order = [await heard.get() for _ in range(5)]
    assert sorted(order) == sorted(
        ["guild_join", "guild_channel_create", "thread_create", "guild_channel_delete", "guild_remove"]
    )


async def test_the_application_says_which_intents_are_switched_on(discord_api: DiscordSimulator) -> None:
    discord_api.gateway.allowed_intents = MESSAGE_CONTENT
    async with running(discord_api, client := LibraryClient()):
        application = await client.application_info()
    assert application.flags.gateway_message_content
    assert not application.flags.gateway_guild_members


def _remember(client: discord.Client, name: str, heard: asyncio.Queue[str]) -> None:
    async def remember(*_: Any) -> None:
        await heard.put(name)

    remember.__name__ = f"on_{name}"
    client.event(remember)


async def _sent(client: discord.Client, channel_id: int, text: str) -> discord.Message:
    return await client.get_partial_messageable(channel_id).send(text)
