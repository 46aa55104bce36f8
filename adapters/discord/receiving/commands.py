"""Converts the core's menu to the JSON of Discord's API, and suggests values for autocompletion.

The commands are written as JSON, without the library's decorators, because the menu is data: the commands and the
values of their options are known only when the bot runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

from adapters.discord.words import label
from bot.domain.chat import Sentence
from bot.domain.prompt.commands import MenuCommand, MenuOption, MenuValue
from bot.ports import Texts

Json = dict[str, Any]

MOST_PICTURES = 4
"""The number of picture fields of a command. Members with more pictures send them with a message."""

MOST_CHOICES = 25
PRIVATE = "private"
PICTURE = "picture"
MODEL = "model"
EDIT_MENU, REFERENCE_MENU = "Edit image", "Use as reference"
MENUS: Mapping[str, tuple[str, Sentence]] = {
    EDIT_MENU: ("edit", Sentence("discord-menu-edit")),
    REFERENCE_MENU: ("imagine", Sentence("discord-menu-reference")),
}
"""The commands in the menu of a message: name to command of the core and title."""

_DEFAULT, _TRANSLATED = "en", "zh-CN"
_MOST_NAME, _MOST_DESCRIPTION = 32, 100
_EVERYWHERE: Json = {"integration_types": [0, 1], "contexts": [0, 1, 2]}
_COMMANDS: Mapping[str, Sentence] = {
    "imagine": Sentence("discord-name-imagine"),
    "edit": Sentence("discord-name-edit"),
    "credits": Sentence("discord-name-credits"),
    "cancel": Sentence("discord-name-cancel"),
    "help": Sentence("discord-name-help"),
}
"""The commands that have a name in Chinese."""


class Kind(IntEnum):
    """The API's numbers for types of commands."""

    SLASH = 1
    MESSAGE = 3


class Field(IntEnum):
    """The API's numbers for types of options."""

    TEXT = 3
    SWITCH = 5
    FILE = 11


def to_commands(menu: Sequence[MenuCommand], texts: Texts) -> list[Json]:
    """Build every command, for servers, for direct messages, and for users who installed the app themselves."""
    return [*(_slash(command, texts) for command in menu), *_message_menus(texts)]


def is_same(wanted: Any, registered: Any) -> bool:
    """Whether the registered JSON has all that is wanted. Discord adds keys of its own and omits empty ones."""
    if isinstance(wanted, dict) and isinstance(registered, dict):
        return all(is_same(value, registered.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(registered, list):
        if len(wanted) != len(registered):
            return False
        if all(isinstance(each, int) for each in (*wanted, *registered)):
            return sorted(wanted) == sorted(registered)
        return all(is_same(one, other) for one, other in zip(_by_name(wanted), _by_name(registered), strict=True))
    return (wanted or None) == (registered or None)


def offered(
    menu: Sequence[MenuCommand], command: str, option: str, typed: str, model: str | None
) -> Sequence[MenuValue]:
    """Return the values to suggest for an option, given the typed text and the chosen model."""
    found = next((each for each in _options(menu, command) if each.name == option), None)
    values = found.values if found else ()
    of_model = [value for value in values if model is None or value.models is None or model in value.models]
    matching = [value for value in of_model or values if typed.strip().casefold() in value.title.casefold()]
    return (matching or of_model or values)[:MOST_CHOICES]


def takes_words(menu: Sequence[MenuCommand], command: str) -> bool:
    """Whether a command has a required text. Other commands answer at once, and only to the caller."""
    return any(option.is_required for option in _options(menu, command))


def _options(menu: Sequence[MenuCommand], command: str) -> Sequence[MenuOption]:
    return next((each.options for each in menu if each.name == command), ())


def _slash(command: MenuCommand, texts: Texts) -> Json:
    options = [_option(option, texts) for option in command.options]
    if command.takes_pictures:
        options += [_picture(number, texts) for number in range(1, MOST_PICTURES + 1)]
        private = Sentence("discord-option-private")
        named = _named(PRIVATE, Sentence("discord-name-private"), texts)
        options.append({"type": Field.SWITCH, **named, **_described(private, texts)})
    options.sort(key=lambda option: not option.get("required"))
    named = (
        _named(command.name, _COMMANDS[command.name], texts) if command.name in _COMMANDS else {"name": command.name}
    )
    described = _described(command.summary, texts)
    return {"type": Kind.SLASH, **named, **described, "options": options, **_EVERYWHERE}


def _option(option: MenuOption, texts: Texts) -> Json:
    named = {**_named(option.name, option.title, texts), **_described(option.summary, texts)}
    if not option.takes_value:
        return {"type": Field.SWITCH, **named}
    written: Json = {"type": Field.TEXT, **named}
    if option.is_required:
        written["required"] = True
    if any(value.models is not None for value in option.values) or len(option.values) > MOST_CHOICES:
        written["autocomplete"] = True
    elif option.values:
        written["choices"] = [{"name": value.title, "value": value.value} for value in option.values]
    return written


def _picture(number: int, texts: Texts) -> Json:
    """Build a picture field: `picture`, `picture2` and so on."""
    more = "" if number == 1 else str(number)
    named = _named(PICTURE, Sentence("discord-name-picture"), texts, more)
    return {"type": Field.FILE, **named, **_described(Sentence("discord-option-picture"), texts)}


def _message_menus(texts: Texts) -> Iterator[Json]:
    for name, (_, sentence) in MENUS.items():
        translated = label(sentence, texts, _TRANSLATED, _MOST_NAME)
        yield {
            "type": Kind.MESSAGE,
            "name": name,
            "name_localizations": {_TRANSLATED: translated},
            **_EVERYWHERE,
        }


def _named(name: str, title: Sentence, texts: Texts, more: str = "") -> Json:
    translated = label(title, texts, _TRANSLATED, _MOST_NAME - len(more))
    return {"name": name + more, "name_localizations": {_TRANSLATED: translated + more}}


def _described(sentence: Sentence, texts: Texts) -> Json:
    return {
        "description": label(sentence, texts, _DEFAULT, _MOST_DESCRIPTION),
        "description_localizations": {_TRANSLATED: label(sentence, texts, _TRANSLATED, _MOST_DESCRIPTION)},
    }


def _by_name(items: Sequence[Any]) -> Sequence[Any]:
    """Sort commands, because Discord returns them in its own order. Options keep their order."""
    if all(isinstance(each, dict) and "integration_types" in each for each in items):
        return sorted(items, key=lambda each: (each["type"], each["name"]))
    return items
