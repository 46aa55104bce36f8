"""The options of the command line for the settings of a picture: one for each row of the table."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bot.domain.catalogue.picture_settings import SETTINGS, Setting
from bot.domain.chat import Sentence

Command = TypeVar("Command", bound=Callable[..., Any])


def setting_options(command: Command) -> Command:
    """Add the options. Each passes its value to the command by the name of its flag."""
    for setting in reversed(SETTINGS):
        command = click.option(f"--{setting.flag}", setting.flag, cls=_SettingOption, setting=setting)(command)
    return command


class _SettingOption(click.Option):
    """An option whose help is a sentence of the message catalogue, which is loaded only when help is shown."""

    def __init__(self, *arguments: Any, setting: Setting, **more: Any) -> None:
        super().__init__(*arguments, metavar="VALUE", **more)
        self._summary: Sentence = setting.summary

    def get_help_record(self, context: click.Context) -> tuple[str, str] | None:
        """Return the option and its help, for `--help`."""
        from bot.application.texts import MessageCatalog, plain

        self.help = f"{plain(MessageCatalog().say(self._summary, 'en'))}."
        return super().get_help_record(context)
