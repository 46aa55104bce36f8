"""The facts of Telegram's Bot API."""

import re
from typing import Any

Json = dict[str, Any]

_CONSTANT = re.compile(r"(?:must be|always) [“\"*]?(?P<value>[a-z_]+)[”\"*]?")


def telegram_facts(official: Json) -> Json:
    """Keep methods and types: the fields of each, which are required, and of which types."""
    return {
        "methods": {name: _shape(method) for name, method in official["methods"].items()},
        "types": {name: _shape(kind) for name, kind in official["types"].items()},
    }


def _shape(described: Json) -> Json:
    shape: Json = {"fields": {field["name"]: _field(field) for field in described.get("fields", [])}}
    for key in ("returns", "subtypes"):
        if described.get(key):
            shape[key] = described[key]
    return shape


def _field(described: Json) -> Json:
    field: Json = {"types": described["types"]}
    if not described["required"]:
        return field
    field["required"] = True
    if described["types"] == ["String"] and (constant := _CONSTANT.search(described["description"])):
        field["constant"] = constant["value"]
    return field
