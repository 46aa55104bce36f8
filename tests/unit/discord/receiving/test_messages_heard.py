"""What the core is told of messages."""

import pytest

from bot.domain.events import CommandCall
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.gateway import PRIVILEGED
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Guild, Person
from tests.unit.discord.adapter import Adapter, running, status
from tests.unit.discord.asking import fox, heard, ref_of, shown
from tests.unit.discord.library_client import picture


async def test_words_with_our_name_are_a_prompt_and_with_a_picture_an_edit(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    name = f"<@{discord_api.world.bot.id}>"
    said = discord_api.members.say(anna, channel, f"{name} a fox")
    event, _ = await heard(adapter)
    assert event.call == CommandCall(name="imagine", argument="a fox", options={})
    assert (event.key, event.ref) == (f"message:{said.id}", ref_of(said))
    discord_api.members.say(anna, channel, f"make it night {name}", files=[fox(), Upload(name="a.txt", data=b"a")])
    event, _ = await heard(adapter)
    assert event.call == CommandCall(name="edit", argument="make it night", options={})
    assert len(event.pictures) == 1


async def test_the_role_that_a_server_made_for_us_is_our_name_too(
    discord_api: DiscordSimulator, anna: Person, guild: Guild, channel: Channel
) -> None:
    role = discord_api.add_role(guild, "Plantain")
    role.bot_id = discord_api.world.bot.id
    async with running(Adapter(discord_api)) as adapter:
        await discord_api.until(lambda: discord_api.gateway.connected[0].sequence >= 2)
        discord_api.members.say(anna, channel, f"<@&{role.id}> a fox")
        event, _ = await heard(adapter)
    assert event.call == CommandCall(name="imagine", argument="a fox", options={})


async def test_people_talking_among_themselves_are_not_listened_to(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, "a fox", files=[fox()])
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> /imagine a wolf")
    event, _ = await heard(adapter)
    assert (event.text, event.call) == ("/imagine a wolf", None)


async def test_an_answer_to_somebodys_picture_with_our_name_edits_it(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    theirs = discord_api.members.say(discord_api.add_person("boris"), channel, "look", files=[fox()])
    name = f"<@{discord_api.world.bot.id}>"
    discord_api.members.say(anna, channel, f"{name} make it night", reply_to=theirs)
    event, conversation = await heard(adapter)
    assert event.call
    assert (event.call.name, event.call.argument) == ("edit", "make it night")
    assert event.replied_to
    (ref,) = event.replied_to.pictures
    assert b"".join([piece async for piece in conversation.open_picture(ref)]) == picture()


async def test_an_answer_to_words_with_our_name_is_a_prompt(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    theirs = discord_api.members.say(discord_api.add_person("boris"), channel, "what shall we see?")
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox", reply_to=theirs)
    event, _ = await heard(adapter)
    assert event.call
    assert event.call.name == "imagine"


@pytest.mark.parametrize("pings", [True, False])
async def test_an_answer_to_a_picture_of_ours_is_told_and_the_core_judges(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, *, pings: bool
) -> None:
    ours = await shown(adapter, anna, channel)
    discord_api.members.say(anna, channel, "make it night", reply_to=ours, pings=pings)
    event, _ = await heard(adapter)
    assert (event.call, event.text) == (None, "make it night")
    assert event.replied_to
    assert event.replied_to.ref == ref_of(ours)


async def test_without_the_privileged_intent_an_answer_to_our_picture_can_be_read(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    discord_api.gateway.allowed_intents = 0
    async with running(Adapter(discord_api)) as adapter:
        ours = await shown(adapter, anna, channel)
        discord_api.members.say(anna, channel, "make it night", reply_to=ours)
        event, _ = await heard(adapter)
    assert event.text == "make it night"


async def test_without_the_privileged_intent_a_hidden_picture_is_asked_for(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    discord_api.gateway.allowed_intents = PRIVILEGED & ~(1 << 15)
    async with running(Adapter(discord_api)) as adapter:
        theirs = discord_api.members.say(discord_api.add_person("boris"), channel, "look", files=[fox()])
        discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> make it night", reply_to=theirs)
        event, _ = await heard(adapter)
    assert event.call
    assert event.call.name == "edit"
    assert event.replied_to
    assert event.replied_to.pictures == ()


async def test_an_answer_whose_words_are_hidden_from_us_is_told_where_to_go(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    discord_api.gateway.allowed_intents = 0
    async with running(Adapter(discord_api)) as adapter:
        asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
        _, conversation = await heard(adapter)
        await conversation.post(status(), key="request-5")
        assert asked.answer
        discord_api.members.say(anna, channel, "make it night", reply_to=asked.answer)
        await discord_api.until(lambda: len(discord_api.messages(channel, by_bot=True)) == 2)
        assert adapter.core.heard == []
    assert "Edit image" in discord_api.messages(channel, by_bot=True)[-1].text


async def test_plain_words_in_private_are_told_as_they_are(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    discord_api.members.say(anna, discord_api.direct_channel(anna), "a fox")
    event, conversation = await heard(adapter)
    assert (event.is_private, event.text, event.call, event.community) == (True, "a fox", None, None)
    assert (await conversation.abilities()).may_post


async def test_a_forwarded_picture_counts(discord_api: DiscordSimulator, adapter: Adapter, anna: Person) -> None:
    chat = discord_api.direct_channel(anna)
    first = discord_api.members.say(anna, chat, files=[fox()])
    await heard(adapter)
    discord_api.members.say(anna, chat, forward=first)
    event, conversation = await heard(adapter)
    (ref,) = event.pictures
    assert event.replied_to is None
    assert b"".join([piece async for piece in conversation.open_picture(ref)]) == picture()


async def test_our_own_messages_are_not_heard(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    await shown(adapter, anna, channel)
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> last")
    event, _ = await heard(adapter)
    assert event.call
    assert event.call.argument == "last"
