"""What people press, and the words that buttons ask for, as the core hears of it from a running platform."""

import pytest

from bot.domain.events import ButtonPress, FormSubmit
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.tokens import AN_ID
from tests.unit.telegram.platforms import Core, only


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


async def _with_button(simulator: TelegramSimulator, room: Room, text: str, data: str) -> Message:
    keyboard = {"inline_keyboard": [[{"text": text, "callback_data": data}]]}
    return room.put({"from": simulator.bot.as_user(), "text": "here it is", "reply_markup": keyboard})
