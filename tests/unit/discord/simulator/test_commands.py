"""Slash commands, menus and what is typed into options, between the unmodified library and the simulated Discord."""

import discord
import pytest
from discord import app_commands

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Guild, Person
from tests.unit.discord.library_client import LibraryClient, picture, running


@pytest.fixture
def client(discord_api: DiscordSimulator) -> LibraryClient:
    client = LibraryClient()

    @client.tree.command(description="Paints")
    async def imagine(
        interaction: discord.Interaction, prompt: str, size: str = "1K", source: discord.Attachment | None = None
    ) -> None:
        await interaction.response.send_message(f"{prompt}, {size}")
        if source:
            await interaction.followup.send(
                f"{source.filename} {source.width}x{source.height} {len(await source.read())}"
            )

    @imagine.autocomplete("size")
    async def sizes(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=size, value=size) for size in ("1K", "2K", "4K") if size.startswith(typed)]

    credit = app_commands.Group(name="credits", description="Credits")

    @credit.command(description="Shows them")
    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{interaction.user.display_name}: 7", ephemeral=True)

    @client.tree.context_menu(name="Edit image")
    async def edit(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content)

    client.tree.add_command(credit)
    return client


async def test_a_client_registers_its_commands(discord_api: DiscordSimulator, client: LibraryClient) -> None:
    async with running(discord_api, client):
        assert [each["name"] for each in discord_api.commands.registered()] == ["imagine", "credits", "Edit image"]


async def test_a_second_registration_keeps_the_identifiers(
    discord_api: DiscordSimulator, client: LibraryClient
) -> None:
    async with running(discord_api, client):
        first, second = [each.id for each in await client.tree.sync()], [each.id for each in await client.tree.sync()]
    assert first == second


async def test_a_slash_command_is_answered(
    discord_api: DiscordSimulator, client: LibraryClient, anna: Person, channel: Channel
) -> None:
    async with running(discord_api, client):
        asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox", size="4K")
        await discord_api.until(lambda: asked.answer)
    assert [message.text for message in discord_api.messages(channel)] == ["a fox, 4K"]


async def test_an_attached_picture_arrives_with_its_pixels_and_bytes(
    discord_api: DiscordSimulator, client: LibraryClient, anna: Person, channel: Channel
) -> None:
    data = picture(8, 4)
    async with running(discord_api, client):
        upload = Upload(name="my fox.png", data=data)
        asked = discord_api.members.slash(anna, channel, "imagine", prompt="x", source=upload)
        await discord_api.until(lambda: asked.follow_ups)
    assert asked.follow_ups[0].text == f"my_fox.png 8x4 {len(data)}"


async def test_choices_are_offered_for_what_is_typed(
    discord_api: DiscordSimulator, client: LibraryClient, anna: Person, channel: Channel
) -> None:
    async with running(discord_api, client):
        asked = discord_api.members.type_option(anna, channel, "imagine", "size", "4")
        await discord_api.until(lambda: asked.choices is not None)
    assert asked.choices == [{"name": "4K", "value": "4K"}]


async def test_an_ephemeral_answer_of_a_subcommand_is_seen_by_who_asked_alone(
    discord_api: DiscordSimulator, client: LibraryClient, anna: Person, channel: Channel
) -> None:
    async with running(discord_api, client):
        asked = discord_api.members.slash(anna, channel, "credits show")
        await discord_api.until(lambda: asked.answer)
    assert [message.text for message in discord_api.ephemeral_messages(anna)] == ["Anna: 7"]
    assert discord_api.messages(channel) == []


async def test_the_menu_of_a_message_shows_its_content_without_the_privileged_intent(
    discord_api: DiscordSimulator, client: LibraryClient, anna: Person, channel: Channel
) -> None:
    message = discord_api.members.say(anna, channel, "a quiet fox")
    async with running(discord_api, client):
        asked = discord_api.members.use_menu(anna, message, "Edit image")
        await discord_api.until(lambda: asked.answer)
    assert asked.answer
    assert asked.answer.text == "a quiet fox"


async def test_the_member_comes_with_roles_language_and_permissions(
    discord_api: DiscordSimulator, client: LibraryClient, guild: Guild, channel: Channel
) -> None:
    boris = discord_api.add_person("boris", locale="ru")
    patron = discord_api.add_role(guild, "patron")
    discord_api.join(guild, boris, patron)
    async with running(discord_api, client):
        discord_api.members.slash(boris, channel, "imagine", prompt="x")
        interaction = await client.interactions.get()
    assert isinstance(interaction.user, discord.Member)
    assert [role.name for role in interaction.user.roles] == ["@everyone", "patron"]
    assert interaction.locale is discord.Locale.russian
    assert interaction.app_permissions.attach_files


@pytest.mark.parametrize("wrong", [{"prompt": 1}, {}, {"prompt": "x", "colour": "red"}], ids=str)
async def test_what_the_command_does_not_take_cannot_be_sent(
    discord_api: DiscordSimulator,
    client: LibraryClient,
    anna: Person,
    channel: Channel,
    wrong: dict[str, str],
) -> None:
    async with running(discord_api, client):
        with pytest.raises(AssertionError):
            discord_api.members.slash(anna, channel, "imagine", **wrong)


async def test_a_command_that_is_not_registered_cannot_be_called(
    discord_api: DiscordSimulator, client: LibraryClient, anna: Person, channel: Channel
) -> None:
    async with running(discord_api, client):
        with pytest.raises(AssertionError, match="no command"):
            discord_api.members.slash(anna, channel, "paint")
