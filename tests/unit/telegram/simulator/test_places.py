"""Where a bot may write in the simulated Telegram: chats, topics, replies."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import Bot, ReplyParameters
from telegram.error import Forbidden

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.chats import ChatAction
from tests.unit.telegram.refusing import refused


async def test_a_chat_that_is_not_there_is_not_found(simulator: TelegramSimulator, bot: Bot) -> None:
    await refused(bot.send_message(5, "x"), "chat not found")


async def test_nobody_is_written_to_who_has_not_started_the_bot(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(ada.id, "x")


async def test_a_public_chat_is_found_by_its_name(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.supergroup("Painters", username="painters")
    await bot.send_message("@Painters", "x")
    assert room.last.text == "x"


async def test_a_reply_carries_the_message_but_not_what_that_answers(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.private(ada)
    asked = room.say(ada, "and at night", reply_to=room.say(ada, "a fox"))
    assert asked.reply_to is not None
    sent = await bot.send_message(room.id, "so be it", reply_parameters=ReplyParameters(asked.id))
    assert sent.reply_to_message is not None
    assert (sent.reply_to_message.text, sent.reply_to_message.reply_to_message) == ("and at night", None)


async def test_a_reply_to_what_is_gone_is_refused_unless_that_is_allowed(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    room = simulator.private(simulator.person("Ada"))
    await refused(
        bot.send_message(room.id, "x", reply_parameters=ReplyParameters(7)), "message to be replied not found"
    )
    allowed = ReplyParameters(7, allow_sending_without_reply=True)
    assert (await bot.send_message(room.id, "x", reply_parameters=allowed)).reply_to_message is None


async def test_a_reply_in_a_forum_goes_to_the_topic_of_what_it_answers(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.supergroup("Painters", ada, is_forum=True)
    topic = room.open_topic("Foxes", by=ada)
    asked = room.say(ada, "a fox", topic=topic)
    sent = await bot.send_message(room.id, "x", reply_parameters=ReplyParameters(asked.id))
    assert (sent.message_thread_id, sent.is_topic_message) == (topic.id, True)


async def test_a_reply_across_topics_is_an_external_one(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.supergroup("Painters", ada, is_forum=True)
    foxes, owls = room.open_topic("Foxes", by=ada), room.open_topic("Owls", by=ada)
    asked = room.say(ada, "a fox", topic=foxes)
    parameters = ReplyParameters(asked.id)
    sent = await bot.send_message(room.id, "x", message_thread_id=owls.id, reply_parameters=parameters)
    assert sent.external_reply is not None
    assert sent.external_reply.message_id == asked.id
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.message_id == owls.id


@pytest.mark.parametrize("thread_id", [1, 999])
async def test_a_topic_that_is_not_there_and_general_by_its_number_are_not_found(
    simulator: TelegramSimulator, bot: Bot, thread_id: int
) -> None:
    room = simulator.supergroup("Painters", is_forum=True)
    await refused(bot.send_message(room.id, "x", message_thread_id=thread_id), "message thread not found")


async def test_a_deleted_topic_is_not_found(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.supergroup("Painters", ada, is_forum=True)
    topic = room.open_topic("Foxes", by=ada)
    room.delete_topic(topic)
    await refused(bot.send_message(room.id, "x", message_thread_id=topic.id), "message thread not found")


async def test_general_is_where_no_topic_is_named(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.supergroup("Painters", is_forum=True)
    sent = await bot.send_message(room.id, "x")
    assert (sent.message_thread_id, sent.is_topic_message) == (None, None)


async def test_a_closed_topic_takes_messages_of_administrators_only(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.supergroup("Painters", ada, is_forum=True)
    topic = room.open_topic("Foxes", by=ada)
    room.close_topic(topic, by=ada)
    await refused(bot.send_message(room.id, "x", message_thread_id=topic.id), "topic_closed")
    room.set_bot_status("administrator", by=ada)
    assert (await bot.send_message(room.id, "x", message_thread_id=topic.id)).message_thread_id == topic.id


async def test_where_there_are_no_topics_a_thread_is_passed_over(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.supergroup("Painters")
    assert (await bot.send_message(room.id, "x", message_thread_id=9)).message_thread_id is None


@pytest.mark.parametrize(
    ("send", "matter"),
    [
        (lambda bot, room: bot.send_message(room, "x"), "text messages"),
        (lambda bot, room: bot.send_photo(room, b"x", filename="x.png"), "photos"),
        (lambda bot, room: bot.send_document(room, b"x", filename="x.png"), "documents"),
    ],
    ids=["text", "photo", "document"],
)
async def test_what_members_may_not_send_a_bot_may_not_send(
    simulator: TelegramSimulator, bot: Bot, send: Callable[[Bot, int], Awaitable[Any]], matter: Any
) -> None:
    room = simulator.supergroup("Painters")
    room.withheld.add(matter)
    await refused(send(bot, room.id), f"not enough rights to send {matter} to the chat")


async def test_what_the_bot_is_doing_is_seen(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    await bot.send_chat_action(room.id, "upload_photo")
    assert room.actions == [ChatAction(action="upload_photo", thread_id=None)]
    await refused(bot.send_chat_action(room.id, "paint"), "wrong parameter action in request")


async def test_a_channel_speaks_for_itself(simulator: TelegramSimulator, bot: Bot) -> None:
    channel = simulator.channel("Foxes")
    sent = await bot.send_message(channel.id, "x")
    assert (sent.from_user, sent.sender_chat and sent.sender_chat.id) == (None, channel.id)


async def test_only_what_stands_in_a_message_can_be_quoted(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.private(ada)
    asked = room.say(ada, "🦊 a fox")
    sent = await bot.send_message(room.id, "x", reply_parameters=ReplyParameters(asked.id, quote="fox"))
    assert sent.quote
    assert (sent.quote.text, sent.quote.position) == ("fox", 5)
    owl = ReplyParameters(asked.id, quote="owl")
    await refused(bot.send_message(room.id, "x", reply_parameters=owl), "quote_text_invalid")
