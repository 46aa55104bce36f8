"""Translates Pydantic's errors for the owner: where the fault is, what is wrong, and what is allowed."""

import difflib
import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.domain.endpoint_formats import EndpointFormat

MOVED = {"pictures.keep_days": "retention.picture_days"}
"""Keys that were renamed: the old name and the new one."""


def describe(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Write one line for each fault, with its place as it is written in the file."""
    return [_line(details, model, prefix) for details in error.errors(include_url=False, include_input=False)]


def _line(details: ErrorDetails, model: type[BaseModel], prefix: str) -> str:
    path = _as_written(details["loc"])
    place = prefix + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    if details["type"] == "extra_forbidden" and place.lstrip(".") in MOVED:
        return f"{place.lstrip('.')}: is {MOVED[place.lstrip('.')]} now"
    if details["type"] == "extra_forbidden":
        return f"{place.lstrip('.')}: there is no such key{_suggestion(str(path[-1]), _keys_at(model, path[:-1]))}"
    if details["type"] == "missing":
        return f"{place.lstrip('.')}: is missing"
    if details["type"] == "union_tag_invalid":
        formats = ", ".join(EndpointFormat)
        return f"{place.lstrip('.')}.format: there is no format {details['ctx']['tag']}; there are {formats}"
    message = details["msg"].removeprefix("Value error, ")
    return f"{place.lstrip('.') or 'the file'}: {message[:1].lower()}{message[1:]}"


def _as_written(location: tuple[int | str, ...]) -> list[int | str]:
    """Remove from a place what stands in no file: a union's tag after an endpoint's number, and Pydantic's `[key]`."""
    return [
        part
        for part, before in zip(location, ("", *location), strict=False)
        if part != "[key]" and not (part in [*EndpointFormat] and isinstance(before, int))
    ]


def _suggestion(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known keys: {', '.join(names)}"


def _keys_at(model: type[BaseModel], path: list[int | str]) -> set[str]:
    """Return the keys that are allowed at a place of the tree."""
    models = {model}
    for part in path:
        if isinstance(part, str):
            models = {
                inner
                for outer in models
                if part in outer.model_fields
                for inner in _models_in(outer.model_fields[part].annotation)
            } or models
    return {name for model in models for name in model.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Find every settings model inside an annotation: in a tuple, a union, a dict."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Annotated, Union, types.UnionType, tuple, list, dict}:
        for inner in get_args(annotation):
            yield from _models_in(inner)
