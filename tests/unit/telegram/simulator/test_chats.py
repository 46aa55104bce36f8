"""What people do in the simulated Telegram, as the unmodified library hears of it."""

import pytest
from telegram import Bot, MessageOriginChannel, MessageOriginUser

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.hearing import heard

COMMAND = "/imagine@plantain_bot a fox"


@pytest.fixture
def ada(simulator: TelegramSimulator) -> Person:
    return simulator.person("Ada", username="ada_l", language_code="de")


@pytest.fixture
def forum(simulator: TelegramSimulator, ada: Person) -> Room:
    return simulator.supergroup("Painters", ada, is_forum=True)


# Words


async def test_a_command_has_its_entity(simulator: TelegramSimulator, bot: Bot, ada: Person) -> None:
    simulator.private(ada).say(ada, "🦊 /imagine@plantain_bot for @ada_l, not@her or 1/2")
    (message,) = await heard(bot)
    assert [(one.type, message.parse_entity(one)) for one in message.entities] == [
        ("bot_command", "/imagine@plantain_bot"),
        ("mention", "@ada_l"),
    ]
    assert message.from_user
    assert (message.from_user.id, message.from_user.language_code) == (ada.id, "de")


async def test_a_link_starts_the_bot_with_its_payload(simulator: TelegramSimulator, bot: Bot, ada: Person) -> None:
    simulator.private(ada).start("result-7")
    (message,) = await heard(bot)
    assert message.text == "/start result-7"


async def test_an_edited_message_comes_as_such(simulator: TelegramSimulator, bot: Bot, ada: Person) -> None:
    room = simulator.private(ada)
    said = room.say(ada, "a fix")
    room.edit(said, "a fox")
    first, second = await bot.get_updates()
    assert first.message
    assert second.edited_message
    assert (first.message.text, second.edited_message.text) == ("a fix", "a fox")
    assert second.edited_message.edit_date is not None


async def test_an_anonymous_administrator_speaks_as_the_group(bot: Bot, group: Room) -> None:
    group.say(group, COMMAND)
    (message,) = await heard(bot)
    assert message.sender_chat
    assert message.from_user
    assert (message.sender_chat.id, message.from_user.username) == (group.id, "GroupAnonymousBot")


async def test_somebody_speaks_as_their_channel(simulator: TelegramSimulator, bot: Bot, group: Room) -> None:
    channel = simulator.channel("Foxes")
    group.say(channel, COMMAND)
    (message,) = await heard(bot)
    assert message.sender_chat
    assert message.from_user
    assert (message.sender_chat.id, message.from_user.username) == (channel.id, "Channel_Bot")


async def test_a_channel_posts_without_an_author(simulator: TelegramSimulator, bot: Bot, ada: Person) -> None:
    simulator.channel("Foxes").say(ada, "a fox")
    (update,) = await bot.get_updates()
    assert update.channel_post
    assert update.channel_post.from_user is None


async def test_a_post_comes_into_the_group_where_it_is_discussed(
    simulator: TelegramSimulator, bot: Bot, ada: Person, group: Room
) -> None:
    group.set_bot_status("administrator", by=ada)
    post = simulator.channel("Foxes").send_photo(ada, drawn(), "a fox")
    group.forward_from_channel(post)
    message = (await heard(bot))[-1]
    assert message.is_automatic_forward
    assert isinstance(message.forward_origin, MessageOriginChannel)
    assert (message.forward_origin.message_id, message.caption) == (post.id, "a fox")


# Pictures


async def test_a_photo_comes_in_sizes_and_is_fetched_as_a_jpeg(
    simulator: TelegramSimulator, bot: Bot, ada: Person
) -> None:
    sent = simulator.private(ada).send_photo(ada, drawn(1000, 500), "/edit at night")
    (message,) = await heard(bot)
    assert [size.width for size in message.photo] == [90, 320, 800, 1000]
    assert message.caption == "/edit at night"
    assert bytes(await (await message.photo[-1].get_file()).download_as_bytearray()) == sent.photo


@pytest.mark.parametrize(
    ("content", "name", "mime", "has_thumbnail"),
    [
        (drawn(mode="RGBA"), "fox.png", "image/png", True),
        (b"\0\0\0\x18ftypheic" + bytes(64), "IMG_0001.HEIC", "image/heic", False),
        (b"%PDF-1.7", "fox.pdf", "application/pdf", False),
        (drawn(), None, "image/png", True),
    ],
    ids=["png", "heic", "pdf", "no name"],
)
async def test_a_picture_sent_as_a_file_comes_as_a_document(
    simulator: TelegramSimulator, bot: Bot, ada: Person, *, content: bytes, name: str, mime: str, has_thumbnail: bool
) -> None:
    simulator.private(ada).send_document(ada, content, name=name, mime=None if name else mime)
    (message,) = await heard(bot)
    assert message.document
    assert (message.document.file_name, message.document.mime_type) == (name, mime)
    assert bool(message.document.thumbnail) is has_thumbnail
    assert await (await message.document.get_file()).download_as_bytearray() == content


@pytest.mark.parametrize(
    ("suffix", "is_animated", "is_video"), [(".webp", False, False), (".tgs", True, False), (".webm", False, True)]
)
async def test_a_sticker_says_whether_it_moves(
    simulator: TelegramSimulator, bot: Bot, ada: Person, *, suffix: str, is_animated: bool, is_video: bool
) -> None:
    simulator.private(ada).send_sticker(ada, drawn(kind="WEBP"), suffix=suffix)
    (message,) = await heard(bot)
    assert message.sticker
    assert (message.sticker.is_animated, message.sticker.is_video) == (is_animated, is_video)


async def test_an_album_comes_as_separate_messages_of_which_some_are_late(
    simulator: TelegramSimulator, bot: Bot, ada: Person
) -> None:
    album = simulator.private(ada).send_album(ada, [drawn(), drawn(), drawn()], COMMAND, caption_at=1, late=1)
    early = await heard(bot)
    assert [message.caption for message in early] == [None, COMMAND]
    album.bring()
    (late,) = await heard(bot)
    assert {message.media_group_id for message in early} == {late.media_group_id}
    assert [message.id for message in album.messages] == sorted(message.message_id for message in [*early, late])


async def test_an_album_of_files_is_documents(simulator: TelegramSimulator, bot: Bot, ada: Person) -> None:
    simulator.private(ada).send_album(ada, [drawn(), drawn()], names=["one.png", "two.png"])
    messages = await heard(bot)
    assert [message.document and message.document.file_name for message in messages] == ["one.png", "two.png"]
    assert messages[0].media_group_id == messages[1].media_group_id


# Replies


async def test_a_reply_carries_the_picture_it_answers(simulator: TelegramSimulator, bot: Bot, ada: Person) -> None:
    room = simulator.private(ada)
    photo = room.send_photo(ada, drawn(), "a fox", reply_to=room.say(ada, "look"))
    room.say(ada, "/edit at night", reply_to=photo, quote="fox")
    message = (await heard(bot))[-1]
    answered = message.reply_to_message
    assert answered
    assert (len(answered.photo), answered.caption, answered.reply_to_message) == (3, "a fox", None)
    assert message.quote
    assert (message.quote.text, message.quote.position) == ("fox", 2)


async def test_a_reply_from_another_chat_shows_the_picture_only(
    simulator: TelegramSimulator, bot: Bot, ada: Person, group: Room
) -> None:
    photo = group.send_photo(ada, drawn(), "a fox")
    simulator.private(ada).say(ada, "/edit at night", reply_to=photo)
    message = (await heard(bot))[-1]
    assert message.reply_to_message is None
    assert message.external_reply
    assert isinstance(message.external_reply.origin, MessageOriginUser)
    assert len(message.external_reply.photo or ()) == 3
    assert message.external_reply.message_id == photo.id


async def test_what_answers_nothing_in_a_topic_answers_its_first_message(bot: Bot, ada: Person, forum: Room) -> None:
    topic = forum.open_topic("Foxes", by=ada)
    forum.say(ada, COMMAND, topic=topic)
    message = (await heard(bot))[-1]
    assert (message.message_thread_id, message.is_topic_message) == (topic.id, True)
    assert message.reply_to_message
    assert message.reply_to_message.forum_topic_created
    assert message.reply_to_message.message_id == topic.id


async def test_a_reply_to_another_topic_is_an_external_one(bot: Bot, ada: Person, forum: Room) -> None:
    photo = forum.send_photo(ada, drawn(), topic=forum.open_topic("Foxes", by=ada))
    owls = forum.open_topic("Owls", by=ada)
    forum.say(ada, COMMAND, topic=owls, reply_to=photo)
    message = (await heard(bot))[-1]
    assert message.external_reply
    assert message.reply_to_message
    assert (message.external_reply.message_id, message.reply_to_message.message_id) == (photo.id, owls.id)


async def test_general_is_no_topic_in_a_message(bot: Bot, ada: Person, forum: Room) -> None:
    forum.say(ada, COMMAND)
    (message,) = await heard(bot)
    assert (message.message_thread_id, message.is_topic_message, message.reply_to_message) == (None, None, None)


async def test_where_there_are_no_topics_a_reply_has_the_number_of_its_thread(
    bot: Bot, ada: Person, group: Room
) -> None:
    first = group.say(ada, "a fox")
    second = group.say(ada, "where", reply_to=first)
    group.say(ada, COMMAND, reply_to=second)
    (message,) = await heard(bot)
    assert (message.message_thread_id, message.is_topic_message) == (first.id, None)
