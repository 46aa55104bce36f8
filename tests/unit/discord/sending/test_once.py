"""Each outcome and status stands there once, whatever was lost on the way."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.chat import Action, Quoted, Sentence, Verb
from bot.domain.errors import MaybeDelivered, Unavailable
from tests.fakes.parts import MemoryParts, ProcessEnded
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import cut
from tests.simulators.discord.world.state import Channel, Message, Permission, Person
from tests.tokens import AN_ID
from tests.unit.discord.adapter import (
    Adapter,
    deliver,
    member,
    running,
    saying,
    status,
)
from tests.unit.discord.asking import answering, message_of, waiting

NONCES_ARE_FORGOTTEN = 4 * 60


@pytest.fixture
def boris(discord_api: DiscordSimulator) -> Person:
    return discord_api.add_person("boris")


def painted(discord_api: DiscordSimulator, channel: Channel) -> Sequence[Message]:
    return [message for message in discord_api.messages(channel, by_bot=True) if message.files]


async def test_long_after_a_kill_an_outcome_is_found_in_a_channel_where_much_was_said(
    discord_api: DiscordSimulator, anna: Person, boris: Person, channel: Channel
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel)
        for _ in range(150):
            discord_api.members.say(boris, channel, "and you?")
        parts = MemoryParts(adapter.time.now)
        parts.loses_next = True
        with pytest.raises(ProcessEnded):
            await deliver(adapter, conversation, await adapter.result(), status=ref, parts=parts)
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    async with running(Adapter(discord_api)) as another:
        rebuilt = another.platform.conversation(conversation.address)
        posted = await deliver(another, rebuilt, await another.result(), status=ref, parts=parts)
        again = await deliver(another, rebuilt, await another.result(), status=ref, parts=parts)
    assert painted(discord_api, channel) == [message_of(another, posted.ref)]
    assert again == posted


async def test_long_after_a_kill_before_the_post_the_outcome_comes(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    """Take no message for it that shows other results, even of somebody else's same request."""
    _, earlier, _ = await waiting(adapter, anna, channel)
    other = await adapter.result()
    (picture,) = other.pictures
    await deliver(adapter, earlier, replace(other, pictures=(replace(picture, filename="plantain-6-1.png"),)))
    _, conversation, ref = await waiting(adapter, anna, channel)
    parts = MemoryParts(adapter.time.now)
    parts.begun["message"] = adapter.time.now()
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    await deliver(adapter, conversation, await adapter.result(), status=ref, parts=parts)
    assert [message.files[0].name for message in painted(discord_api, channel)] == [
        "plantain-6-1.png",
        "plantain-5-1.png",
    ]


async def test_a_failure_that_was_told_before_a_kill_is_found_by_its_button(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    retry = Action(verb=Verb.RETRY, target=AN_ID, label=Sentence("action-retry"))
    failed = replace(saying(Quoted("a fox"), Sentence("nothing-charged", left=1)), actions=(retry,))
    parts = MemoryParts(adapter.time.now)
    parts.loses_next = True
    with pytest.raises(ProcessEnded):
        await deliver(adapter, conversation, failed, parts=parts)
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    await deliver(adapter, conversation, replace(failed, language="zh-CN"), parts=parts)
    (message,) = discord_api.messages(channel, by_bot=True)
    assert "Nothing was charged" not in message.text  # it says what is said now


async def test_a_post_whose_answer_was_lost_long_ago_is_looked_for_by_the_same_process(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    parts = MemoryParts(adapter.time.now)
    discord_api.fail("POST", "/channels/*/messages", cut().after())
    with pytest.raises(Unavailable):
        await deliver(adapter, conversation, await adapter.result(), status=ref, parts=parts)
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    await deliver(adapter, conversation, await adapter.result(), status=ref, parts=parts)
    assert len(painted(discord_api, channel)) == 1


async def test_where_nobody_may_look_an_outcome_stays_uncertain(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    discord_api.deny(channel, Permission.READ_MESSAGE_HISTORY)
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel)
        assert (await conversation.abilities()).finds_posted  # its answer is, by its token
        parts = MemoryParts(adapter.time.now)
        parts.begun["message"] = adapter.time.now()
        discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
        with pytest.raises(MaybeDelivered):
            await deliver(adapter, conversation, await adapter.result(), status=ref, parts=parts)
    assert painted(discord_api, channel) == []


async def test_a_direct_message_is_found_again_too(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, _ = await waiting(adapter, anna, channel)
    alone = adapter.platform.private(member(anna), conversation.address)
    assert alone is not None
    parts = MemoryParts(adapter.time.now)
    parts.loses_next = True
    with pytest.raises(ProcessEnded):
        await deliver(adapter, alone, await adapter.result(), parts=parts)
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    rebuilt = adapter.platform.conversation(alone.address)
    posted = await deliver(adapter, rebuilt, await adapter.result(), parts=parts)
    assert discord_api.direct_messages(anna) == [message_of(adapter, posted.ref)]
    assert adapter.platform.private(member(anna), alone.address) is None


async def test_a_status_without_a_button_that_was_posted_before_a_kill_is_found_in_the_channel(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    about = answering(said)
    first = replace(status(), **about)
    posted = await conversation.post(replace(first, actions=()), key="request-5")
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    later = replace(first, lines=(Quoted("a fox"), Sentence("status-count", count=2)))
    assert await conversation.post(later, key="request-5") == posted
    (message,) = discord_api.messages(channel, by_bot=True)
    assert message.text == "a fox\n2 pictures"
