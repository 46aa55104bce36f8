"""What Discord refuses of the messages that a bot sends into channels."""

import discord
import pytest

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import MEBIBYTE, Channel, Permission, Person
from tests.unit.discord.library_client import LibraryClient, running
from tests.unit.discord.simulator.sending import file, place


@pytest.mark.parametrize(("tier", "megabytes"), [(0, 10), (2, 50)])
async def test_a_file_that_is_too_large_for_the_server_is_refused(
    discord_api: DiscordSimulator, tier: int, megabytes: int
) -> None:
    channel = discord_api.add_channel(discord_api.add_guild(premium_tier=tier))
    discord_api.world.most_request_bytes = 200 * MEBIBYTE
    client = LibraryClient()
    async with running(discord_api, client):
        await place(client, channel).send(file=file(megabytes * MEBIBYTE))
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send(file=file(megabytes * MEBIBYTE + 1))
    assert (caught.value.status, caught.value.code) == (413, 40005)


async def test_a_request_holds_at_most_25_mebibytes(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send(files=[file(9 * MEBIBYTE) for _ in range(3)])
    assert caught.value.code == 40005


async def test_a_message_has_at_most_2000_characters(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        await place(client, channel).send("x" * 2000)
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send("x" * 2001)
    assert caught.value.code == 50035
    assert "2000" in discord_api.forgive()[0]


@pytest.mark.parametrize(
    ("denied", "code"),
    [(Permission.VIEW_CHANNEL, 50001), (Permission.SEND_MESSAGES, 50013), (Permission.ATTACH_FILES, 50013)],
)
async def test_what_is_denied_is_refused(
    discord_api: DiscordSimulator, channel: Channel, denied: Permission, code: int
) -> None:
    discord_api.deny(channel, denied)
    client = LibraryClient()
    async with running(discord_api, client):
        with pytest.raises(discord.Forbidden) as caught:
            await place(client, channel).send(file=file(1))
    assert caught.value.code == code


async def test_a_thread_has_a_permission_of_its_own(discord_api: DiscordSimulator, channel: Channel) -> None:
    thread = discord_api.add_thread(channel)
    discord_api.deny(channel, Permission.SEND_MESSAGES)
    client = LibraryClient()
    async with running(discord_api, client):
        await place(client, thread).send("a fox")
        discord_api.deny(thread, Permission.SEND_MESSAGES_IN_THREADS)
        with pytest.raises(discord.Forbidden):
            await place(client, thread).send("another")


async def test_the_library_knows_of_what_is_denied(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    discord_api.deny(channel, Permission.ATTACH_FILES)
    async with running(discord_api, client):
        await client.wait_until_ready()
        found = client.get_channel(channel.id)
        assert isinstance(found, discord.TextChannel)
        permissions = found.permissions_for(found.guild.me)
    assert permissions.send_messages
    assert not permissions.attach_files


async def test_who_takes_no_direct_messages_gets_none(discord_api: DiscordSimulator, anna: Person) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        user = await client.fetch_user(anna.id)
        await user.send("a fox")
        anna.takes_direct_messages = False
        with pytest.raises(discord.Forbidden) as caught:
            await user.send("another")
    assert caught.value.code == 50007
    assert [message.text for message in discord_api.direct_messages(anna)] == ["a fox"]


async def test_a_channel_that_is_gone_is_unknown(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        discord_api.delete_channel(channel)
        with pytest.raises(discord.NotFound) as caught:
            await place(client, channel).send("a fox")
    assert caught.value.code == 10003


async def test_a_message_that_is_gone_is_unknown(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        sent = await place(client, channel).send("a fox")
        discord_api.members.delete(discord_api.messages(channel)[0])
        with pytest.raises(discord.NotFound) as caught:
            await sent.edit(content="another")
    assert caught.value.code == 10008


async def test_the_messages_of_others_are_not_to_be_changed(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    message = discord_api.members.say(anna, channel, "mine")
    client = LibraryClient()
    async with running(discord_api, client):
        found = place(client, channel).get_partial_message(message.id)
        with pytest.raises(discord.Forbidden) as edited:
            await found.edit(content="yours")
        with pytest.raises(discord.Forbidden) as deleted:
            await found.delete()
    assert (edited.value.code, deleted.value.code) == (50005, 50013)


async def test_words_that_moderation_blocks_are_refused(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.writer.blocked_words.add("badger")
    client = LibraryClient()
    async with running(discord_api, client):
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send("a badger")
    assert caught.value.code == 200000


async def test_an_answer_to_a_message_that_is_gone_is_refused_unless_it_need_not_exist(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    asked = discord_api.members.say(anna, channel, "a fox?")
    discord_api.members.delete(asked)
    client = LibraryClient()
    async with running(discord_api, client):
        strict = discord.MessageReference(message_id=asked.id, channel_id=channel.id)
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send("a fox", reference=strict)
        lenient = discord.MessageReference(message_id=asked.id, channel_id=channel.id, fail_if_not_exists=False)
        await place(client, channel).send("a fox", reference=lenient)
    assert caught.value.code == 50035
    assert "message_reference: Unknown message" in caught.value.text
    assert [message.reference for message in discord_api.messages(channel)] == [None]


async def test_an_answer_needs_the_history_of_the_channel(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    asked = discord_api.members.say(anna, channel, "a fox?")
    discord_api.deny(channel, Permission.READ_MESSAGE_HISTORY)
    async with running(discord_api, client := LibraryClient()):
        reference = discord.MessageReference(message_id=asked.id, channel_id=channel.id)
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send("a fox", reference=reference)
    assert caught.value.code == 160002
