"""Outcomes: whom they notify, what goes away then, and until when a token leads there."""

from typing import Any

import pytest

from bot.domain.chat import Moment, Sentence
from bot.domain.errors import ClosedByMember
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import Channel, Person
from tests.unit.discord.adapter import (
    SINCE,
    Adapter,
    deliver,
    long_after,
    member,
    saying,
)
from tests.unit.discord.asking import asking, message_of, ref_of, waiting


@pytest.fixture
def boris(discord_api: DiscordSimulator) -> Person:
    return discord_api.add_person("boris")


# Noticed


@pytest.mark.parametrize("notifies", [True, False])
async def test_who_used_a_command_is_named_and_pinged_only_where_it_is_wanted(
    adapter: Adapter, anna: Person, channel: Channel, *, notifies: bool
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await adapter.result(requester=member(anna), notifies=notifies)
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
        "requester": member(anna),
        "answers_requester": True,
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
        "requester": member(anna),
        "answers_requester": True,
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
    first = await deliver(adapter, conversation, await adapter.result(requester=member(anna)), status=ref)
    discord_api.members.press(boris, message_of(adapter, first.ref), "Again")
    _, live = await adapter.core.next()
    result = await adapter.result(in_reply_to=first.ref, requester=member(boris), notifies=True)
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
