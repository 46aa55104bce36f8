"""The methods that say how the bot presents itself: its commands, by scope and language, its name and descriptions."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.simulators.telegram.methods.sending import Method
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]

COMMANDS = 100
DESCRIPTION_CHARACTERS = 256
DEFAULT_SCOPE: Json = {"type": "default"}
MOST_CHARACTERS = {"name": 64, "description": 512, "short_description": 120}

_NAME = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")


class Profile:
    """What the bot has set of itself; each method takes a call and gives what the Bot API answers."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._words: dict[tuple[str, str], str] = {}

    def methods(self) -> Mapping[str, Method]:
        return {
            "setMyCommands": self.set_commands,
            "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands,
            "setMyName": self.set_name,
            "getMyName": self.get_name,
            "setMyDescription": self.set_description,
            "getMyDescription": self.get_description,
            "setMyShortDescription": self.set_short_description,
            "getMyShortDescription": self.get_short_description,
        }

    def commands(self, *, scope: Json | None = None, language: str = "") -> list[Json]:
        """Return the commands that were set for exactly this scope and language."""
        return self._commands.get((_key(scope or DEFAULT_SCOPE), language), [])

    def words(self, name: str, *, language: str = "") -> str:
        """Return `name`, `description` or `short_description`, in this language or, where it has none, in general."""
        return self._words.get((name, language)) or self._words.get((name, "")) or ""

    async def set_commands(self, call: Call) -> bool:
        commands = call.parameters.get("commands") or []
        if len(commands) > COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not _NAME.fullmatch(str(command.get("command", "")).removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= DESCRIPTION_CHARACTERS:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._commands[_scope(call)] = commands
        return True

    async def get_commands(self, call: Call) -> list[Json]:
        return self._commands.get(_scope(call), [])

    async def delete_commands(self, call: Call) -> bool:
        self._commands.pop(_scope(call), None)
        return True

    async def set_name(self, call: Call) -> bool:
        return self._set("name", call)

    async def get_name(self, call: Call) -> Json:
        return self._get("name", call)

    async def set_description(self, call: Call) -> bool:
        return self._set("description", call)

    async def get_description(self, call: Call) -> Json:
        return self._get("description", call)

    async def set_short_description(self, call: Call) -> bool:
        return self._set("short_description", call)

    async def get_short_description(self, call: Call) -> Json:
        return self._get("short_description", call)

    def _set(self, name: str, call: Call) -> bool:
        if len(call.text(name)) > MOST_CHARACTERS[name]:
            raise bad_request(f"{name.replace('_', ' ')} is too long")
        self._words[name, _language(call)] = call.text(name)
        return True

    def _get(self, name: str, call: Call) -> Json:
        return {name: self.words(name, language=_language(call))}


def _key(scope: Json) -> str:
    return json.dumps(scope, sort_keys=True)


def _scope(call: Call) -> tuple[str, str]:
    return _key(call.parameters.get("scope") or DEFAULT_SCOPE), _language(call)


def _language(call: Call) -> str:
    language = call.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language
