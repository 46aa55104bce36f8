"""Judges requests, answers and updates by what the Bot API knows: `tests/specs` holds its methods and types."""

from collections.abc import Collection, Mapping
from typing import Any

from tests.specs import facts

MOST_SAID = 80
"""Characters of a wrong value that a verdict quotes."""

_PLAIN: Mapping[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "String": (str,),
    "Boolean": (bool,),
}


def violations_of_request(method: str, parameters: Mapping[str, Any], uploads: Collection[str] = ()) -> list[str]:
    """Return everything in a request that Telegram does not know; `uploads` names the parts that hold files."""
    shape = facts("telegram")["methods"].get(method)
    if shape is None:
        return [f"{method}: no such method"]
    files = dict.fromkeys(uploads, _UPLOAD)
    known = shape["fields"].keys()
    attached = {text.removeprefix("attach://") for text in _texts(parameters) if text.startswith("attach://")}
    given = {**parameters, **{name: file for name, file in files.items() if name in known}}
    found = _in_fields(given, shape, method)
    return found + [f"{method}: a file that nothing names: {name}" for name in files if name not in known | attached]


def violations_of_answer(method: str, result: Any) -> list[str]:
    """Return what the description does not know in an answer of ours."""
    kinds = facts("telegram")["methods"].get(method, {}).get("returns", [])
    return [f"our own answer: {found}" for found in _against(result, kinds, method)] if kinds else []


def violations_of_update(update: Mapping[str, Any]) -> list[str]:
    """Return what the description does not know in an update of ours."""
    return [f"our own update: {found}" for found in _against(update, ["Update"], "update")]


class _Upload:
    """Stands for the bytes of a file."""

    def __repr__(self) -> str:
        return "a file"


_UPLOAD = _Upload()


def _against(value: Any, kinds: list[str], path: str) -> list[str]:
    """Return the violations by the kind that fits best, none if one fits."""
    return min((_as_kind(value, kind, path) for kind in kinds), key=len)


def _as_kind(value: Any, kind: str, path: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [_wrong(value, kind, path)]
        inner = [kind.removeprefix("Array of ")]
        return [found for place, one in enumerate(value) for found in _against(one, inner, f"{path}[{place}]")]
    if kind in _PLAIN:
        is_of_kind = isinstance(value, _PLAIN[kind]) and (kind == "Boolean" or not isinstance(value, bool))
        return [] if is_of_kind else [_wrong(value, kind, path)]
    if kind == "InputFile":
        return [] if value is _UPLOAD else [_wrong(value, kind, path)]
    return _as_object(value, kind, path)


def _as_object(value: Any, kind: str, path: str) -> list[str]:
    types = facts("telegram")["types"]
    shape = types[kind]
    if not isinstance(value, dict):
        return [_wrong(value, kind, path)]
    if shape.get("subtypes"):
        fitting = [name for name in shape["subtypes"] if _has_constants_of(value, types[name])]
        return _against(value, fitting, path) if fitting else [_wrong(value, kind, path)]
    return _in_fields(value, shape, path)


def _has_constants_of(value: Mapping[str, Any], shape: Mapping[str, Any]) -> bool:
    """Whether the fields that tell a type from its sisters (`type`, `status`, `source`) say this one."""
    constants = {name: field["constant"] for name, field in shape["fields"].items() if "constant" in field}
    return all(value.get(name) == constant for name, constant in constants.items())


def _in_fields(value: Mapping[str, Any], shape: Mapping[str, Any], path: str) -> list[str]:
    fields = shape["fields"]
    found = [f"{path}: unknown {name}" for name in value if name not in fields]
    found += [f"{path}: no {name}" for name, field in fields.items() if field.get("required") and name not in value]
    for name in value.keys() & fields.keys():
        found += _against(value[name], fields[name]["types"], f"{path}.{name}")
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [text for one in inner for text in _texts(one)]


def _wrong(value: Any, kind: str, path: str) -> str:
    return f"{path}: no {kind}: {repr(value)[:MOST_SAID]}"
