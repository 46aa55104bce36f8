"""The judge of the simulated Telegram: what the Bot API does not know makes a test fail, and says what it was."""

from typing import Any

import httpx
import pytest
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.judge import violations_of_answer, violations_of_request, violations_of_update

BUTTON = {"text": "Again", "callback_data": "again:1"}


def keyboard(button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


@pytest.mark.parametrize(
    ("method", "parameters", "verdict"),
    [
        ("sendMessages", {}, "sendMessages: no such method"),
        ("sendMessage", {"chat_id": 1}, "sendMessage: no text"),
        ("sendMessage", {"chat_id": 1, "text": "x", "words": "y"}, "sendMessage: unknown words"),
        ("sendMessage", {"chat_id": 1, "text": 7}, "sendMessage.text: no String: 7"),
        ("sendMessage", {"chat_id": 1.5, "text": "x"}, "sendMessage.chat_id: no Integer: 1.5"),
        ("sendMessage", {"chat_id": True, "text": "x"}, "sendMessage.chat_id: no Integer: True"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_parameters": {"message": 5}},
            "sendMessage.reply_parameters: unknown message",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "entities": [{"type": "bold", "offset": "0", "length": 1}]},
            "sendMessage.entities[0].offset: no Integer: '0'",
        ),
        (
            "editMessageText",
            {"text": "x", "reply_markup": keyboard({**BUTTON, "colour": "red"})},
            "editMessageText.reply_markup.inline_keyboard[0][0]: unknown colour",
        ),
        (
            "editMessageMedia",
            {"media": {"type": "picture", "media": "attach://fox"}},
            "editMessageMedia.media: no InputMedia",
        ),
        (
            "editMessageMedia",
            {"media": {"type": "photo", "media": "attach://fox", "disable_content_type_detection": True}},
            "editMessageMedia.media: unknown disable_content_type_detection",
        ),
        ("sendPhoto", {"chat_id": 1}, "sendPhoto: no photo"),
    ],
)
def test_what_telegram_does_not_know_is_a_violation(method: str, parameters: dict[str, Any], verdict: str) -> None:
    found = violations_of_request(method, parameters)
    assert any(violation.startswith(verdict) for violation in found), found


@pytest.mark.parametrize(
    ("method", "parameters", "uploads"),
    [
        ("sendMessage", {"chat_id": "@painters", "text": "x", "reply_markup": keyboard(BUTTON)}, []),
        ("sendPhoto", {"chat_id": 1}, ["photo"]),
        ("sendPhoto", {"chat_id": 1, "photo": "AgACAgI"}, []),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo", "media": "attach://fox"}]}, ["fox"]),
        ("getUpdates", {}, []),
    ],
)
def test_what_telegram_knows_is_none(method: str, parameters: dict[str, Any], uploads: list[str]) -> None:
    assert violations_of_request(method, parameters, uploads) == []


def test_a_file_that_nothing_names_is_a_violation() -> None:
    found = violations_of_request("sendPhoto", {"chat_id": 1, "photo": "AgACAgI"}, ["fox"])
    assert found == ["sendPhoto: a file that nothing names: fox"]


def test_our_own_answers_and_updates_are_judged_as_well() -> None:
    assert violations_of_answer("sendChatAction", "yes") == ["our own answer: sendChatAction: no Boolean: 'yes'"]
    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}
    assert violations_of_update({"update_id": 1, "message": message}) == []
    assert violations_of_update({"update_id": 1, "message": message | {"words": "x"}}) == [
        "our own update: update.message: unknown words"
    ]


async def test_a_violation_fails_the_test_at_the_end() -> None:
    async def say_too_much() -> None:
        async with TelegramSimulator() as simulator, Bot(simulator.token, base_url=simulator.base_url) as bot:
            room = simulator.private(simulator.person("Ada"))
            await bot.send_message(room.id, "x", api_kwargs={"words": "y"})

    with pytest.raises(AssertionError, match="sendMessage: unknown words"):
        await say_too_much()


async def test_a_method_that_is_not_there_fails_the_test_at_the_end() -> None:
    async with TelegramSimulator() as simulator, httpx.AsyncClient() as client:
        answer = await client.get(f"{simulator.base_url}{simulator.token}/sendTelepathy")
        assert (answer.status_code, answer.json()["description"]) == (404, "Not Found: method not found")
        assert any("sendTelepathy" in violation for violation in simulator.violations)
        simulator.violations.clear()


async def test_what_is_not_simulated_fails_the_test_at_the_end() -> None:
    async with TelegramSimulator() as simulator, httpx.AsyncClient() as client:
        room = simulator.private(simulator.person("Ada"))
        asked = {"chat_id": room.id, "text": "*x*", "parse_mode": "MarkdownV2"}
        await client.post(f"{simulator.base_url}{simulator.token}/sendMessage", json=asked)
        assert simulator.violations == ["sendMessage: not simulated: parse_mode MarkdownV2"]
        simulator.violations.clear()


@pytest.mark.parametrize("writes", ["address", "form", "json", "parts"])
async def test_a_request_may_be_written_in_every_way_that_telegram_reads(
    simulator: TelegramSimulator, writes: str
) -> None:
    room = simulator.private(simulator.person("Ada"))
    url = f"{simulator.base_url}{simulator.token}/SENDMESSAGE"
    asked = {"chat_id": str(room.id), "text": "12", "disable_notification": "true"}
    async with httpx.AsyncClient() as client:
        if writes == "address":
            answer = await client.get(url, params=asked)
        elif writes == "form":
            answer = await client.post(url, data=asked)
        elif writes == "json":
            answer = await client.post(url, json={"chat_id": room.id, "text": "12", "disable_notification": True})
        else:
            answer = await client.post(url, files={name: (None, value) for name, value in asked.items()})
    assert answer.json()["ok"], answer.text
    assert simulator.calls[-1].method == "sendMessage"
    assert simulator.calls[-1].parameters == {"chat_id": room.id, "text": "12", "disable_notification": True}


# What a bot says of itself


async def test_commands_are_kept_by_scope_and_language(simulator: TelegramSimulator, bot: Bot) -> None:
    room = simulator.supergroup("Painters")
    here = BotCommandScopeChat(room.id)
    await bot.set_my_commands([BotCommand("imagine", "Make a picture")])
    await bot.set_my_commands([BotCommand("imagine", "Bild malen")], scope=here, language_code="de")
    assert await bot.get_my_commands() == (BotCommand("imagine", "Make a picture"),)
    assert await bot.get_my_commands(scope=here) == ()
    assert simulator.profile.commands(scope=here.to_dict(), language="de")[0]["description"] == "Bild malen"
    await bot.delete_my_commands()
    assert simulator.profile.commands() == []


@pytest.mark.parametrize(
    "command",
    [
        BotCommand("Imagine", "x"),
        BotCommand("x" * 33, "x"),
        BotCommand("imagine", ""),
        BotCommand("imagine", "x" * 257),
    ],
    ids=["capital", "long", "not described", "described at length"],
)
async def test_a_command_that_cannot_be_is_refused(bot: Bot, command: BotCommand) -> None:
    with pytest.raises(BadRequest, match="Bot_command"):
        await bot.set_my_commands([command])


async def test_descriptions_are_kept_by_language(simulator: TelegramSimulator, bot: Bot) -> None:
    await bot.set_my_description("Paints")
    await bot.set_my_description("Malt", language_code="de")
    assert (await bot.get_my_description("de")).description == "Malt"
    assert (await bot.get_my_description("fr")).description == "Paints"
    assert simulator.profile.words("description") == "Paints"
