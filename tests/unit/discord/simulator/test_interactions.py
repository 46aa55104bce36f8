"""What Discord holds the answers to an interaction to."""

import io
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import bad_gateway
from tests.simulators.discord.interactions.interactions import FIRST_ANSWER_SECONDS, TOKEN_SECONDS, Asked
from tests.simulators.discord.world.state import Channel, Permission, Person
from tests.unit.discord.library_client import LibraryClient, running


class Silent(LibraryClient):
    """Has one command, for servers and for people, and answers nothing by itself."""

    def __init__(self) -> None:
        super().__init__()

        @self.tree.command(description="Paints")
        @discord.app_commands.allowed_installs(guilds=True, users=True)
        @discord.app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        async def imagine(_: discord.Interaction) -> None:
            pass

    async def ask(
        self, simulator: DiscordSimulator, person: Person, channel: Channel
    ) -> tuple[Asked, discord.Interaction]:
        asked = simulator.members.slash(person, channel, "imagine")
        return asked, await self.interactions.get()


@pytest.fixture
def client(discord_api: DiscordSimulator) -> Silent:
    return Silent()


@pytest.fixture
async def exchange(
    discord_api: DiscordSimulator, client: Silent, anna: Person, channel: Channel
) -> AsyncIterator[tuple[Asked, discord.Interaction]]:
    """A command that Anna called in the channel, and the interaction that the client got for it."""
    async with running(discord_api, client):
        yield await client.ask(discord_api, anna, channel)


@pytest.fixture
def asked(exchange: tuple[Asked, discord.Interaction]) -> Asked:
    return exchange[0]


@pytest.fixture
def interaction(exchange: tuple[Asked, discord.Interaction]) -> discord.Interaction:
    return exchange[1]


async def test_a_deferred_answer_is_thinking_until_it_is_edited(asked: Asked, interaction: discord.Interaction) -> None:
    await interaction.response.defer(thinking=True)
    assert asked.is_loading
    assert asked.answer is None
    await interaction.edit_original_response(content="a fox")
    assert asked.answer
    assert asked.answer.text == "a fox"


async def test_the_first_follow_up_takes_the_place_of_thinking(
    discord_api: DiscordSimulator, channel: Channel, interaction: discord.Interaction
) -> None:
    await interaction.response.defer(thinking=True)
    await interaction.followup.send("a fox")
    await interaction.followup.send("another")
    assert [message.text for message in discord_api.messages(channel)] == ["a fox", "another"]


async def test_a_follow_up_whose_answer_was_lost_is_posted_twice(
    discord_api: DiscordSimulator, channel: Channel, interaction: discord.Interaction
) -> None:
    discord_api.fail("POST", "/webhooks/*", bad_gateway().after())
    await interaction.response.send_message("one")
    await interaction.followup.send("two")
    assert [message.text for message in discord_api.messages(channel)] == ["one", "two", "two"]


async def test_an_answer_after_three_seconds_is_to_nobody(
    discord_api: DiscordSimulator, asked: Asked, interaction: discord.Interaction
) -> None:
    discord_api.clock.advance(FIRST_ANSWER_SECONDS + 0.1)
    with pytest.raises(discord.NotFound) as caught:
        await interaction.response.send_message("too late")
    assert caught.value.code == 10062
    with pytest.raises(discord.NotFound) as caught:
        await interaction.followup.send("too late")
    assert caught.value.code == 10015
    assert asked.callback is None


async def test_a_token_is_worth_nothing_after_a_quarter_of_an_hour(
    discord_api: DiscordSimulator, interaction: discord.Interaction
) -> None:
    await interaction.response.defer(thinking=True)
    discord_api.clock.advance(TOKEN_SECONDS)
    with pytest.raises(discord.HTTPException) as caught:
        await interaction.edit_original_response(content="a fox")
    assert (caught.value.status, caught.value.code) == (401, 50027)


async def test_a_message_outlives_the_token_for_who_is_in_the_channel(
    discord_api: DiscordSimulator, client: Silent, channel: Channel, asked: Asked, interaction: discord.Interaction
) -> None:
    await interaction.response.send_message("painting")
    discord_api.clock.advance(TOKEN_SECONDS)
    assert asked.answer
    await client.get_partial_messageable(channel.id).get_partial_message(asked.answer.id).edit(content="a fox")
    assert asked.answer.text == "a fox"


async def test_an_interaction_is_answered_once(asked: Asked, interaction: discord.Interaction) -> None:
    await interaction.response.send_message("one")
    again = discord.InteractionResponse(interaction)
    with pytest.raises(discord.HTTPException) as caught:
        await again.send_message("two")
    assert caught.value.code == 40060
    assert asked.answer
    assert asked.answer.text == "one"


async def test_an_answer_that_was_lost_was_still_given(
    discord_api: DiscordSimulator, channel: Channel, interaction: discord.Interaction
) -> None:
    discord_api.fail("POST", "/interactions/*", bad_gateway().after())
    with pytest.raises(discord.HTTPException) as caught:
        await interaction.response.defer(thinking=True)
    assert caught.value.code == 40060
    assert not interaction.response.is_done()
    await interaction.edit_original_response(content="a fox")
    assert [message.text for message in discord_api.messages(channel)] == ["a fox"]


async def test_a_deleted_answer_cannot_be_edited(
    discord_api: DiscordSimulator, asked: Asked, interaction: discord.Interaction
) -> None:
    await interaction.response.send_message("one")
    assert asked.answer
    discord_api.members.delete(asked.answer)
    with pytest.raises(discord.NotFound) as caught:
        await interaction.edit_original_response(content="two")
    assert caught.value.code == 10008


async def test_an_answer_can_be_fetched_and_deleted_by_its_token(
    discord_api: DiscordSimulator, anna: Person, asked: Asked, interaction: discord.Interaction
) -> None:
    await interaction.response.send_message("one", ephemeral=True)
    assert (await interaction.original_response()).content == "one"
    await interaction.delete_original_response()
    assert asked.answer is None
    assert discord_api.ephemeral_messages(anna) == []


async def test_a_file_that_is_too_large_for_the_interaction_is_refused(
    discord_api: DiscordSimulator, client: Silent, anna: Person, channel: Channel
) -> None:
    discord_api.members.attachment_size_limit = 12
    async with running(discord_api, client):
        _, interaction = await client.ask(discord_api, anna, channel)
        await interaction.response.send_message(file=discord.File(io.BytesIO(b"x" * 12), "a.bin"))
        with pytest.raises(discord.HTTPException) as caught:
            await interaction.edit_original_response(attachments=[discord.File(io.BytesIO(b"x" * 13), "a.bin")])
    assert caught.value.code == 40005


async def test_a_callback_names_the_message_that_answers(asked: Asked, interaction: discord.Interaction) -> None:
    told = await interaction.response.send_message("one")
    assert asked.answer
    assert told.message_id == asked.answer.id


async def test_a_command_cannot_be_answered_with_choices(
    discord_api: DiscordSimulator, interaction: discord.Interaction
) -> None:
    url = f"{discord_api.api_url}/interactions/{interaction.id}/{interaction.token}/callback"
    async with aiohttp.ClientSession() as session, session.post(url, json={"type": 8, "data": {}}) as answer:
        assert answer.status == 400
    assert "does not answer" in discord_api.forgive()[0]


# Installed by a person, where the bot is not


async def test_an_app_of_ones_own_answers_where_the_bot_is_not(
    discord_api: DiscordSimulator, client: Silent, anna: Person
) -> None:
    foreign = discord_api.add_channel(discord_api.add_guild(has_bot=False))
    async with running(discord_api, client):
        asked, interaction = await client.ask(discord_api, anna, foreign)
        assert interaction.is_user_integration()
        assert not interaction.is_guild_integration()
        await interaction.response.send_message("a fox")
        with pytest.raises(discord.Forbidden) as caught:
            await client.get_partial_messageable(foreign.id).send("another")
    assert caught.value.code == 50001
    assert asked.answer
    assert asked.answer.text == "a fox"


async def test_an_app_of_ones_own_follows_up_five_times(
    discord_api: DiscordSimulator, client: Silent, anna: Person
) -> None:
    foreign = discord_api.add_channel(discord_api.add_guild(has_bot=False))
    async with running(discord_api, client):
        asked, interaction = await client.ask(discord_api, anna, foreign)
        await interaction.response.send_message("0")
        for number in range(5):
            await interaction.followup.send(str(number))
        with pytest.raises(discord.HTTPException) as caught:
            await interaction.followup.send("6")
        assert caught.value.code == 40094
        await interaction.edit_original_response(content="still")
    assert asked.answer
    assert asked.answer.text == "still"


async def test_where_a_member_may_not_use_external_apps_all_is_ephemeral(
    discord_api: DiscordSimulator, client: Silent, anna: Person
) -> None:
    foreign = discord_api.add_guild(has_bot=False)
    foreign.everyone.permissions &= ~Permission.USE_EXTERNAL_APPS
    place = discord_api.add_channel(foreign)
    async with running(discord_api, client):
        _, interaction = await client.ask(discord_api, anna, place)
        await interaction.response.send_message("a fox")
    assert discord_api.messages(place) == []
    assert [message.text for message in discord_api.ephemeral_messages(anna)] == ["a fox"]


async def test_a_chat_of_two_people_knows_who_installed_the_app(
    discord_api: DiscordSimulator, client: Silent, anna: Person
) -> None:
    chat = discord_api.private_channel(anna, discord_api.add_person("boris"))
    async with running(discord_api, client):
        asked, interaction = await client.ask(discord_api, anna, chat)
        assert interaction.context.private_channel
        await interaction.response.send_message("a fox")
    assert asked.answer
    assert asked.answer.channel is chat


async def test_a_command_works_in_a_thread_and_in_a_direct_chat(
    discord_api: DiscordSimulator, client: Silent, anna: Person, channel: Channel
) -> None:
    thread = discord_api.add_thread(channel)
    async with running(discord_api, client):
        for place in (thread, discord_api.direct_channel(anna)):
            _, interaction = await client.ask(discord_api, anna, place)
            await interaction.response.send_message("a fox")
            assert [message.text for message in discord_api.messages(place)] == ["a fox"]


async def test_an_interaction_says_how_large_a_file_may_be(
    discord_api: DiscordSimulator, client: Silent, anna: Person, channel: Channel
) -> None:
    discord_api.members.attachment_size_limit = 12
    async with running(discord_api, client):
        _, interaction = await client.ask(discord_api, anna, channel)
        assert interaction.filesize_limit == 12
