"""Translates Pydantic's errors for the owner: where the fault is, what is wrong, and what is allowed."""

import difflib
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.domain.catalogue.endpoint_formats import EndpointFormat

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
        return f"{place.lstrip('.')}: {_unknown(str(path[-1]), model, details['loc'][:-1])}"
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
        if part != "[key]" and not _is_tag(part, before)
    ]


def _is_tag(part: int | str, before: int | str) -> bool:
    """Whether a part of a place is the format of an endpoint, which chooses among the models of a union."""
    return part in [*EndpointFormat] and isinstance(before, int)


def _unknown(name: str, root: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Say what is wrong with a key that a place does not have."""
    models, others = _models_at(root, location)
    if formats := sorted(f'"{_format_of(each)}"' for each in others if name in each.model_fields):
        return f"only an endpoint with format = {' or '.join(formats)} has this key"
    names = sorted({known for each in models for known in each.model_fields})
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(names)}"
    return f"there is no such key; {hint}"


def _models_at(
    root: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[set[type[BaseModel]], set[type[BaseModel]]]:
    """Return the models at a place of the tree, and those of other formats that may stand there too."""
    models, others = {root}, set[type[BaseModel]]()
    for part, before in zip(location, ("", *location), strict=False):
        if _is_tag(part, before):
            tagged = {each for each in models if _format_of(each) == part}
            models, others = tagged, models - tagged
        elif isinstance(part, str):
            models = {
                inner
                for outer in models
                if part in outer.model_fields
                for inner in _models_in(outer.model_fields[part].annotation)
            } or models
            others = set()
    return models, others


def _format_of(model: type[BaseModel]) -> str:
    (name,) = get_args(model.model_fields["format"].annotation)
    return str(name)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Find every settings model inside an annotation: in a tuple, a union, a dict."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Annotated, Union, types.UnionType, tuple, list, dict}:
        for inner in get_args(annotation):
            yield from _models_in(inner)
