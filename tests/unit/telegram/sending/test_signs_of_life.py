"""The first sign that a request was understood: a message, or a reaction."""

import asyncio

import pytest

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.conversation import TelegramConversation
from bot.domain.errors import Dropped, RateLimited
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.platforms import conversation_in, said
from tests.unit.telegram.told import ref_of


async def test_the_first_sign_waits_for_no_turn(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    topic = forum.open_topic("Foxes", by=ada)
    conversation = conversation_in(platform, simulator, forum, topic)
    simulator.fail("sendMessage", faults.HANG_BEFORE, times=None)
    waiting = [asyncio.create_task(conversation.post(said(), key=str(number))) for number in range(5)]
    await simulator.until(lambda: len(simulator.calls_of("sendMessage")) == 3)
    await conversation.show_activity()
    assert [(one.action, one.thread_id) for one in forum.actions] == [("upload_photo", topic.id)]
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_a_sign_that_comes_too_fast_is_left_out_and_closes_no_chat(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    conversation = conversation_in(platform, simulator, group)
    simulator.fail("sendChatAction", faults.too_many(30))
    simulator.fail("setMessageReaction", faults.too_many(30))
    with pytest.raises(Dropped):
        await conversation.show_activity()
    with pytest.raises(Dropped):
        await conversation.acknowledge(ref_of(simulator, group.say(ada, "/imagine a fox")))
    assert len(simulator.calls_of("sendChatAction")) == 1
    await conversation.post(said(), key="k")
    assert group.last.author_id == simulator.bot.id


async def test_what_is_shown_already_is_not_shown_again_in_the_same_chat(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    topics = [forum.open_topic(name, by=ada) for name in ("Foxes", "Owls")]
    for topic in topics * 3:
        await conversation_in(platform, simulator, forum, topic).show_activity()
    assert [one.thread_id for one in forum.actions] == [topic.id for topic in topics]


@pytest.mark.parametrize("available", [None, {"👀", "👍"}])
async def test_what_was_understood_is_looked_at(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person, available: set[str] | None
) -> None:
    group.available_reactions = available
    asked = group.say(ada, "/imagine a fox")
    conversation = conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    assert (asked.reactions, group.actions) == (["👀"], [])
    await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    assert asked.reactions == []


async def test_too_many_reactions_hold_up_no_message(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    asked, conversation = group.say(ada, "/imagine a fox"), conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    simulator.fail("setMessageReaction", faults.too_many(30))
    with pytest.raises(RateLimited):
        await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    async with asyncio.timeout(5):
        await conversation.post(said(), key="k")


async def test_in_private_that_something_is_done_is_sign_enough(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    asked = room.say(ada, "a fox")
    await conversation.acknowledge(ref_of(simulator, asked))
    await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    assert (simulator.calls_of("setMessageReaction"), len(room.actions)) == ([], 1)


async def test_eyes_on_a_message_that_is_gone_are_gone_with_it(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    asked, conversation = group.say(ada, "/imagine a fox"), conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    group.remove(asked)
    await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    assert asked.reactions == ["👀"]  # as it was when it went


async def test_where_no_eyes_may_be_shown_that_something_is_done_is(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    group.available_reactions = {"👍"}
    asked = group.say(ada, "/imagine a fox")
    conversation = conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    assert simulator.calls_of("setMessageReaction") == []
    await conversation.acknowledge(None)
    assert len(group.actions) == 1


async def test_where_no_reaction_is_allowed_that_something_is_done_is_shown(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    group.available_reactions = set()
    asked = group.say(ada, "/imagine a fox")
    await conversation_in(platform, simulator, group).acknowledge(ref_of(simulator, asked))
    assert (asked.reactions, len(group.actions)) == ([], 1)


async def test_a_message_that_is_gone_is_acknowledged_otherwise(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    asked = room.say(ada, "a fox")
    room.remove(asked)
    await conversation.acknowledge(ref_of(simulator, asked))
    assert len(room.actions) == 1
