"""What the core is told of commands, presses and forms."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.domain.events import ButtonPress, CommandCall, FormSubmit
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import Fault, bad_gateway, cut, refused
from tests.simulators.discord.world.state import Channel, Guild, Person
from tests.tokens import AN_ID
from tests.unit.discord.adapter import Adapter, running, saying
from tests.unit.discord.asking import fox, heard, ref_of, shown
from tests.unit.discord.library_client import picture

# Commands


async def test_a_command_comes_with_its_words_and_what_was_chosen(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked = discord_api.members.slash(
        anna, channel, "imagine", prompt="a fox --size 2K", ar="16:9", n="2", fast=True, best=False
    )
    event, _ = await heard(adapter)
    assert event.call == CommandCall(
        name="imagine", argument="a fox --size 2K", options={"ar": "16:9", "n": "2", "fast": ""}
    )
    assert event.key == f"interaction:{asked.id}"
    assert (event.author.id, event.author.name, event.community) == (
        str(anna.id),
        "Anna",
        str(channel.guild and channel.guild.id),
    )
    assert not event.is_private


async def test_a_command_is_acknowledged_before_the_core_hears_of_it(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    await heard(adapter)
    assert asked.is_loading


async def test_the_pictures_of_a_command_can_be_opened(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.slash(anna, channel, "edit", prompt="make it night", picture=fox(), picture3=fox("b.png"))
    event, conversation = await heard(adapter)
    assert len(event.pictures) == 2
    assert [b"".join([piece async for piece in conversation.open_picture(ref)]) for ref in event.pictures] == [
        picture(),
        picture(),
    ]


async def test_a_member_has_the_roles_that_the_server_gave_them(
    discord_api: DiscordSimulator, anna: Person, guild: Guild, channel: Channel
) -> None:
    role = discord_api.add_role(guild, "patron")
    discord_api.join(guild, anna, role)
    async with running(Adapter(discord_api)) as adapter:
        await discord_api.until(lambda: discord_api.gateway.connected[0].sequence >= 2)
        discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
        by_command, _ = await heard(adapter)
        discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
        by_message, _ = await heard(adapter)
    assert by_command.author.roles == by_message.author.roles == {str(role.id)}


async def test_the_language_of_whoever_calls_a_command_is_known(
    discord_api: DiscordSimulator, adapter: Adapter, channel: Channel
) -> None:
    discord_api.members.slash(discord_api.add_person("wei", locale="zh-CN"), channel, "imagine", prompt="狐狸")
    event, _ = await heard(adapter)
    assert event.author.language == "zh-CN"


async def test_a_command_in_a_thread_and_in_private_says_where_it_was_called(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.slash(anna, discord_api.add_thread(channel), "imagine", prompt="a fox")
    in_thread, conversation = await heard(adapter)
    assert not in_thread.is_private
    assert (await conversation.abilities()).may_post
    discord_api.members.slash(anna, discord_api.direct_channel(anna), "imagine", prompt="a fox")
    alone, _ = await heard(adapter)
    assert alone.is_private
    assert alone.community is None


async def test_an_app_that_somebody_took_along_is_in_no_community(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    foreign = discord_api.add_channel(discord_api.add_guild(has_bot=False))
    discord_api.members.slash(anna, foreign, "imagine", prompt="a fox")
    event, conversation = await heard(adapter)
    assert event.community is None
    assert event.author.roles == frozenset()
    assert (await conversation.abilities()).may_attach


@pytest.mark.parametrize("command", ["help", "credits"])
async def test_what_is_about_a_member_is_answered_to_the_member_alone(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, command: str
) -> None:
    adapter.core.answer = saying()
    asked = discord_api.members.slash(anna, channel, command)
    await discord_api.until(lambda: asked.answer)
    assert discord_api.messages(channel) == []
    assert len(discord_api.ephemeral_messages(anna)) == 1


async def test_a_command_that_nothing_is_said_to_does_not_think_for_ever(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked = discord_api.members.slash(anna, channel, "cancel")
    await heard(adapter)
    await discord_api.until(lambda: asked.original and asked.original.is_deleted)
    assert discord_api.messages(channel) == []


# Presses and forms


async def test_a_press_names_its_token_and_its_message(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    message = await shown(adapter, anna, channel)
    asked = discord_api.members.press(anna, message, "Again")
    event, _ = await adapter.core.next()
    assert isinstance(event, ButtonPress)
    assert (event.key, event.token, event.message) == (f"interaction:{asked.id}", f"again:{AN_ID}", ref_of(message))


async def test_a_button_works_after_a_restart(discord_api: DiscordSimulator, anna: Person, channel: Channel) -> None:
    async with running(Adapter(discord_api)) as adapter:
        message = await shown(adapter, anna, channel)
    async with running(Adapter(discord_api, adapter.transcript)) as another:
        discord_api.members.press(anna, message, "Again")
        event, _ = await another.core.next()
    assert isinstance(event, ButtonPress)


async def test_edit_opens_a_form_at_once_and_its_words_and_pictures_come_back(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    message = await shown(adapter, anna, channel)
    opened = discord_api.members.press(anna, message, "Edit")
    await discord_api.until(lambda: opened.modal)
    assert adapter.core.heard == []
    asked = discord_api.members.submit(opened, {"words": "make it night", "pictures": [fox()]})
    event, conversation = await adapter.core.next()
    assert isinstance(event, FormSubmit)
    assert (event.key, event.token, event.words) == (f"interaction:{asked.id}", f"edit:{AN_ID}", "make it night")
    assert event.message == ref_of(message)
    assert [b"".join([piece async for piece in conversation.open_picture(ref)]) for ref in event.pictures] == [
        picture()
    ]


async def test_a_form_works_after_a_restart(discord_api: DiscordSimulator, anna: Person, channel: Channel) -> None:
    async with running(Adapter(discord_api)) as adapter:
        theirs = discord_api.members.say(anna, channel, files=[fox()])
        opened = discord_api.members.use_menu(anna, theirs, "Edit image")
        await discord_api.until(lambda: opened.modal)
        await adapter.transcript.until_kept("discord:forms")
    async with running(Adapter(discord_api, adapter.transcript)) as another:
        discord_api.members.submit(opened, {"words": "make it night"})
        event, _ = await heard(another)
    assert event.call == CommandCall(name="edit", argument="make it night", options={})


@pytest.mark.parametrize("fault", [cut(), bad_gateway()])
async def test_a_form_works_whose_opening_got_no_answer(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, fault: Fault
) -> None:
    theirs = discord_api.members.say(anna, channel, files=[fox()])
    discord_api.fail("POST", "/interactions/*", fault.after())
    opened = discord_api.members.use_menu(anna, theirs, "Edit image")
    await discord_api.until(lambda: opened.modal)
    async with asyncio.timeout(5):
        await adapter.transcript.until_kept("discord:forms")
    discord_api.members.submit(opened, {"words": "make it night"})
    event, _ = await heard(adapter)
    assert event.call == CommandCall(name="edit", argument="make it night", options={})


async def test_a_form_that_could_not_be_opened_is_no_defect(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    message = await shown(adapter, anna, channel)
    with capture_logs() as logs:
        discord_api.fail("POST", "/interactions/*", refused(10062), times=2)
        discord_api.members.press(anna, message, "Edit")
        discord_api.members.use_menu(anna, message, "Edit image")
        await discord_api.until(lambda: len(logs) > 1)
    assert [(each["event"], each["log_level"]) for each in logs] == [("interaction-answer-lost", "info")] * 2


@pytest.mark.parametrize(("menu", "command"), [("Edit image", "edit"), ("Use as reference", "imagine")])
async def test_the_menu_of_anybodys_picture_asks_for_words_and_is_about_the_picture(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, menu: str, command: str
) -> None:
    theirs = discord_api.members.say(discord_api.add_person("boris"), channel, "look", files=[fox()])
    opened = discord_api.members.use_menu(anna, theirs, menu)
    await discord_api.until(lambda: opened.modal)
    discord_api.members.submit(opened, {"words": "make it night"})
    event, conversation = await heard(adapter)
    assert event.call == CommandCall(name=command, argument="make it night", options={})
    assert event.replied_to
    assert event.replied_to.ref == ref_of(theirs)
    (ref,) = event.replied_to.pictures
    assert b"".join([piece async for piece in conversation.open_picture(ref)]) == picture()


async def test_the_menu_works_where_the_bot_is_not(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    foreign = discord_api.add_channel(discord_api.add_guild(has_bot=False))
    theirs = discord_api.members.say(anna, foreign, files=[fox()])
    opened = discord_api.members.use_menu(anna, theirs, "Edit image")
    await discord_api.until(lambda: opened.modal)
    discord_api.members.submit(opened, {"words": "make it night"})
    event, conversation = await heard(adapter)
    assert event.replied_to
    (ref,) = event.replied_to.pictures
    assert b"".join([piece async for piece in conversation.open_picture(ref)]) == picture()
