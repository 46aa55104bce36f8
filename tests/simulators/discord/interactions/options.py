"""What a member fills into a command or a modal, as Discord hands it on; it refuses what Discord would not let them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from tests.simulators.discord.interactions.components import SELECTS, Component, walk
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.places import user
from tests.simulators.discord.world.state import Person

Json = dict[str, Any]
Value = str | int | float | bool | Upload | Person
Filled = str | Sequence[str] | Sequence[Upload]
Keep = Callable[[Upload], Json]
"""Stores a file that comes with an interaction, and describes it."""


class Option(IntEnum):
    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    NUMBER = 10
    ATTACHMENT = 11


MOST_TYPED = 6000

_PYTHON: dict[int, type | tuple[type, ...]] = {
    Option.STRING: str,
    Option.INTEGER: int,
    Option.BOOLEAN: bool,
    Option.USER: Person,
    Option.NUMBER: (int, float),
    Option.ATTACHMENT: Upload,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """What is being typed into an option when its choices are asked for."""

    name: str
    value: str


class Filler:
    """Fills in commands and modals; `resolved` describes what was named by its identifier."""

    def __init__(self, keep: Keep) -> None:
        self.resolved: Json = {}
        self._keep = keep

    def options(
        self, command: Json, path: Sequence[str], values: Mapping[str, Value], focus: Focus | None = None
    ) -> list[Json]:
        """Return the options of a command, within its subcommands where the path names some."""
        if path:
            inner = next((each for each in command.get("options", []) if each["name"] == path[0]), None)
            assert inner, f"{command['name']!r} has no subcommand {path[0]!r}"
            options = self.options(inner, path[1:], values, focus)
            return [{"name": inner["name"], "type": inner["type"], "options": options}]
        known = {each["name"]: each for each in command.get("options", [])}
        unknown = (values.keys() | ({focus.name} if focus else set())) - known.keys()
        assert not unknown, f"{command['name']!r} has no options {unknown}"
        missing = {name for name, each in known.items() if each.get("required")} - values.keys()
        assert focus or not missing, f"{command['name']!r} needs {missing}"
        filled = [self._option(known[name], value) for name, value in values.items()]
        return filled + ([_focused(known[focus.name], focus)] if focus else [])

    def components(self, modal: Json, values: Mapping[str, Filled]) -> list[Json]:
        """Return a modal's components as they are submitted."""
        inputs = {part["custom_id"]: part for part in walk(modal["components"]) if part.get("custom_id")}
        assert values.keys() <= inputs.keys(), f"the modal has no {values.keys() - inputs.keys()}"
        return [self._handed_in(component, values) for component in modal["components"]]

    def _option(self, option: Json, value: Value) -> Json:
        kind = option["type"]
        expected = _PYTHON[kind]
        is_right = isinstance(value, expected) and (kind == Option.BOOLEAN or not isinstance(value, bool))
        assert is_right, f"{option['name']}: {value!r} is no {Option(kind).name}"
        if choices := option.get("choices"):
            assert value in [each["value"] for each in choices], f"{option['name']}: {value!r} is not on offer"
        for edge, is_beyond in (("min_value", _is_less), ("max_value", _is_more)):
            assert option.get(edge) is None or not is_beyond(value, option[edge]), f"{option['name']}: {value!r}"
        if isinstance(value, str):
            least, most = option.get("min_length") or 0, option.get("max_length") or MOST_TYPED
            assert least <= len(value) <= most, f"{option['name']}: {least} to {most} characters"
        if isinstance(value, Upload):
            return {"name": option["name"], "type": kind, "value": self._attach(value)}
        if isinstance(value, Person):
            self.resolved.setdefault("users", {})[str(value.id)] = user(value)
            return {"name": option["name"], "type": kind, "value": str(value.id)}
        return {"name": option["name"], "type": kind, "value": value}

    def _attach(self, upload: Upload) -> str:
        described = self._keep(upload)
        self.resolved.setdefault("attachments", {})[described["id"]] = described
        return str(described["id"])

    def _handed_in(self, component: Json, values: Mapping[str, Filled]) -> Json:
        number = component.get("id", 0)
        match component["type"]:
            case Component.LABEL:
                return {"type": 18, "id": number, "component": self._handed_in(component["component"], values)}
            case Component.ROW:
                inner = [self._handed_in(each, values) for each in component["components"]]
                return {"type": 1, "id": number, "components": inner}
            case Component.TEXT:
                return {"type": 10, "id": number}
            case _:
                return self._input(component, values)

    def _input(self, component: Json, values: Mapping[str, Filled]) -> Json:
        name = component["custom_id"]
        handed_in = {"type": component["type"], "id": component.get("id", 0), "custom_id": name}
        if component["type"] == Component.TEXT_INPUT:
            return handed_in | {"value": _typed(component, values.get(name, component.get("value") or ""))}
        return handed_in | {"values": self._chosen(component, values.get(name, ()))}

    def _chosen(self, component: Json, value: Filled) -> list[str]:
        least = component.get("min_values", 1) if component.get("required", True) else 0
        most = component.get("max_values", 1)
        assert least <= len(value) <= most, f"{component['custom_id']}: {len(value)} of {least} to {most}"
        if component["type"] == Component.FILE_UPLOAD:
            return [self._attach(each) for each in value if isinstance(each, Upload)]
        assert component["type"] in SELECTS, f"the simulator cannot fill in components of type {component['type']}"
        return [str(each) for each in value]


def _typed(component: Json, value: Filled) -> str:
    assert isinstance(value, str), f"{component['custom_id']}: text is typed in"
    least = component.get("min_length") or (1 if component.get("required", True) else 0)
    most = component.get("max_length") or 4000
    assert not value or least <= len(value), f"{component['custom_id']}: at least {least} characters"
    assert value or not component.get("required", True), f"{component['custom_id']} is to be filled in"
    assert len(value) <= most, f"{component['custom_id']}: at most {most} characters"
    return value


def _focused(option: Json, focus: Focus) -> Json:
    assert option.get("autocomplete"), f"nothing is offered while {focus.name!r} is filled in"
    return {"name": focus.name, "type": option["type"], "value": focus.value, "focused": True}


def _is_less(value: Any, edge: float) -> bool:
    return bool(value < edge)


def _is_more(value: Any, edge: float) -> bool:
    return bool(value > edge)
