"""The list of commands that Telegram's apps show, by scope and language."""

from collections.abc import Sequence
from functools import partial

from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from adapters.telegram.faults import attempt
from adapters.telegram.rendering import cut, say
from bot.domain.prompt.commands import MenuCommand
from bot.ports import Texts

SCOPES = (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats())
LANGUAGES = {"": None, "en": "en", "zh": "zh-CN"}
"""Telegram's codes, and what we speak there; in general the bot's own language."""

_DESCRIPTION_UNITS = 256


async def register_commands(bot: Bot, menu: Sequence[MenuCommand], texts: Texts, language: str) -> None:
    """Have every list be as the menu is; those that are so already are left alone. A fault is logged, and no harm."""
    for code, spoken in LANGUAGES.items():
        wanted = tuple(
            BotCommand(command.name, cut(say(command.summary, texts, spoken or language), _DESCRIPTION_UNITS))
            for command in menu
        )
        for scope in SCOPES:
            await attempt("register-commands", partial(_register, bot, wanted, scope, code))


async def _register(bot: Bot, wanted: Sequence[BotCommand], scope: BotCommandScope, code: str) -> None:
    if await bot.get_my_commands(scope=scope, language_code=code) != wanted:
        await bot.set_my_commands(wanted, scope=scope, language_code=code)
