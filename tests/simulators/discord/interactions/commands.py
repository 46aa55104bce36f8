"""The commands that a bot has registered, and which of them a member finds where."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.simulators.discord.refusals import bad_form
from tests.simulators.discord.world.world import World

SLASH = 1
MESSAGE_MENU = 3
MOST_BY_KIND = {1: 100, 2: 15, 3: 15}

Json = dict[str, Any]


class Commands:
    """Commands for everywhere, and for one server each."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[int | None, list[Json]] = {}

    def registered(self, guild_id: int | None = None) -> list[Json]:
        """Return the commands of one server; with None, those for everywhere."""
        return self._kept.get(guild_id, [])

    def replace(self, guild_id: int | None, wanted: Sequence[Json]) -> list[Json]:
        """Replace the whole set. A command that keeps its name keeps its identifier."""
        _refuse_bad(wanted)
        known = {(each["type"], each["name"]): each["id"] for each in self.registered(guild_id)}
        self._kept[guild_id] = [self._kept_as(command, guild_id, known) for command in wanted]
        return self._kept[guild_id]

    def find(self, kind: int, name: str, *, guild_id: int | None, owners: set[str], context: int) -> Json:
        """Return the command that a member would find there by that name."""
        for command in [*self.registered(guild_id), *self.registered(None)]:
            if (command["type"], command["name"]) != (kind, name):
                continue
            is_offered = "guild_id" in command or _is_offered(command, owners, context)
            assert is_offered, f"{name!r} is not offered there: {command['integration_types']}, {command['contexts']}"
            return command
        raise AssertionError(f"no command {name!r} is registered")

    def _kept_as(self, command: Json, guild_id: int | None, known: dict[tuple[int, str], str]) -> Json:
        kind = command.get("type") or SLASH
        kept = {
            "nsfw": False,
            "dm_permission": True,
            "contexts": None,
            **command,
            "id": known.get((kind, command["name"])) or str(self._world.new_id()),
            "application_id": str(self._world.bot.id),
            "version": str(self._world.new_id()),
            "type": kind,
            "description": command.get("description") or "",
            "default_member_permissions": command.get("default_member_permissions"),
            "integration_types": command.get("integration_types") or [0],
        }
        kept["default_member_permissions"] = _text(kept["default_member_permissions"])
        return kept | ({"guild_id": str(guild_id)} if guild_id else {})


def _refuse_bad(commands: Sequence[Json]) -> None:
    names = Counter((command.get("type") or SLASH, command["name"]) for command in commands)
    faults = [f"the name {name!r} is there {count} times" for (_, name), count in names.items() if count > 1]
    for kind, count in Counter(kind for kind, _ in names).items():
        if count > MOST_BY_KIND[kind]:
            faults.append(f"{count} commands of type {kind}, of at most {MOST_BY_KIND[kind]}")
    for kind, name in names:
        if kind == SLASH and (name != name.lower() or " " in name):
            faults.append(f"the name {name!r} has capitals or spaces")
    if faults:
        raise bad_form(*faults)


def _is_offered(command: Json, owners: set[str], context: int) -> bool:
    is_installed = not owners.isdisjoint(map(str, command["integration_types"]))
    return is_installed and (command["contexts"] is None or context in command["contexts"])


def _text(number: object) -> str | None:
    return None if number is None else str(number)
