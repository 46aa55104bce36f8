"""What Discord holds messages to that the bot sends into channels."""

import asyncio
import io

import discord
import pytest

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import bad_gateway
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import MEBIBYTE, Channel, Guild, Permission, Person
from tests.unit.discord.library_client import LibraryClient, picture, running


def place(client: LibraryClient, channel: Channel) -> discord.PartialMessageable:
    return client.get_partial_messageable(channel.id)


def file(size_bytes: int, name: str = "fox.bin") -> discord.File:
    return discord.File(io.BytesIO(b"x" * size_bytes), filename=name)


async def test_a_message_with_a_nonce_is_posted_once_though_its_answer_was_lost(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    discord_api.fail("POST", "/channels/*/messages", bad_gateway().after())
    client = LibraryClient()
    async with running(discord_api, client):
        sent = await place(client, channel).send("a fox", nonce="job-1")
    assert [(message.id, message.nonce) for message in discord_api.messages(channel)] == [(sent.id, "job-1")]
    assert len(discord_api.calls("POST", "/messages")) == 2


async def test_the_library_gives_a_message_a_nonce_of_its_own(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.fail("POST", "/channels/*/messages", bad_gateway().after())
    client = LibraryClient()
    async with running(discord_api, client):
        await place(client, channel).send("a fox")
    assert len(discord_api.messages(channel)) == 1


async def test_a_nonce_is_forgotten_after_some_minutes(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        await place(client, channel).send("a fox", nonce="job-1")
        discord_api.clock.advance(600)
        await place(client, channel).send("a fox", nonce="job-1")
    assert len(discord_api.messages(channel)) == 2


async def test_the_nonce_of_a_deleted_message_finds_nothing(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        await (await place(client, channel).send("a fox", nonce="job-1")).delete()
        with pytest.raises(discord.NotFound):
            await place(client, channel).send("a fox", nonce="job-1")


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


async def test_nobody_is_pinged_where_nobody_is_to_be(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        text = f"<@{anna.id}> @everyone"
        await place(client, channel).send(text)
        await place(client, channel).send(text, allowed_mentions=discord.AllowedMentions.none())
    loud, quiet = discord_api.messages(channel)
    assert (loud.mentions, loud.pings_everyone) == ([anna], True)
    assert (quiet.mentions, quiet.pings_everyone) == ([], False)


async def test_an_answer_names_the_message_it_answers(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    asked = discord_api.members.say(anna, channel, "a fox?")
    client = LibraryClient()
    async with running(discord_api, client):
        there = place(client, channel).get_partial_message(asked.id)
        sent = await place(client, channel).send("a fox", reference=there, mention_author=False)
        assert isinstance(sent.reference and sent.reference.resolved, discord.Message)
    answer = discord_api.messages(channel)[1]
    assert answer.reference is not None
    assert (answer.reference["message_id"], answer.mentions) == (str(asked.id), [])


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


async def test_a_message_is_passed_on_as_it_was(discord_api: DiscordSimulator, guild: Guild, channel: Channel) -> None:
    elsewhere = discord_api.add_channel(guild)
    async with running(discord_api, client := LibraryClient()):
        sent = await place(client, channel).send("a fox", file=discord.File(io.BytesIO(picture()), "fox.png"))
        await sent.forward(place(client, elsewhere))
        await sent.edit(content="another")
    snapshot = discord_api.messages(elsewhere)[0].forwarded
    assert snapshot is not None
    assert (snapshot.text, snapshot.files[0].data) == ("a fox", picture())


async def test_an_edit_keeps_replaces_and_drops_files(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client):
        sent = await place(client, channel).send("a fox", file=file(1, "one.bin"))
        sent = await sent.edit(content="two foxes")
        assert [each.filename for each in sent.attachments] == ["one.bin"]
        sent = await sent.add_files(file(2, "two.bin"))
        assert [each.filename for each in sent.attachments] == ["one.bin", "two.bin"]
        sent = await sent.edit(attachments=[sent.attachments[1], file(3, "three.bin")])
        assert [each.filename for each in sent.attachments] == ["two.bin", "three.bin"]
    message = discord_api.messages(channel)[0]
    assert (message.text, [len(each.data) for each in message.files]) == ("two foxes", [2, 3])


async def test_a_picture_is_kept_with_its_pixels_its_words_and_as_a_spoiler(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    client = LibraryClient()
    data = picture(32, 16)
    async with running(discord_api, client):
        upload = discord.File(io.BytesIO(data), "fox.png", spoiler=True, description="A fox")
        sent = (await place(client, channel).send(file=upload)).attachments[0]
        assert (sent.width, sent.height, sent.description, sent.content_type) == (32, 16, "A fox", "image/png")
    kept = discord_api.messages(channel)[0].files[0]
    assert (kept.name, kept.is_spoiler, kept.data) == ("SPOILER_fox.png", True, data)


async def test_messages_are_listed_newest_first(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    for number in range(3):
        discord_api.members.say(anna, channel, str(number))
    client = LibraryClient()
    async with running(discord_api, client):
        found = await client.fetch_channel(channel.id)
        assert isinstance(found, discord.TextChannel)
        assert [message.content async for message in found.history(limit=2)] == ["2", "1"]


async def test_what_is_fetched_has_no_content_without_the_privileged_intent(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    message = discord_api.members.say(anna, channel, "mine", files=[Upload(name="a.png", data=picture())])
    discord_api.gateway.allowed_intents = 0
    client = LibraryClient()
    async with running(discord_api, client):
        found = await place(client, channel).fetch_message(message.id)
    assert (found.content, found.attachments) == ("", [])


async def test_typing_is_seen(discord_api: DiscordSimulator, channel: Channel) -> None:
    client = LibraryClient()
    async with running(discord_api, client), place(client, channel).typing():
        pass
    assert discord_api.channels.typed == [channel]


async def test_servers_and_members_can_be_looked_up(
    discord_api: DiscordSimulator, guild: Guild, channel: Channel, anna: Person
) -> None:
    discord_api.join(guild, anna, discord_api.add_role(guild, "patron"))
    client = LibraryClient()
    async with running(discord_api, client):
        found = await client.fetch_guild(guild.id, with_counts=False)
        assert [each.id for each in await found.fetch_channels()] == [channel.id]
        assert [role.name for role in (await found.fetch_member(anna.id)).roles] == ["@everyone", "patron"]


async def test_members_can_be_asked_for_over_the_gateway(
    discord_api: DiscordSimulator, guild: Guild, anna: Person
) -> None:
    discord_api.join(guild, anna)
    async with running(discord_api, client := LibraryClient()):
        await client.wait_until_ready()
        found = await client.guilds[0].query_members(user_ids=[anna.id])
    assert [each.name for each in found] == ["anna"]


async def test_an_edit_cannot_leave_a_message_empty(discord_api: DiscordSimulator, channel: Channel) -> None:
    async with running(discord_api, client := LibraryClient()):
        sent = await place(client, channel).send("a fox")
        with pytest.raises(discord.HTTPException) as caught:
            await sent.edit(content=None)
    assert caught.value.code == 50006
    assert discord_api.messages(channel)[0].text == "a fox"
    discord_api.forgive()


async def test_waiting_for_what_never_comes_ends(discord_api: DiscordSimulator) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await discord_api.until(lambda: False, seconds=0.01)
