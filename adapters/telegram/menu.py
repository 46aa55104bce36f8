"""Registers the command list that Telegram's apps show, for each scope and language."""

from collections.abc import Sequence
from functools import partial

from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from adapters.telegram.faults import attempt
from adapters.telegram.sending.rendering import cut, say
from bot.domain.prompt.commands import MenuCommand
from bot.ports import Texts

SCOPES = (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats())
LANGUAGES = {"": None, "en": "en", "zh": "zh-CN"}
"""Telegram's language codes and the language of our texts. None: the bot's own language, for all other users."""

_DESCRIPTION_UNITS = 256


async def register_commands(bot: Bot, menu: Sequence[MenuCommand], texts: Texts, language: str) -> None:
    """Set each command list to the menu, unless it is the same already. Faults are logged and ignored."""
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
