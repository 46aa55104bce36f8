"""The facts of OpenAPI descriptions: the operations that bots use, and the schemas that these need."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

DISCORD_PATHS = (
    "/applications/",
    "/channels/{channel_id}",
    "/gateway",
    "/interactions/",
    "/oauth2/applications/@me",
    "/users/@me",
    "/webhooks/",
)
DISCORD_PATHS_ALONE = frozenset(
    {
        "/guilds/{guild_id}",
        "/guilds/{guild_id}/channels",
        "/guilds/{guild_id}/members/{user_id}",
        "/guilds/{guild_id}/roles",
        "/users/{user_id}",
    }
)
_PROSE = frozenset({"description", "title", "example", "examples", "summary", "externalDocs", "deprecated"})
_OF_NO_USE = frozenset({"operationId", "headers", "security", "tags", "x-discord-union"})
_OF_NAMES = frozenset({"properties", "schemas", "responses", "paths", "content", "patternProperties"})
"""Keys below which the keys are names, and no words of the description's language."""


def discord_facts(official: Json) -> Json:
    """Keep what a bot can ask of channels, commands, interactions, members and webhooks."""
    paths = {path: _facts(item) for path, item in official["paths"].items() if _is_for_bots(path)}
    return {"paths": paths, **_needed(paths, _facts(official["components"]))}


def _is_for_bots(path: str) -> bool:
    return path in DISCORD_PATHS_ALONE or path.startswith(DISCORD_PATHS)


def openai_facts(official: Json) -> Json:
    """Keep the schemas of chat completions, of requests and of answers."""
    return {"schemas": _nullable(_facts(official["components"])["schemas"])}


def _nullable(described: Any) -> Any:
    """Write `nullable` of OpenAPI 3.0 as JSON Schema does; some parts are older than the rest."""
    if isinstance(described, list):
        return [_nullable(one) for one in described]
    if not isinstance(described, dict):
        return described
    schema = {key: _nullable(value) for key, value in described.items() if (key, value) != ("nullable", True)}
    return {"anyOf": [schema, {"type": "null"}]} if described.get("nullable") is True else schema


def _facts(described: Any) -> Any:
    if isinstance(described, list):
        return [_facts(one) for one in described]
    if not isinstance(described, dict):
        return described
    if (choices := _constants(described)) is not None:
        rest: Json = _facts(_without(described, "oneOf"))
        return rest | {"enum": choices}
    return {
        key: {name: _facts(one) for name, one in value.items()} if key in _OF_NAMES else _facts(value)
        for key, value in described.items()
        if key not in _OF_NO_USE and not _is_prose(key, value)
    }


def _is_prose(key: str, value: Any) -> bool:
    return key in _PROSE or key.startswith("x-") or (key == "default" and not isinstance(value, dict))


def _constants(described: Json) -> list[Any] | None:
    """Return the values of a choice between constants; None if it is no such choice."""
    choices = described.get("oneOf")
    if not choices or not all(isinstance(one, dict) and "const" in one for one in choices):
        return None
    return [one["const"] for one in choices]


def _without(described: Json, key: str) -> Json:
    return {name: value for name, value in described.items() if name != key}


def _needed(paths: Json, components: Json) -> Json:
    """Return the components that the paths refer to, directly or through other components."""
    kept: Json = {"schemas": {}, "responses": {}}
    open_ones = list(_references(paths))
    while open_ones:
        kind, name = open_ones.pop()
        if kind in kept and name not in kept[kind]:
            kept[kind][name] = components[kind][name]
            open_ones += _references(components[kind][name])
    return kept


def _references(described: Any) -> Iterator[tuple[str, str]]:
    if isinstance(described, list):
        for one in described:
            yield from _references(one)
    elif isinstance(described, dict):
        if isinstance(reference := described.get("$ref"), str):
            _, _, kind, name = reference.split("/")
            yield kind, name
        for one in described.values():
            yield from _references(one)
