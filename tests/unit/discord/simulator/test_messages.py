"""What Discord holds messages to that the bot sends into channels."""

import asyncio
import io

import discord
import pytest

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import bad_gateway
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Guild, Person
from tests.unit.discord.library_client import LibraryClient, picture, running
from tests.unit.discord.simulator.sending import file, place


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
