"""What a bot may change in the simulated Telegram, and how pressed buttons are answered."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto, Message

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn, size_of
from tests.unit.telegram.refusing import refused

CANCEL = InlineKeyboardMarkup([[InlineKeyboardButton("Cancel", callback_data="cancel:1")]])
HOURS = 3600


@pytest.fixture
def room(simulator: TelegramSimulator) -> Room:
    return simulator.private(simulator.person("Ada"))


async def test_a_text_becomes_a_photo_in_the_same_message(bot: Bot, room: Room) -> None:
    status = await bot.send_message(room.id, "Painting …", reply_markup=CANCEL)
    media = InputMediaPhoto(drawn(300, 200), filename="fox.png", caption="a fox")
    edited = await bot.edit_message_media(media, room.id, status.message_id)
    assert isinstance(edited, Message)
    assert edited.edit_date is not None
    (message,) = room.standing
    assert (message.id, message.text, message.buttons) == (status.message_id, "a fox", [])
    assert size_of(message.photo) == ("JPEG", 300, 200)
    assert [body["text"] for body in message.earlier] == ["Painting …"]


async def test_a_photo_becomes_a_document(bot: Bot, room: Room) -> None:
    picture = drawn()
    sent = await bot.send_photo(room.id, picture, filename="fox.png")
    await bot.edit_message_media(InputMediaDocument(picture, filename="fox.png"), room.id, sent.message_id)
    assert (room.last.photo, room.last.document) == (None, picture)


async def test_an_edit_without_a_keyboard_takes_it_away(bot: Bot, room: Room) -> None:
    sent = await bot.send_message(room.id, "x", reply_markup=CANCEL)
    await bot.edit_message_text("y", room.id, sent.message_id)
    assert (room.last.text, room.last.buttons) == ("y", [])


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, room: Room) -> None:
    sent = await bot.send_message(room.id, "x", reply_markup=CANCEL)
    same = bot.edit_message_text("x", room.id, sent.message_id, reply_markup=CANCEL)
    await refused(same, "message is not modified: specified new message content and reply markup are exactly the same")
    await bot.edit_message_text("x", room.id, sent.message_id)
    await refused(bot.edit_message_reply_markup(room.id, sent.message_id), "message is not modified")


async def test_a_photo_has_no_text_to_edit_and_a_text_no_caption(bot: Bot, room: Room) -> None:
    text = await bot.send_message(room.id, "x")
    photo = await bot.send_photo(room.id, drawn(), filename="fox.png")
    await refused(bot.edit_message_text("y", room.id, photo.message_id), "no text in the message to edit")
    await refused(bot.edit_message_caption(room.id, text.message_id, caption="y"), "no caption in the message to edit")


async def test_a_caption_is_edited_and_the_photo_stays(bot: Bot, room: Room) -> None:
    sent = await bot.send_photo(room.id, drawn(), filename="fox.png")
    await bot.edit_message_caption(room.id, sent.message_id, caption="a fox", reply_markup=CANCEL)
    assert (room.last.text, room.last.buttons, room.last.body["photo"][-1]["width"]) == ("a fox", ["Cancel"], 640)


async def test_what_is_gone_and_what_others_wrote_is_not_edited(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    ada = simulator.person("Ada")
    await refused(bot.edit_message_text("y", room.id, 5), "message to edit not found")
    await refused(bot.edit_message_text("y", room.id, room.say(ada, "x").id), "message can't be edited")


async def test_a_deleted_message_is_gone(bot: Bot, room: Room) -> None:
    sent = await bot.send_message(room.id, "x")
    assert await bot.delete_message(room.id, sent.message_id)
    assert room.standing == []
    await refused(bot.delete_message(room.id, sent.message_id), "message to delete not found")


async def test_in_a_group_only_administrators_delete_what_others_wrote(simulator: TelegramSimulator, bot: Bot) -> None:
    ada = simulator.person("Ada")
    group = simulator.supergroup("Painters", ada)
    message = group.say(ada, "x")
    await refused(bot.delete_message(group.id, message.id), "message can't be deleted")
    group.set_bot_status("administrator", by=ada)
    assert await bot.delete_message(group.id, message.id)


@pytest.mark.parametrize(("hours", "is_gone"), [(47, True), (48, False)])
async def test_a_message_is_deleted_within_two_days(*, hours: int, is_gone: bool) -> None:
    now = [1_795_000_000.0]
    async with (
        TelegramSimulator(clock=lambda: now[0]) as simulator,
        Bot(simulator.token, base_url=simulator.base_url) as bot,
    ):
        room = simulator.private(simulator.person("Ada"))
        sent = await bot.send_message(room.id, "x")
        now[0] += hours * HOURS
        await bot.delete_messages(room.id, [sent.message_id, 999])
        assert (room.standing == []) is is_gone


async def test_a_bot_reacts_with_one_emoji_of_the_list(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    message = room.say(simulator.person("Ada"), "x")
    await bot.set_message_reaction(room.id, message.id, "👀")
    assert message.reactions == ["👀"]
    await refused(bot.set_message_reaction(room.id, message.id, "🦊"), "reaction_invalid")
    await refused(bot.set_message_reaction(room.id, message.id, ["👀", "👍"]), "reactions_too_many")


# Buttons


async def test_a_press_comes_with_the_message_and_waits_for_an_answer(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    ada = simulator.person("Ada")
    await bot.send_message(room.id, "x", reply_markup=CANCEL)
    press = room.press(ada, room.last, "Cancel")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert (query.data, query.from_user.id, query.message and query.message.message_id) == (
        "cancel:1",
        ada.id,
        room.last.id,
    )
    assert press.answer is None
    await query.answer("cancelled", show_alert=True)
    assert press.answer == {"callback_query_id": press.id, "text": "cancelled", "show_alert": True}


async def test_a_press_is_answered_once_and_in_time(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    await bot.send_message(room.id, "x", reply_markup=CANCEL)
    first, second = [room.press(simulator.person("Ada"), room.last, "cancel:1") for _ in range(2)]
    await bot.answer_callback_query(first.id)
    await refused(bot.answer_callback_query(first.id), "query is too old and response timeout expired")
    simulator.expire_presses()
    await refused(bot.answer_callback_query(second.id), "query ID is invalid")


async def test_a_press_may_come_without_its_message(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    await bot.send_message(room.id, "x", reply_markup=CANCEL)
    room.press(simulator.person("Ada"), room.last, "Cancel", is_inaccessible=True)
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    shown = update.callback_query.message
    assert shown is not None
    assert (shown.message_id, shown.is_accessible) == (room.last.id, False)


async def test_only_a_button_that_is_there_can_be_pressed(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    await bot.send_message(room.id, "x", reply_markup=CANCEL)
    with pytest.raises(ValueError, match="not enough values"):
        room.press(simulator.person("Ada"), room.last, "Again")
