"""Signs that something was understood, what may be left out, and what only one member is told."""

from collections.abc import Sequence

import pytest

from bot.domain.chat import MessageRef, Sentence
from bot.domain.errors import Dropped
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import Channel, Message, Permission, Person
from tests.unit.discord.adapter import (
    Adapter,
    MemoryParts,
    deliver,
    saying,
    status,
)
from tests.unit.discord.asking import message_of, ref_of, waiting


@pytest.fixture
def boris(discord_api: DiscordSimulator) -> Person:
    return discord_api.add_person("boris")


def painted(discord_api: DiscordSimulator, channel: Channel) -> Sequence[Message]:
    return [message for message in discord_api.messages(channel, by_bot=True) if message.files]


# Signs, and what may be left out


async def test_what_somebody_wrote_is_acknowledged_by_a_reaction_and_otherwise_by_typing(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    await conversation.acknowledge(ref_of(said))
    assert said.reactions == ["👀"]
    assert discord_api.channels.typed == []
    await conversation.take_back_acknowledgement(ref_of(said))
    assert said.reactions == []
    discord_api.deny(channel, Permission.ADD_REACTIONS)
    another = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a wolf")
    _, conversation = await adapter.core.next()
    await conversation.acknowledge(ref_of(another))
    await conversation.acknowledge(MessageRef("1:2"))
    await conversation.take_back_acknowledgement(MessageRef("1:2"))
    assert another.reactions == []
    assert discord_api.channels.typed == [channel, channel]


async def test_a_status_may_only_leave_where_results_will_not_need_its_room(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    conversations = []
    for _ in range(12):
        discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
        conversations.append((await adapter.core.next())[1])
    kept_back = 0
    for number, conversation in enumerate(conversations):
        try:
            await conversation.post(status(is_droppable=True), key=f"request-{number}")
        except Dropped:
            kept_back += 1
    assert kept_back == 10
    for number, conversation in enumerate(conversations[:4]):
        parts = MemoryParts(adapter.time.now)
        await conversation.deliver(await adapter.result(), key=f"request-{number}-outcome", parts=parts)
    assert len(painted(discord_api, channel)) == 4
    discord_api.clock.advance(5)
    await conversations[4].post(status(is_droppable=True), key="request-4")
    with pytest.raises(Dropped):
        await conversations[5].post(status(is_droppable=True), key="request-5")


async def test_nothing_is_kept_free_for_what_was_cancelled(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    for number in range(4):
        posted = await conversation.post(status(), key=f"request-{number}")
        await conversation.edit(posted.ref, saying())
        discord_api.clock.advance(5)
    for number in range(4, 6):
        await conversation.post(status(is_droppable=True), key=f"request-{number}")
    assert len(discord_api.messages(channel, by_bot=True)) == 6


async def test_an_edit_that_would_have_to_wait_is_left_out(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    posted = await conversation.post(status(), key="request-5")
    for number in range(5):
        await conversation.edit(posted.ref, status(f"{number}", is_droppable=True))
    with pytest.raises(Dropped):
        await conversation.edit(posted.ref, status("5", is_droppable=True))
    await conversation.edit(posted.ref, status("the end"))
    assert message_of(adapter, posted.ref).text.startswith("the end")


# Presses, and what could not be kept


async def test_whoever_presses_is_answered_where_nobody_else_sees_it(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, boris: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await deliver(adapter, conversation, await adapter.result(), status=ref)
    adapter.core.answer_to_press = saying(Sentence("again-open"))
    discord_api.members.press(boris, message_of(adapter, result.ref), "Again")
    await discord_api.until(lambda: discord_api.ephemeral_messages(boris))
    assert len(discord_api.messages(channel)) == 1


async def test_a_press_where_the_bot_may_not_post_is_answered_where_nobody_else_sees_it(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, boris: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await deliver(adapter, conversation, await adapter.result(), status=ref)
    discord_api.deny(channel, Permission.SEND_MESSAGES)
    adapter.core.answer_to_press = saying(Sentence("again-open"))
    discord_api.members.press(boris, message_of(adapter, result.ref), "Again")
    await discord_api.until(lambda: discord_api.ephemeral_messages(boris))
    assert len(discord_api.messages(channel)) == 1


@pytest.mark.parametrize("private", [True, False])
async def test_a_command_that_could_not_be_kept_is_to_be_said_again(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, *, private: bool
) -> None:
    adapter.core.is_store_locked = True
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox", **({"private": True} if private else {}))
    await discord_api.until(lambda: any("send it again" in each.text for each in discord_api.ephemeral_messages(anna)))
    assert discord_api.messages(channel) == []


async def test_a_message_that_could_not_be_kept_is_to_be_said_again(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    adapter.core.is_store_locked = True
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    await discord_api.until(lambda: discord_api.messages(channel, by_bot=True))
    (message,) = discord_api.messages(channel, by_bot=True)
    assert "send it again" in message.text
    assert message.reference
    assert message.reference["message_id"] == str(said.id)
