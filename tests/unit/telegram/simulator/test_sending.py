"""What the simulated Telegram takes from a bot, and what it refuses in Telegram's own words."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from tests.simulators.telegram.api import TelegramSimulator
from tests.unit.telegram.refusing import refused


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data=one)] for one in data])


async def test_a_sent_text_stands_in_the_chat_as_it_was_sent(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    sent = await bot.send_message(room.id, "a fox", reply_markup=keyboard("again:1"))
    assert (room.last.id, room.last.text, room.last.buttons) == (sent.message_id, "a fox", ["Again"])
    assert room.last.author_id == simulator.bot.id


@pytest.mark.parametrize(("length", "is_taken"), [(4096, True), (4097, False)])
async def test_a_text_has_at_most_4096_units(
    simulator: TelegramSimulator, bot: Bot, *, length: int, is_taken: bool
) -> None:
    room = simulator.private(simulator.person("Ada"))
    words = "🦊" * (length // 2) + "x" * (length % 2)
    if is_taken:
        assert (await bot.send_message(room.id, words)).text == words
    else:
        await refused(bot.send_message(room.id, words), "message is too long")


async def test_a_text_of_nothing_but_space_is_empty(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    await refused(bot.send_message(room.id, " \n "), "message text is empty")


async def test_entities_are_counted_in_utf16_units(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    sent = await bot.send_message(room.id, "🦊 fox", entities=[MessageEntity("bold", offset=3, length=3)])
    assert sent.parse_entities() == {sent.entities[0]: "fox"}


@pytest.mark.parametrize(
    ("offset", "length", "words"),
    [
        (3, 4, "ends after the end of the text at UTF-16 offset 6"),
        (1, 2, "in a middle of a UTF-16 symbol"),
        (0, 1, "in a middle of a UTF-16 symbol"),
        (-1, 2, "incorrect offset"),
        (0, 0, "incorrect offset"),
    ],
)
async def test_entities_that_do_not_fit_the_text_are_refused(
    simulator: TelegramSimulator, bot: Bot, offset: int, length: int, words: str
) -> None:
    room = simulator.private(simulator.person("Ada"))
    entities = [MessageEntity("bold", offset=offset, length=length)]
    await refused(bot.send_message(room.id, "🦊 fox", entities=entities), words)


async def test_html_is_parsed_before_the_text_is_measured(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    sent = await bot.send_message(room.id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    assert [(one.type, one.length) for one in sent.entities] == [("bold", 4096)]


async def test_html_that_is_not_closed_is_refused(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    await refused(bot.send_message(room.id, "<b>x", parse_mode="HTML"), "can't parse entities")


async def test_telegram_finds_commands_and_mentions_in_what_a_bot_says(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    sent = await bot.send_message(room.id, "ask @ada_l for /help")
    assert sorted(sent.parse_entities().values()) == ["/help", "@ada_l"]


@pytest.mark.parametrize(("data", "is_taken"), [("x" * 64, True), ("x" * 65, False), ("é" * 33, False)])
async def test_a_button_holds_at_most_64_bytes(
    simulator: TelegramSimulator, bot: Bot, *, data: str, is_taken: bool
) -> None:
    room = simulator.private(simulator.person("Ada"))
    sending = bot.send_message(room.id, "x", reply_markup=keyboard(data))
    if is_taken:
        assert (await sending).reply_markup == keyboard(data)
    else:
        await refused(sending, "button_data_invalid")


async def test_a_keyboard_has_at_most_100_buttons(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    await bot.send_message(room.id, "x", reply_markup=keyboard(*map(str, range(100))))
    await refused(bot.send_message(room.id, "x", reply_markup=keyboard(*map(str, range(101)))), "too long")


async def test_a_button_that_does_nothing_is_refused(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.private(simulator.person("Ada"))
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Again")]])
    await refused(bot.send_message(room.id, "x", reply_markup=markup), "text buttons are unallowed")
