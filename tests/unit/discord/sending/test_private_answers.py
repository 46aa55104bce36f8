"""How answers reach one member alone, and where the bot itself is not."""

import pytest

from bot.domain.errors import Forbidden, Unavailable
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import Channel, Person
from tests.unit.discord.adapter import Adapter, deliver, long_after, member, running, status
from tests.unit.discord.asking import message_of, waiting


@pytest.fixture
def abroad(discord_api: DiscordSimulator) -> Channel:
    """Make a channel where the bot is not: only who took the app along can use it."""
    return discord_api.add_channel(discord_api.add_guild(has_bot=False))


# For one member alone


async def test_what_is_asked_in_private_is_seen_by_nobody_else(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert posted.ref == ref
    assert discord_api.messages(channel) == []
    (message,) = discord_api.ephemeral_messages(anna)
    assert message.files


async def test_long_after_the_command_a_private_picture_comes_directly(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    with pytest.raises(Unavailable):
        await conversation.edit(ref, status())
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    (message,) = discord_api.direct_messages(anna)
    assert message.files
    assert posted.ref == f"{message.channel.id}:{message.id}"
    assert discord_api.messages(channel) == []


async def test_who_takes_no_messages_is_mentioned_and_sees_the_picture_alone_at_a_press(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel, private=True)
        long_after(discord_api)
        await deliver(adapter, conversation, await adapter.result(prompt="a secret"), status=ref)
    (mention,) = discord_api.messages(channel)
    assert mention.mentions == [anna]
    assert (mention.files, "secret" in mention.text) == ([], False)
    another = Adapter(discord_api, adapter.transcript)
    await another.keep((16, 9))
    async with running(another):
        asked = discord_api.members.press(anna, mention, "Show")
        await discord_api.until(lambda: asked.answer)
        boris = discord_api.add_person("boris")
        refused_to = discord_api.members.press(boris, mention, "Show")
        await discord_api.until(lambda: refused_to.answer)
    assert asked.answer
    assert asked.answer.is_ephemeral
    assert [file.name for file in asked.answer.files] == ["plantain-5-1.png"]
    assert [button.label for button in asked.answer.buttons] == ["Again", "Edit"]
    assert refused_to.answer
    assert refused_to.answer.is_ephemeral
    assert refused_to.answer.files == []


async def test_an_answer_to_the_mention_is_not_about_the_private_picture(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    (mention,) = discord_api.messages(channel)
    assert str(mention.id) not in posted.ref


# Where the bot is not


async def test_an_app_that_was_taken_along_answers_in_its_one_message(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, abroad)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert posted.ref == ref
    assert asked.answer
    assert asked.answer.files
    assert discord_api.calls("POST", asked.token) == []


async def test_long_after_the_command_what_was_asked_abroad_comes_directly(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, abroad)
    long_after(discord_api)
    await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert discord_api.direct_messages(anna)[0].files


async def test_abroad_without_token_and_direct_messages_nothing_can_be_done(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, abroad)
    long_after(discord_api)
    with pytest.raises(Forbidden):
        await deliver(adapter, conversation, await adapter.result(), status=ref)


async def test_again_abroad_has_a_message_of_its_own(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, abroad)
    await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert asked.answer
    pressed = discord_api.members.press(anna, asked.answer, "Again")
    _, live = await adapter.core.next()
    posted = await adapter.platform.conversation(live.address).post(status(), key="request-6")
    assert pressed.answer
    assert posted.ref == f"{abroad.id}:{pressed.answer.id}"


async def test_a_direct_chat_has_its_picture_as_a_message_of_its_own_that_is_noticed(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    chat = discord_api.direct_channel(anna)
    asked, conversation, ref = await waiting(adapter, anna, chat)
    posted = await deliver(adapter, conversation, await adapter.result(requester=member(anna)), status=ref)
    (message,) = discord_api.messages(chat)
    assert message is message_of(adapter, posted.ref)
    assert message.notified == [anna]
    assert f"<@{anna.id}>" not in message.text  # nobody else reads along
    assert asked.answer is None
