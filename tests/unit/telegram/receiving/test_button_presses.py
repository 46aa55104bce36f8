"""Pressed buttons: judged when they arrive, and answered through their query, which takes one answer."""

import asyncio
from functools import partial

import pytest

from adapters.telegram.chat_platform import TelegramPlatform
from bot.domain.chat import Action, Quoted, Sentence, Verb
from bot.domain.events import ButtonPress, TakenBack
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person, Status
from tests.simulators.telegram.room import Room
from tests.tokens import AN_ID
from tests.unit.telegram.platforms import Core, conversation_in, running, said
from tests.unit.telegram.told import AGAIN

EDIT = Action(verb=Verb.EDIT, target=AN_ID, label=Sentence("action-edit"))


@pytest.fixture
async def shown(simulator: TelegramSimulator, platform: TelegramPlatform, group: Room) -> Message:
    await conversation_in(platform, simulator, group).post(said(Quoted("a fox"), actions=[AGAIN, EDIT]), key="k")
    return group.last


@pytest.mark.parametrize(("words", "is_alert"), [("Queued.", False), ("Only Ada may do that. " * 5, True)])
async def test_what_there_is_to_say_is_said_to_the_presser_alone(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message, words: str, *, is_alert: bool
) -> None:
    core.answer = said(Quoted(words))
    press = group.press(ada, shown, "Again")
    await simulator.until(lambda: not simulator.unanswered)
    assert press.answer is not None
    assert press.answer["text"] == words.strip()
    assert bool(press.answer.get("show_alert")) is is_alert
    assert group.last is shown


async def test_with_nothing_to_say_the_clock_stops(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    press = group.press(ada, shown, "Again")
    await simulator.until(lambda: not simulator.unanswered)
    assert press.answer is not None
    assert "text" not in press.answer


async def test_what_is_too_long_for_it_or_has_buttons_is_a_message(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    bob = simulator.person("Bob")
    asked = ((ada, said(Quoted("long " * 50))), (bob, said(Quoted("Pay?"), actions=[AGAIN])))
    for number, (presser, answer) in enumerate(asked, start=2):
        core.answer = answer
        press = group.press(presser, shown, "Again")
        await simulator.until(partial(_has_said, simulator, group, number))
        assert press.answer is not None
        assert "text" not in press.answer


def _has_said(simulator: TelegramSimulator, chat: Room, count: int) -> bool:
    return len(chat.by(simulator.bot)) == count


async def test_who_decides_long_has_the_query_answered_and_says_the_rest_in_a_message(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    core.is_slow_with, core.answer = AGAIN.token, said(Quoted("Queued."))
    press = group.press(ada, shown, "Again")
    await simulator.until(lambda: not simulator.unanswered)
    assert press.answer is not None
    assert "text" not in press.answer
    assert core.events == []
    core.may_finish.set()
    await simulator.until(lambda: group.last.text == "Queued.")
    assert len(simulator.calls_of("answerCallbackQuery")) == 1


async def test_a_press_that_comes_late_is_answered_in_a_message(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person, shown: Message
) -> None:
    async with running(simulator) as core:
        core.answer = said(Quoted("Queued."))
        press = group.press(ada, shown, "Again")
        press.is_expired = True
        await simulator.until(lambda: group.last.text == "Queued.")
    assert press.answer is None
    assert len(core.events) == 1
    assert [message.text for message in group.by(simulator.bot)].count("Queued.") == 1


async def test_what_is_said_in_a_message_is_said_once_to_who_presses_again_and_again(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    core.answer = said(Quoted("long " * 50))
    for _ in range(20):
        group.press(ada, shown, "Again")
    await core.until_heard(20)
    await simulator.until(lambda: not simulator.unanswered)
    await simulator.until(lambda: group.last is not shown)
    assert len(group.by(simulator.bot)) == 2


async def test_presses_are_judged_when_they_arrive_whatever_their_chat_waits_for(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    core.is_slow_with = "/imagine@plantain_bot a fox"
    core.answer = said(Quoted("Once is enough."))
    simulator.fail("sendMessage", faults.HANG_BEFORE, times=None)
    group.say(ada, "/imagine@plantain_bot a fox")
    await core.bell.until(lambda: core.is_held)
    for _ in range(50):
        group.press(ada, shown, "Again")
    await core.until_heard(50)
    await simulator.until(lambda: not simulator.unanswered)
    assert all(isinstance(event, ButtonPress) for event in core.events)
    assert len(group.by(simulator.bot)) == 1


async def test_a_press_that_the_store_could_not_take_comes_again_and_is_answered_once(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    core.unstored, core.answer = 1, said(Quoted("Queued."))
    group.press(ada, shown, "Again")
    await simulator.until(lambda: group.last.text == "Queued.")
    await simulator.until(lambda: not simulator.updates.pending)
    assert len(simulator.calls_of("answerCallbackQuery")) == 1
    assert len(core.events) == 1


# Words that a button asks for


async def test_who_presses_edit_again_and_again_is_asked_once(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, shown: Message
) -> None:
    pressed = [group.press(ada, shown, "Edit") for _ in range(40)]
    await simulator.until(lambda: not simulator.unanswered)
    await simulator.until(lambda: len(group.by(simulator.bot)) == 2)
    assert group.last.text.startswith("What shall I change?")
    told = [press.answer["text"] for press in pressed if press.answer and "text" in press.answer]
    assert told == ["Reply to the picture with what I shall change."] * 39
    await asyncio.sleep(0)
    assert len(group.by(simulator.bot)) == 2


# Being taken back


@pytest.mark.parametrize(
    ("before", "after"), [("kicked", "member"), ("left", "administrator"), ("restricted", "member")]
)
async def test_a_chat_that_takes_us_back_is_heard_of(
    simulator: TelegramSimulator, core: Core, group: Room, ada: Person, before: Status, after: Status
) -> None:
    group.set_bot_status(before, by=ada)
    group.set_bot_status(after, by=ada)
    (event,) = await core.until_heard()
    assert isinstance(event, TakenBack)
    assert event.author.id == str(ada.id)
    assert core.conversations[0].key == f"{simulator.bot.id}:{group.id}"


async def test_a_member_who_takes_us_back_is_heard_of(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    room.block()
    room.unblock()
    (event,) = await core.until_heard()
    assert isinstance(event, TakenBack)


async def test_a_change_that_lets_us_do_no_more_is_nobodys_event(
    simulator: TelegramSimulator, core: Core, group: Room, room: Room, ada: Person
) -> None:
    for status in ("administrator", "member", "restricted", "kicked", "left"):
        group.set_bot_status(status, by=ada)
    room.say(ada, "over")
    (event,) = await core.until_heard()
    assert not isinstance(event, TakenBack)
