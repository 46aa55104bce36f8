"""Outcomes: whom they notify, and that each stands there once, whatever was lost on the way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.chat import Action, MessageRef, Moment, Quoted, Sentence, Verb
from bot.domain.errors import ClosedByMember, Dropped, MaybeDelivered, Unavailable
from tests.simulators.discord_api import DiscordSimulator
from tests.simulators.discord_faults import cut
from tests.simulators.discord_state import Channel, Message, Permission, Person
from tests.tokens import AN_ID
from tests.unit.discord.adapter import (
    SINCE,
    Adapter,
    MemoryParts,
    ProcessEnded,
    deliver,
    long_after,
    member,
    running,
    saying,
    status,
)
from tests.unit.discord.asking import answering, asking, message_of, ref_of, waiting

NONCES_ARE_FORGOTTEN = 4 * 60


@pytest.fixture
def boris(discord_api: DiscordSimulator) -> Person:
    return discord_api.add_person("boris")


def painted(discord_api: DiscordSimulator, channel: Channel) -> Sequence[Message]:
    return [message for message in discord_api.messages(channel, by_bot=True) if message.files]


# Noticed


@pytest.mark.parametrize("notifies", [True, False])
async def test_who_used_a_command_is_named_and_pinged_only_where_it_is_wanted(
    adapter: Adapter, anna: Person, channel: Channel, *, notifies: bool
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await adapter.result(owner=member(anna), notifies=notifies)
    posted = await deliver(adapter, conversation, result, status=ref)
    message = message_of(adapter, posted.ref)
    assert f"<@{anna.id}>" in message.text
    assert message.notified == ([anna] if notifies else [])


@pytest.mark.parametrize("notifies", [True, False])
async def test_an_answer_to_what_a_member_wrote_pings_them_only_where_it_is_wanted(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, *, notifies: bool
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    about: dict[str, Any] = {
        "in_reply_to": ref_of(said),
        "owner": member(anna),
        "answers_owner": True,
        "notifies": notifies,
    }
    posted = await deliver(adapter, conversation, await adapter.result(**about))
    message = message_of(adapter, posted.ref)
    assert message.reference
    assert message.notified == ([anna] if notifies else [])
    assert f"<@{anna.id}>" not in message.text


async def test_where_what_a_member_wrote_is_gone_they_are_mentioned(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    discord_api.members.delete(said)
    about: dict[str, Any] = {
        "in_reply_to": ref_of(said),
        "owner": member(anna),
        "answers_owner": True,
        "notifies": True,
    }
    posted = await deliver(adapter, conversation, await adapter.result(**about))
    message = message_of(adapter, posted.ref)
    assert message.reference is None
    assert message.notified == [anna]
    assert f"<@{anna.id}>" in message.text


async def test_what_comes_of_a_press_answers_the_picture_and_pings_its_presser_alone(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, boris: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    first = await deliver(adapter, conversation, await adapter.result(owner=member(anna)), status=ref)
    discord_api.members.press(boris, message_of(adapter, first.ref), "Again")
    _, live = await adapter.core.next()
    result = await adapter.result(in_reply_to=first.ref, owner=member(boris), notifies=True)
    second = await deliver(adapter, adapter.platform.conversation(live.address), result)
    message = message_of(adapter, second.ref)
    assert message.reference
    assert message.reference["message_id"] == first.ref.partition(":")[2]
    assert message.notified == [boris]
    assert message.text.endswith(f"<@{boris.id}>")


async def test_a_thinking_answer_that_nobody_remembers_goes_away_too(
    adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation = await asking(adapter, anna, channel)
    await deliver(adapter, conversation, await adapter.result())
    assert asked.original
    assert asked.original.is_deleted


async def test_times_pass_on_the_readers_own_clock(adapter: Adapter, anna: Person, channel: Channel) -> None:
    asked, conversation = await asking(adapter, anna, channel)
    await conversation.post(saying(Sentence("status-next", ready=Moment(SINCE))), key="request-5")
    assert asked.answer
    assert f"<t:{int(SINCE.timestamp())}:R>" in asked.answer.text


# Once


async def test_an_outcome_that_was_posted_before_a_kill_is_the_same_by_its_nonce(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel)
        parts = MemoryParts(adapter.time.now)
        parts.loses_next = True
        with pytest.raises(ProcessEnded):
            await deliver(adapter, conversation, await adapter.result(), status=ref, parts=parts)
    async with running(Adapter(discord_api)) as another:
        rebuilt = another.platform.conversation(conversation.address)
        posted = await deliver(another, rebuilt, await another.result(), status=ref, parts=parts)
    assert painted(discord_api, channel) == [message_of(another, posted.ref)]
    assert discord_api.calls("GET", "/messages") == []


@pytest.mark.parametrize("others", [0, 150])
async def test_long_after_a_kill_an_outcome_is_found_in_the_channel(
    discord_api: DiscordSimulator, anna: Person, boris: Person, channel: Channel, others: int
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel)
        for _ in range(others):
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
    """What shows other results, even of the same request of somebody else's, is not taken for it."""
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


@pytest.mark.parametrize("has_button", [True, False])
async def test_a_status_that_was_posted_before_a_kill_is_found_in_the_channel(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, *, has_button: bool
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    about = answering(said)
    first = replace(status(), **about)
    posted = await conversation.post(first if has_button else replace(first, actions=()), key="request-5")
    discord_api.clock.advance(NONCES_ARE_FORGOTTEN)
    later = replace(first, lines=(Quoted("a fox"), Sentence("status-count", count=2)))
    assert await conversation.post(later, key="request-5") == posted
    (message,) = discord_api.messages(channel, by_bot=True)
    assert message.text == "a fox\n2 pictures"


# Where nothing but a token leads


async def test_until_when_something_can_be_said_is_known(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    abroad = discord_api.add_channel(discord_api.add_guild(has_bot=False))
    begun = discord_api.clock.now()
    told = {}
    for name, where, private in (("here", channel, False), ("private", channel, True), ("abroad", abroad, False)):
        _, conversation = await asking(adapter, anna, where, **({"private": True} if private else {}))
        abilities = await conversation.abilities()
        told[name] = [
            until and round((until - begun).total_seconds() / 60, 1)
            for until in (abilities.changes_until, abilities.reachable_until)
        ]
    assert told == {"here": [None, None], "private": [13.5, None], "abroad": [13.5, 14.0]}


async def test_who_has_shut_their_direct_messages_has_closed_the_door_abroad(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    abroad = discord_api.add_channel(discord_api.add_guild(has_bot=False))
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, abroad)
    long_after(discord_api)
    with pytest.raises(ClosedByMember):
        await deliver(adapter, conversation, await adapter.result(), status=ref)


# Signs, and what may be left out


async def test_what_somebody_wrote_is_acknowledged_by_a_reaction_and_otherwise_by_typing(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    await conversation.acknowledge(ref_of(said))
    assert said.reactions == ["👀"]
    assert discord_api.channels.typed == []
    discord_api.deny(channel, Permission.ADD_REACTIONS)
    another = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a wolf")
    _, conversation = await adapter.core.next()
    await conversation.acknowledge(ref_of(another))
    await conversation.acknowledge(MessageRef("1:2"))
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
