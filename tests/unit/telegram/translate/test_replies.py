"""What people reply to, in which album and in which topic, as the core hears of it from a running platform."""

import pytest

from adapters.telegram.chat_ref import ChatRef, to_chat_ref
from bot.domain.events import IncomingMessage, PictureSeen
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import Core, only


@pytest.mark.parametrize(("suffix", "is_picture"), [(".webp", True), (".tgs", False), (".webm", False)])
async def test_a_reply_to_a_sticker_carries_it_if_it_stands_still(
    core: Core, room: Room, ada: Person, *, suffix: str, is_picture: bool
) -> None:
    sticker = room.send_sticker(ada, drawn(kind="WEBP"), suffix=suffix)
    room.say(ada, "/edit at night", reply_to=sticker)
    message = (await core.until_heard(2 if is_picture else 1))[-1]
    assert isinstance(message, IncomingMessage)
    assert message.replied_to is not None
    assert bool(message.replied_to.pictures) is is_picture


async def test_a_reply_carries_the_picture_it_answers_and_its_album(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person
) -> None:
    album = group.send_album(ada, [drawn(), drawn()])
    second = album.messages[1]
    group.say(ada, "/edit@plantain_bot at night", reply_to=second)
    message = (await core.until_heard(3))[-1]
    assert isinstance(message, IncomingMessage)
    assert message.replied_to is not None
    assert message.replied_to.ref == f"{simulator.bot.id}:{group.id}:{second.id}"
    assert message.replied_to.pictures == (second.body["photo"][-1]["file_id"],)
    assert message.replied_to.album == f"{simulator.bot.id}:{group.id}:album:{second.body['media_group_id']}"


async def test_every_picture_of_an_album_is_seen_and_the_one_with_words_speaks_for_all(
    core: Core, room: Room, ada: Person
) -> None:
    album = room.send_album(ada, [drawn(), drawn(), drawn()], "/edit at night", caption_at=1, late=1)
    album.bring()
    events = await core.until_heard(4)
    seen = [event for event in events if isinstance(event, PictureSeen)]
    (spoken,) = [event for event in events if isinstance(event, IncomingMessage)]
    assert [one.order for one in seen] == [message.id for message in album.messages]
    assert [one.picture for one in seen] == [message.body["photo"][-1]["file_id"] for message in album.messages]
    assert {one.album for one in seen} == {spoken.album} == {spoken.key}
    assert spoken.pictures == (seen[1].picture,)
    assert events.index(seen[1]) < events.index(spoken)


async def test_a_picture_of_another_topic_is_answered_as_the_message_it_is(
    simulator: TelegramSimulator, core: Core, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    forum.bot_status = "administrator"
    foxes, owls = (forum.open_topic(name, by=simulator.bot) for name in ("Foxes", "Owls"))
    photo = forum.send_photo(ada, drawn(), topic=foxes)
    forum.say(ada, "/edit at night", reply_to=photo, topic=owls)
    message = (await core.until_heard(2))[-1]
    assert isinstance(message, IncomingMessage)
    assert message.replied_to is not None
    assert message.replied_to.ref == f"{simulator.bot.id}:{forum.id}:{photo.id}"


async def test_of_a_picture_from_another_chat_only_what_telegram_hands_on_is_known(
    simulator: TelegramSimulator, core: Core, room: Room, group: Room, ada: Person
) -> None:
    photo = group.send_photo(ada, drawn())
    answer = room.say(ada, "/edit at night", reply_to=photo)
    message = (await core.until_heard(2))[-1]
    assert isinstance(message, IncomingMessage)
    assert message.replied_to is not None
    assert message.replied_to.ref == f"{simulator.bot.id}:{room.id}:{answer.id}"
    assert message.replied_to.pictures == (photo.body["photo"][-1]["file_id"],)


async def test_in_a_topic_what_answers_nothing_is_no_reply(
    simulator: TelegramSimulator, core: Core, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    topic = forum.open_topic("Foxes", by=simulator.bot)
    forum.say(ada, "/imagine@plantain_bot a fox", topic=topic)
    message = only(await core.until_heard())
    assert message.replied_to is None
    assert to_chat_ref(core.conversations[0].address) == ChatRef(
        bot_id=simulator.bot.id, chat_id=forum.id, thread_id=topic.id
    )


async def test_general_is_where_no_topic_is_named(simulator: TelegramSimulator, core: Core, ada: Person) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    forum.say(ada, "/imagine@plantain_bot a fox")
    await core.until_heard()
    assert to_chat_ref(core.conversations[0].address) == ChatRef(bot_id=simulator.bot.id, chat_id=forum.id)


async def test_the_number_of_a_chain_of_replies_is_no_topic(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person
) -> None:
    group.say(ada, "/imagine@plantain_bot a fox", reply_to=group.say(ada, "look"))
    await core.until_heard(2)
    assert to_chat_ref(core.conversations[-1].address) == ChatRef(bot_id=simulator.bot.id, chat_id=group.id)
