"""What the core is told of what happens on Discord."""

import pytest

from adapters.discord.pictures import picture_of
from bot.domain.chat import ButtonPress, CommandCall, FormSubmit, IncomingMessage, MessageRef
from bot.ports import Conversation
from tests.simulators.discord_api import DiscordSimulator
from tests.simulators.discord_faults import Fault, bad_gateway, cut, refused
from tests.simulators.discord_files import Upload
from tests.simulators.discord_gateway import PRIVILEGED
from tests.simulators.discord_state import Channel, Guild, Message, Permission, Person
from tests.unit.discord.adapter import Adapter, running, saying, status
from tests.unit.discord.library_client import picture


async def heard(adapter: Adapter) -> tuple[IncomingMessage, Conversation]:
    event, conversation = await adapter.core.next()
    assert isinstance(event, IncomingMessage)
    return event, conversation


def fox(name: str = "fox.png") -> Upload:
    return Upload(name=name, data=picture())


def ref_of(message: Message) -> MessageRef:
    return MessageRef(f"{message.channel.id}:{message.id}")


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


# Presses and forms


async def shown(adapter: Adapter, anna: Person, channel: Channel) -> Message:
    """A picture of ours in the channel."""
    adapter.simulator.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    posted = await conversation.post(status(), key="request-5")
    result = await conversation.edit(posted.ref, await adapter.result())
    return adapter.simulator.world.messages[int(result.ref.partition(":")[2])]


async def test_a_press_names_its_token_and_its_message(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    message = await shown(adapter, anna, channel)
    asked = discord_api.members.press(anna, message, "Again")
    event, _ = await adapter.core.next()
    assert isinstance(event, ButtonPress)
    assert (event.key, event.token, event.message) == (f"interaction:{asked.id}", "again:7", ref_of(message))


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
    assert (event.key, event.token, event.words) == (f"interaction:{asked.id}", "edit:7", "make it night")
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


# Messages


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


# Acknowledgements that go wrong


async def test_an_interaction_that_is_acknowledged_already_is_gone_on_with(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", bad_gateway().after())
    asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    await conversation.post(status(), key="request-5")
    assert asked.answer
    assert len(discord_api.messages(channel)) == 1


async def test_an_acknowledgement_whose_answer_was_lost_is_found(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", cut().after())
    asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    await conversation.post(status(), key="request-5")
    assert asked.answer


async def test_an_interaction_that_is_too_late_goes_on_in_the_channel(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", _too_late())
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    await conversation.post(status(), key="request-5")
    assert [message.text.splitlines()[0] for message in discord_api.messages(channel)] == ["a fox"]


async def test_an_interaction_that_is_too_late_and_private_is_dropped(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", _too_late())
    discord_api.members.slash(anna, channel, "imagine", prompt="a secret", private=True)
    await discord_api.until(lambda: discord_api.calls("POST", "/callback"))
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    event, _ = await heard(adapter)
    assert event.call
    assert event.call.argument == "a fox"


# What may be done, known before credits are taken


@pytest.mark.parametrize(
    ("denied", "may_post", "may_attach"),
    [
        (Permission.NONE, True, True),
        (Permission.ATTACH_FILES, True, False),
        (Permission.SEND_MESSAGES, False, False),
    ],
)
async def test_what_a_message_may_be_answered_with_is_known(
    discord_api: DiscordSimulator,
    anna: Person,
    channel: Channel,
    denied: Permission,
    *,
    may_post: bool,
    may_attach: bool,
) -> None:
    discord_api.deny(channel, denied)
    async with running(Adapter(discord_api)) as adapter:
        await discord_api.until(lambda: discord_api.gateway.connected[0].sequence >= 2)
        discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
        _, conversation = await heard(adapter)
        abilities = await conversation.abilities()
    assert (abilities.may_post, abilities.may_attach) == (may_post, may_attach)


async def test_a_command_can_be_answered_where_the_bot_may_not_post(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.deny(channel, Permission.SEND_MESSAGES)
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    assert (await conversation.abilities()).may_post


async def test_sizes_come_from_the_interaction_and_from_the_server(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    boosted = discord_api.add_channel(discord_api.add_guild(premium_tier=2))
    discord_api.members.attachment_size_limit = 12 * 1024 * 1024
    discord_api.members.slash(anna, boosted, "imagine", prompt="a fox")
    _, by_command = await heard(adapter)
    discord_api.members.say(anna, boosted, f"<@{discord_api.world.bot.id}> a fox")
    _, by_message = await heard(adapter)
    limits = [(await each.abilities()).shown for each in (by_command, by_message)]
    assert [limit and limit.most_bytes for limit in limits] == [12 * 1024 * 1024, 50 * 1024 * 1024]


async def test_a_link_to_a_picture_that_is_over_is_asked_for_anew(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    discord_api.members.say(anna, discord_api.direct_channel(anna), "night", files=[fox()])
    event, conversation = await heard(adapter)
    discord_api.clock.advance(25 * 60 * 60)
    (ref,) = event.pictures
    assert b"".join([piece async for piece in conversation.open_picture(ref)]) == picture()
    assert picture_of(ref).url in str(ref)


def _too_late() -> Fault:
    return refused(10062)
