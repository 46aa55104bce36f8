"""Who may come into the simulated Telegram, and how often."""

import time
from datetime import timedelta

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import (
    InvalidToken,
    RetryAfter,
)

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.faults import FloodControl
from tests.simulators.telegram.refusals import Refused
from tests.simulators.telegram.room import Room
from tests.simulators.waiting import WITHIN_SECONDS


@pytest.mark.parametrize(("token", "words"), [("1:wrong", "Unauthorized"), ("nonsense", "invalid token specified")])
async def test_a_wrong_token_is_unauthorized(simulator: TelegramSimulator, token: str, words: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{simulator.base_url}{token}/getMe")
    assert (answer.status_code, answer.json()["ok"]) == (401, False)
    assert words in answer.json()["description"]


async def test_after_logging_out_nobody_is_known_any_more(bot: Bot) -> None:
    assert await bot.log_out()
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_in_a_group_the_21st_message_of_a_minute_is_too_much(simulator: TelegramSimulator, bot: Bot) -> None:
    now = [0.0]
    simulator.limit_writing(FloodControl(clock=lambda: now[0]))
    group = simulator.supergroup("Painters")
    sent = await bot.send_message(group.id, "0")
    for number in range(1, 20):
        now[0] += 1
        await bot.edit_message_text(str(number), group.id, sent.message_id)
    now[0] += 1
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.retry_after == timedelta(seconds=40)
    await bot.send_chat_action(group.id, "typing")
    now[0] += 40
    await bot.send_message(group.id, "x")


async def test_in_any_chat_three_messages_at_once_are_taken_and_then_one_a_second(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    now = [0.0]
    simulator.limit_writing(flood := FloodControl(clock=lambda: now[0]))
    for _ in range(3):
        await bot.send_message(room.id, "x")
    for _ in range(3):
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(room.id, "x")
        assert caught.value.retry_after == timedelta(seconds=1)
        now[0] += 1
        await bot.send_message(room.id, "x")
    await bot.send_message(simulator.private(simulator.person("Bob")).id, "x")
    now[0] += 60  # no more than a burst is saved up
    for _ in range(3):
        await bot.send_message(room.id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(room.id, "x")
    assert flood.refused == 4


async def test_an_album_is_as_many_messages_as_it_has_pictures() -> None:
    now = [0.0]
    flood = FloodControl(clock=lambda: now[0])
    flood.check(7001, 10)  # more than a burst, and taken as a whole one
    with pytest.raises(Refused):
        flood.check(7001)
    now[0] += 2
    with pytest.raises(Refused):
        flood.check(7001, 10)
    now[0] += 1
    flood.check(7001, 10)
    flood.check(-1, 10)
    now[0] += 10
    flood.check(-1, 10)
    now[0] += 40
    with pytest.raises(Refused) as caught:
        flood.check(-1)
    assert caught.value.parameters == {"retry_after": 10}


async def test_in_all_chats_together_the_31st_message_of_a_second_is_too_much(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    now = [0.0]
    simulator.limit_writing(FloodControl(clock=lambda: now[0]))
    rooms = [simulator.private(simulator.person(f"P{number}")) for number in range(31)]
    for room in rooms[:30]:
        await bot.send_message(room.id, "x")
        now[0] += 0.01
    with pytest.raises(RetryAfter):
        await bot.send_message(rooms[30].id, "x")
    now[0] = 1.0  # only the first is a second old
    await bot.send_message(rooms[30].id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(rooms[29].id, "x")


async def test_reactions_deletions_actions_and_answers_to_presses_cost_nothing(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    simulator.limit_writing(FloodControl(clock=lambda: 0.0))
    assert room.person is not None
    asked = room.say(room.person, "a red fox")
    button = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again")]])
    sent = [await bot.send_message(room.id, "x", reply_markup=button) for _ in range(3)]
    press = room.press(room.person, room.last, "Again")
    for _ in range(4):
        await bot.send_chat_action(room.id, "typing")
        await bot.set_message_reaction(room.id, asked.id, "👀")
    await bot.answer_callback_query(press.id, "Soon")
    for one in sent:
        await bot.delete_message(room.id, one.message_id)
    with pytest.raises(RetryAfter):
        await bot.send_message(room.id, "x")


async def test_what_never_happens_is_not_waited_for_too_long(simulator: TelegramSimulator) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await simulator.until(lambda: simulator.calls, within=0.05)
    assert time.monotonic() - began < WITHIN_SECONDS
