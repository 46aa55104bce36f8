"""A press on a message comes from the conversation that the message was said in: its token works there."""

import pytest

from adapters.telegram.chat_platform import TelegramPlatform
from tests.fakes.pictures import MemoryPictures
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import Core, conversation_in, kept, outgoing, said
from tests.unit.telegram.told import AGAIN


@pytest.mark.parametrize("is_inaccessible", [False, True])
async def test_what_is_said_is_pressed_where_it_stands(
    simulator: TelegramSimulator,
    platform: TelegramPlatform,
    core: Core,
    room: Room,
    ada: Person,
    is_inaccessible: bool,  # noqa: FBT001 - parametrized
) -> None:
    group = simulator.supergroup("Painters", ada)
    for count, chat in enumerate((room, group), start=1):
        conversation = conversation_in(platform, simulator, chat)
        posted = await conversation.post(said(actions=[AGAIN]), key="k")
        chat.press(ada, chat.last, "Again", is_inaccessible=is_inaccessible)
        await core.until_heard(count)
        assert core.conversations[-1].key == posted.conversation == conversation.key
    assert len({conversation.key for conversation in core.conversations}) == 2


async def test_the_topics_of_a_chat_are_one_conversation(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    foxes, owls = (forum.open_topic(name, by=simulator.bot) for name in ("Foxes", "Owls"))
    keys = {conversation_in(platform, simulator, forum, topic).key for topic in (None, foxes, owls)}
    assert len(keys) == 1


async def test_what_comes_into_a_group_that_has_moved_is_pressed_in_the_new_one(
    simulator: TelegramSimulator, platform: TelegramPlatform, core: Core, ada: Person, pictures: MemoryPictures
) -> None:
    old = simulator.group("Painters", ada)
    conversation = conversation_in(platform, simulator, old)
    new = old.migrate(by=ada)
    original = await kept(pictures, drawn())
    posted = await conversation.post(said(pictures=[outgoing(original)], actions=[AGAIN]), key="k")
    assert posted.conversation != conversation.key
    new.press(ada, new.last, "Again")
    await core.until_heard()
    assert core.conversations[-1].key == posted.conversation
