"""A press on a message comes from the conversation that the message was said in: its token works there."""

import pytest

from bot.domain.events import ButtonPress, FormSubmit
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import Channel, Message, Permission, Person
from tests.unit.discord.adapter import Adapter, deliver, long_after
from tests.unit.discord.asking import asking, message_of, shown, waiting


async def key_of_press(adapter: Adapter, presser: Person, message: Message, label: str = "Again") -> str:
    """Return the key of the conversation that a press comes from."""
    adapter.simulator.members.press(presser, message, label)
    event, conversation = await adapter.core.next()
    assert isinstance(event, ButtonPress)
    return conversation.key


async def test_a_channel_is_the_same_for_everybody_in_it(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation = await asking(adapter, anna, channel)
    message = await shown(adapter, anna, channel)
    boris = discord_api.add_person("boris")
    assert await key_of_press(adapter, boris, message) == conversation.key == str(channel.id)
    other = discord_api.add_channel(discord_api.add_guild())
    _, elsewhere = await asking(adapter, anna, other)
    assert elsewhere.key != conversation.key


@pytest.mark.parametrize("is_private", [True, False])
async def test_a_status_is_pressed_where_its_request_comes_from(
    adapter: Adapter,
    anna: Person,
    channel: Channel,
    is_private: bool,  # noqa: FBT001 - parametrized
) -> None:
    asked, conversation, _ = await waiting(adapter, anna, channel, private=is_private)
    assert asked.answer
    assert asked.answer.is_ephemeral is is_private
    assert await key_of_press(adapter, anna, asked.answer, "Cancel") == conversation.key


async def test_what_only_one_member_sees_is_a_conversation_of_its_own(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    boris = discord_api.add_person("boris")
    keys = {(await asking(adapter, person, channel, private=True))[1].key for person in (anna, boris, anna)}
    keys.add((await asking(adapter, anna, channel))[1].key)
    assert len(keys) == 3


@pytest.mark.parametrize("is_private", [True, False])
async def test_a_result_is_pressed_where_it_was_posted(
    adapter: Adapter,
    anna: Person,
    channel: Channel,
    is_private: bool,  # noqa: FBT001 - parametrized
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel, private=is_private)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert posted.conversation == conversation.key
    assert await key_of_press(adapter, anna, message_of(adapter, posted.ref)) == posted.conversation


async def test_what_falls_back_to_direct_messages_is_pressed_there(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert posted.conversation != conversation.key
    (message,) = discord_api.direct_messages(anna)
    assert await key_of_press(adapter, anna, message) == posted.conversation


async def test_what_a_mention_shows_is_pressed_there(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    (mention,) = discord_api.messages(channel)
    asked = discord_api.members.press(anna, mention, "Show")
    await discord_api.until(lambda: asked.answer)
    assert asked.answer
    assert await key_of_press(adapter, anna, asked.answer) == posted.conversation


async def test_a_mention_shows_nothing_in_another_channel(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    await deliver(adapter, conversation, await adapter.result(), status=ref)
    (mention,) = discord_api.messages(channel)
    (show,) = [button.custom_id for button in mention.buttons]
    assert show
    other, boris = discord_api.add_channel(discord_api.add_guild()), discord_api.add_person("boris")
    message = await shown(adapter, boris, other)
    answers = [discord_api.members.forge(boris, message, custom_id) for custom_id in (show, "s:whatever")]
    await discord_api.until(lambda: all(asked.answer for asked in answers))
    assert len({asked.answer.text for asked in answers if asked.answer}) == 1
    assert all(not asked.answer.files for asked in answers if asked.answer)


@pytest.mark.parametrize("may_be_seen", [True, False])
async def test_an_app_that_was_taken_along_is_pressed_where_it_answers(
    discord_api: DiscordSimulator,
    adapter: Adapter,
    anna: Person,
    may_be_seen: bool,  # noqa: FBT001 - parametrized
) -> None:
    guild = discord_api.add_guild(has_bot=False)
    if not may_be_seen:
        guild.everyone.permissions &= ~Permission.USE_EXTERNAL_APPS
    asked, conversation, ref = await waiting(adapter, anna, discord_api.add_channel(guild))
    assert asked.answer
    assert asked.answer.is_ephemeral is not may_be_seen
    assert await key_of_press(adapter, anna, asked.answer, "Cancel") == conversation.key
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert posted.conversation == conversation.key


async def test_a_direct_chat_is_one_conversation(discord_api: DiscordSimulator, adapter: Adapter, anna: Person) -> None:
    chat = discord_api.direct_channel(anna)
    asked, conversation, _ = await waiting(adapter, anna, chat)
    assert asked.answer
    assert await key_of_press(adapter, anna, asked.answer, "Cancel") == conversation.key
    discord_api.members.say(anna, chat, "a fox")
    assert (await adapter.core.next())[1].key == conversation.key


async def test_a_form_comes_from_where_its_button_was_pressed(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    message = await shown(adapter, anna, channel)
    opened = discord_api.members.press(anna, message, "Edit")
    await discord_api.until(lambda: opened.modal)
    discord_api.members.submit(opened, {"words": "make it night"})
    event, conversation = await adapter.core.next()
    assert isinstance(event, FormSubmit)
    assert conversation.key == str(channel.id)


async def test_a_form_of_a_menu_is_nobody_elses(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    message, boris = await shown(adapter, anna, channel), discord_api.add_person("boris")
    opened = [discord_api.members.use_menu(person, message, "Edit image") for person in (anna, boris)]
    await discord_api.until(lambda: all(asked.modal for asked in opened))
    hers, his = opened
    assert hers.modal
    stolen = discord_api.members.submit(his, {"words": "make it night"}, forged_id=hers.modal["custom_id"])
    await discord_api.until(lambda: stolen.answer)
    assert stolen.answer
    assert stolen.answer.text.startswith("That doesn't work here")
    discord_api.members.submit(hers, {"words": "make it night"})
    event, _ = await adapter.core.next()
    assert event.author.id == str(anna.id)
