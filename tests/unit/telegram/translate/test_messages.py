"""What people write in Telegram, as the core hears of it from a running platform."""

from datetime import timedelta
from typing import Any

import pytest
from telegram import User

from adapters.telegram.chat_ref import ChatRef, to_chat_ref
from adapters.telegram.translate import to_member
from bot.domain.events import IncomingMessage, Opened
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import Core, only

HEIC = b"\0\0\0\x18ftypheic" + bytes(64)


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
    assert to_chat_ref(core.conversations[0].address) == ChatRef(bot_id=simulator.bot.id, chat_id=room.id)


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


async def test_a_message_that_is_too_old_is_left_alone(
    core: Core, simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    old = room.put({"from": ada.as_user(), "text": "a fox"})
    old.body["date"] -= timedelta(minutes=61).seconds
    room.tell(old)
    room.say(ada, "an owl")
    assert only(await core.until_heard()).text == "an owl"


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
