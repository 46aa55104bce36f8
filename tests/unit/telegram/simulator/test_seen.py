"""What people see of a bot in the simulated Telegram, and whom its messages tell."""

import time

import pytest
from telegram import Bot, InputMediaPhoto, MessageEntity, ReactionTypeEmoji, ReplyParameters, User

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.faults import CUT_AFTER
from tests.simulators.telegram.seen import seen
from tests.unit.telegram.drawn import drawn


async def test_in_a_private_chat_a_new_message_tells_its_person_and_an_edit_nobody(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    ada = simulator.person("Ada")
    room = simulator.private(ada)
    asked_at = time.monotonic()
    sent = await bot.send_message(room.id, "Painting")
    await bot.edit_message_text("Ready", room.id, sent.message_id)
    await bot.send_message(room.id, "x", disable_notification=True)
    first, silent = seen(simulator).messages
    assert first.notified == {ada.id}
    assert not silent.notified
    assert [state.text for state in first.states] == ["Painting", "Ready"]
    assert not first.is_public
    sign = seen(simulator).first_sign(room.id)
    assert sign is not None
    assert asked_at < sign <= first.states[1].at


async def test_in_a_group_a_reply_and_a_mention_tell_whom_they_mean_and_nobody_else(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    ada, bob = simulator.person("Ada"), simulator.person("Bob", username="bob_paints")
    group = simulator.supergroup("Painters", ada, bob)
    asked = group.say(ada, "/imagine a red fox")
    await bot.send_message(group.id, "x", reply_parameters=ReplyParameters(asked.id))
    user = User(bob.id, "Bob", is_bot=False)
    await bot.send_message(group.id, "😀 Bob", entities=[MessageEntity("text_mention", 3, 3, user=user)])
    await bot.send_message(group.id, "😀 @bob_paints")
    await bot.send_message(group.id, "x")
    reply, mention, name, plain = seen(simulator).messages
    assert [reply.notified, mention.notified, name.notified] == [{ada.id}, {bob.id}, {bob.id}]
    assert not plain.notified
    assert (reply.answers, reply.is_public) == (asked.id, True)


async def test_pictures_albums_reactions_and_deletions_are_told_of(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    room = simulator.private(ada)
    asked = room.say(ada, "a red fox")
    await bot.set_message_reaction(room.id, asked.id, [ReactionTypeEmoji("👀")])
    status = await bot.send_message(room.id, "Painting")
    await bot.send_photo(room.id, drawn(), filename="a.png")
    await bot.send_media_group(room.id, [InputMediaPhoto(drawn(), filename="a.png") for _ in range(2)])
    await bot.delete_message(room.id, status.message_id)
    told = seen(simulator)
    gone, photo, *album = told.messages
    assert told.reactions == [(room.id, asked.id, "👀")]
    assert gone.has_gone
    assert gone not in told.standing
    assert photo.pictures == album[0].pictures == album[1].pictures  # the same bytes, though sent three times
    assert album[0].album == album[1].album is not None
    await bot.set_message_reaction(room.id, asked.id, [])
    assert not seen(simulator).reactions


async def test_what_was_sent_is_seen_even_where_its_answer_was_lost(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    simulator.fail("sendMessage", CUT_AFTER)
    with pytest.raises(Exception, match=r"disconnected|Error"):
        await bot.send_message(room.id, "x")
    assert [message.text for message in seen(simulator).messages] == ["x"]
