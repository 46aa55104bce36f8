"""What people do in Telegram, as the core hears of it from a running platform."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram import User

from adapters.telegram.chat_ref import ChatRef, to_place
from adapters.telegram.translate import to_member
from bot.domain.events import ButtonPress, Event, FormSubmit, IncomingMessage, Opened, PictureSeen
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.tokens import AN_ID
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import Core, running

HEIC = b"\0\0\0\x18ftypheic" + bytes(64)


@pytest.fixture
async def core(simulator: TelegramSimulator) -> AsyncIterator[Core]:
    async with running(simulator) as core:
        yield core


@pytest.fixture
def group(simulator: TelegramSimulator, ada: Person) -> Room:
    """Make a group that the bot hears everything of."""
    group = simulator.supergroup("Painters", ada)
    group.bot_status = "administrator"
    return group


def only(events: list[Event]) -> IncomingMessage:
    (event,) = events
    assert isinstance(event, IncomingMessage)
    return event


async def test_words_in_private_come_with_their_author(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    said = room.say(ada, "a red fox")
    message = only(await core.until_heard())
    assert (message.text, message.is_private, message.is_addressed, message.community) == (
        "a red fox",
        True,
        True,
        None,
    )
    assert (message.author.platform, message.author.id, message.author.name) == ("telegram", str(ada.id), "Ada")
    assert message.author.language == "de"
    assert message.key == message.ref == f"{simulator.bot.id}:{room.id}:{said.id}"
    assert to_place(core.conversations[0].address) == ChatRef(bot_id=simulator.bot.id, chat_id=room.id)


async def test_a_command_with_our_name_is_addressed_to_us_whatever_its_capitals(
    core: Core, group: Room, ada: Person
) -> None:
    group.say(ada, "/imagine@Plantain_BOT a fox")
    message = only(await core.until_heard())
    assert (message.text, message.is_addressed) == ("/imagine@Plantain_BOT a fox", True)
    assert message.community == str(group.id)


async def test_a_command_without_a_name_may_be_for_others(core: Core, group: Room, ada: Person) -> None:
    group.say(ada, "/imagine a fox")
    assert not only(await core.until_heard()).is_addressed


async def test_a_command_for_another_bot_is_not_heard(core: Core, group: Room, ada: Person) -> None:
    group.say(ada, "/imagine@other_bot a fox")
    group.say(ada, "/imagine@plantain_bot an owl")
    assert only(await core.until_heard()).text.endswith("an owl")


async def test_a_command_in_a_caption_comes_with_the_photo(core: Core, group: Room, ada: Person) -> None:
    photo = group.send_photo(ada, drawn(1000, 500), "/edit@plantain_bot at night")
    message = only(await core.until_heard())
    assert message.text == "/edit@plantain_bot at night"
    assert message.pictures == (photo.body["photo"][-1]["file_id"],)


async def test_an_edited_command_is_not_heard(core: Core, room: Room, ada: Person) -> None:
    room.edit(room.say(ada, "/imagine a fix"), "/imagine a fox")
    room.say(ada, "over")
    texts = [event.text for event in await core.until_heard(2) if isinstance(event, IncomingMessage)]
    assert texts == ["/imagine a fix", "over"]


@pytest.mark.parametrize("payload", ["", "result-7", "edit-7-x", "edit"])
async def test_starting_the_bot_opens_the_conversation(core: Core, room: Room, payload: str) -> None:
    room.start(payload)
    (event,) = await core.until_heard()
    assert isinstance(event, Opened)


@pytest.mark.parametrize(
    ("content", "name", "is_picture"),
    [(drawn(), "fox.png", True), (HEIC, "IMG_0001.HEIC", True), (b"%PDF-1.7", "fox.pdf", False), (b"x", "fox", False)],
)
async def test_a_file_counts_as_a_picture_if_it_is_meant_as_one(
    core: Core, room: Room, ada: Person, *, content: bytes, name: str, is_picture: bool
) -> None:
    room.send_document(ada, content, name=name, caption="/edit at night")
    assert bool(only(await core.until_heard()).pictures) is is_picture


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
    assert to_place(core.conversations[0].address) == ChatRef(
        bot_id=simulator.bot.id, chat_id=forum.id, thread_id=topic.id
    )


async def test_general_is_where_no_topic_is_named(simulator: TelegramSimulator, core: Core, ada: Person) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    forum.say(ada, "/imagine@plantain_bot a fox")
    await core.until_heard()
    assert to_place(core.conversations[0].address) == ChatRef(bot_id=simulator.bot.id, chat_id=forum.id)


async def test_the_number_of_a_chain_of_replies_is_no_topic(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person
) -> None:
    group.say(ada, "/imagine@plantain_bot a fox", reply_to=group.say(ada, "look"))
    await core.until_heard(2)
    assert to_place(core.conversations[-1].address) == ChatRef(bot_id=simulator.bot.id, chat_id=group.id)


async def test_what_answers_us_is_addressed_to_us(simulator: TelegramSimulator, core: Core, ada: Person) -> None:
    group = simulator.supergroup("Painters", ada)
    ours = group.say(simulator.bot, "here it is")
    group.say(ada, "make it night", reply_to=ours)
    assert only(await core.until_heard()).is_addressed


async def test_our_name_before_the_words_is_no_part_of_them(core: Core, group: Room, ada: Person) -> None:
    group.say(ada, "@plantain_bot make it night")
    message = only(await core.until_heard())
    assert (message.text, message.is_addressed) == ("make it night", True)


async def test_an_anonymous_administrator_is_told_to_write_as_a_person(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person
) -> None:
    asked = group.say(group, "/imagine@plantain_bot a fox")
    await simulator.until(lambda: group.last.author_id == simulator.bot.id)
    assert "write as yourself" in group.last.text
    assert group.last.reply_to == asked.id
    assert core.events == []


async def test_a_channel_is_told_to_write_as_a_person(simulator: TelegramSimulator, core: Core, ada: Person) -> None:
    channel = simulator.channel("Foxes")
    channel.say(ada, "a fox")
    channel.say(ada, "/imagine a fox")
    await simulator.until(lambda: len(channel.standing) == 3)
    assert "write as yourself" in channel.last.text
    assert core.events == []


async def test_a_post_that_telegram_puts_into_a_group_is_not_answered(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person
) -> None:
    group.forward_from_channel(simulator.channel("Foxes").send_photo(ada, drawn(), "/imagine@plantain_bot a fox"))
    group.say(ada, "over")
    assert only(await core.until_heard()).text == "over"


async def test_a_press_is_answered_and_heard(simulator: TelegramSimulator, core: Core, room: Room, ada: Person) -> None:
    ours = await _with_button(simulator, room, "Again", "again:7")
    press = room.press(ada, ours, "Again")
    (event,) = await core.until_heard()
    assert isinstance(event, ButtonPress)
    assert (event.token, event.message) == ("again:7", f"{simulator.bot.id}:{room.id}:{ours.id}")
    assert event.key == f"{simulator.bot.id}:press:{press.id}"
    await simulator.until(lambda: press.answer is not None)


async def test_a_press_that_can_no_longer_be_answered_counts_all_the_same(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    ours = await _with_button(simulator, room, "Again", "again:7")
    press = room.press(ada, ours, "Again", is_inaccessible=True)
    press.is_expired = True
    assert isinstance((await core.until_heard())[0], ButtonPress)


async def test_a_button_that_needs_words_asks_for_them_and_the_answer_names_the_picture(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    ours = await _with_button(simulator, room, "Edit", "edit:7")
    room.press(ada, ours, "Edit")
    await simulator.until(lambda: room.last.id != ours.id)
    question = room.last
    assert question.reply_to == ours.id
    (call,) = simulator.calls_of("sendMessage")
    assert call.parameters["reply_markup"]["force_reply"]
    answer = room.say(ada, "make it night", reply_to=question)
    (event,) = await core.until_heard()
    assert isinstance(event, FormSubmit)
    assert (event.token, event.words) == ("edit:7", "make it night")
    assert event.message == f"{simulator.bot.id}:{room.id}:{ours.id}"
    assert event.ref == f"{simulator.bot.id}:{room.id}:{answer.id}"


@pytest.mark.parametrize(
    ("payload", "token", "message"),
    [("edit-7-12", "edit:7", 12), (f"edit-{AN_ID}", f"edit:{AN_ID}", 0), ("again-7", "again:7", 0)],
)
async def test_who_follows_the_link_of_a_question_hands_in_no_words(
    simulator: TelegramSimulator, core: Core, room: Room, payload: str, token: str, message: int
) -> None:
    room.start(payload)
    (event,) = await core.until_heard()
    assert isinstance(event, FormSubmit)
    assert (event.token, event.words) == (token, "")
    assert event.message == f"{simulator.bot.id}:{room.id}:{message}"


async def test_a_question_that_somebody_else_has_written_asks_for_nothing(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    where = "answer here"
    link = {"type": "text_link", "offset": 0, "length": len(where), "url": "https://t.me/plantain_bot?start=edit-7-12"}
    forged = room.put({"from": ada.as_user(), "text": where, "entities": [link]})
    room.say(ada, "make it night", reply_to=forged)
    assert only(await core.until_heard()).text == "make it night"


async def test_in_a_group_only_whoever_pressed_has_the_answer_field_opened(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person
) -> None:
    ours = await _with_button(simulator, group, "Edit", "edit:7")
    group.press(ada, ours, "Edit")
    await simulator.until(lambda: group.last.id != ours.id)
    (call,) = simulator.calls_of("sendMessage")
    assert call.parameters["reply_markup"]["selective"]
    mention = call.parameters["entities"][0]
    assert (mention["type"], mention["user"]["id"]) == ("text_mention", ada.id)
    assert "Ada" not in call.parameters["text"]


async def test_a_message_that_is_too_old_is_left_alone(
    core: Core, simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    old = room.put({"from": ada.as_user(), "text": "a fox"})
    old.body["date"] -= timedelta(minutes=61).seconds
    room.tell(old)
    room.say(ada, "an owl")
    assert only(await core.until_heard()).text == "an owl"


async def _with_button(simulator: TelegramSimulator, room: Room, text: str, data: str) -> Message:
    keyboard = {"inline_keyboard": [[{"text": text, "callback_data": data}]]}
    return room.put({"from": simulator.bot.as_user(), "text": "here it is", "reply_markup": keyboard})


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ({"first_name": None}, "7"),
        ({"first_name": ""}, "7"),
        ({"first_name": "", "username": "ada"}, "ada"),
        ({"first_name": None, "last_name": "Lovelace"}, "Lovelace"),
        ({"first_name": "Ada", "last_name": "\ud83d\ude00"}, "Ada 😀"),
    ],
)
@pytest.mark.parametrize("language", [None, "", "zh-hans", "\ud83d", "x" * 9_000])
def test_a_member_without_a_name_or_language_has_one_all_the_same(
    names: dict[str, Any], name: str, language: str | None
) -> None:
    user = User.de_json({"id": 7, "is_bot": False, "language_code": language, **names}, None)
    assert user is not None
    member = to_member(user, "en")
    assert member.name == name
    assert member.language
    member.language.encode()
