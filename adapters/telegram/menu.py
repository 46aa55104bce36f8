"""The list of commands that Telegram's apps show, by scope and language."""

from collections.abc import Sequence

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from adapters.telegram.rendering import cut, say
from bot.domain.commands import MenuCommand
from bot.ports import Texts

log = structlog.get_logger()

SCOPES = (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats())
LANGUAGES = {"": None, "en": "en", "zh": "zh-CN"}
"""Telegram's codes, and what we speak there; in general the bot's own language."""

_DESCRIPTION_UNITS = 256


async def register_commands(bot: Bot, menu: Sequence[MenuCommand], texts: Texts, language: str) -> None:
    """Have every list be as the menu is; those that are so already are left alone. A fault is logged, and no harm."""
    try:
        for code, spoken in LANGUAGES.items():
            wanted = tuple(
                BotCommand(command.name, cut(say(command.summary, texts, spoken or language), _DESCRIPTION_UNITS))
                for command in menu
            )
            for scope in SCOPES:
                if await bot.get_my_commands(scope=scope, language_code=code) != wanted:
                    await bot.set_my_commands(wanted, scope=scope, language_code=code)
    except TelegramError as error:
        log.warning("telegram-commands-not-registered", fault=type(error).__name__)
