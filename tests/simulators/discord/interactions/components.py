"""Components of messages: what Discord fills in, what it refuses, and what a reader sees of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MOST_COMPONENTS = 40
MOST_TEXT = 4000
MOST_IN_A_ROW = 5
MOST_OPTIONS = 25
LINK_STYLE = 5

Json = dict[str, Any]


class Component(IntEnum):
    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19


SELECTS = frozenset({3, 5, 6, 7, 8})
_FILLED_IN: dict[int, Json] = {
    Component.BUTTON: {},
    Component.STRING_SELECT: {"min_values": 1, "max_values": 1},
    Component.THUMBNAIL: {"description": None, "spoiler": False},
    Component.FILE: {"spoiler": False, "name": None, "size": None},
    Component.SEPARATOR: {"spacing": 1, "divider": True},
    Component.CONTAINER: {"accent_color": None, "spoiler": False},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button as a member sees it; one with a link has a `url` and no `custom_id`."""

    label: str
    custom_id: str | None
    url: str | None
    style: int
    is_disabled: bool


def walk(components: Sequence[Json]) -> Iterator[Json]:
    """Yield each component and all within, in the order in which they are read."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        yield from walk([component[key] for key in ("accessory", "component") if component.get(key)])


def text_in(components: Sequence[Json]) -> str:
    return "\n".join(part["content"] for part in walk(components) if part["type"] == Component.TEXT)


def buttons_in(components: Sequence[Json]) -> list[Button]:
    return [
        Button(
            label=part.get("label") or "",
            custom_id=part.get("custom_id"),
            url=part.get("url"),
            style=part["style"],
            is_disabled=bool(part.get("disabled")),
        )
        for part in walk(components)
        if part["type"] == Component.BUTTON
    ]


def media_in(components: Sequence[Json]) -> list[str]:
    """Return the address of each picture or file that a component refers to."""
    return [medium["url"] for part in walk(components) for medium in _media(part)]


def filled_in(components: Sequence[Json]) -> list[Json]:
    """Return the components as Discord keeps them: each with a number and with what was left out."""
    kept = deepcopy(list(components))
    parts = list(walk(kept))
    taken = {part["id"] for part in parts if part.get("id")}
    free = (number for number in range(1, len(parts) + len(taken) + 1) if number not in taken)
    for part in parts:
        part["id"] = part.get("id") or next(free)
        for key, value in _FILLED_IN.get(part["type"], {}).items():
            if part.get(key) is None:
                part[key] = value
        for item in part.get("items", []):
            item["description"] = item.get("description")
            item["spoiler"] = bool(item.get("spoiler"))
    return kept


def shown(components: Sequence[Json], unfurled: Callable[[str], Json]) -> list[Json]:
    """Return the components as Discord sends them: each address looked up anew, since links run out."""
    sent = deepcopy(list(components))
    for part in walk(sent):
        for medium in _media(part):
            medium.update(unfurled(medium["url"]))
        if part["type"] == Component.FILE:
            part["name"] = part["file"].pop("name", None)
            part["size"] = part["file"].pop("size", None)
        for medium in _media(part):
            medium.pop("name", None)
            medium.pop("size", None)
    return sent


def faults_in(components: Sequence[Json], *, is_v2: bool, file_names: Sequence[str]) -> Iterator[str]:
    """Yield what Discord refuses beyond what its description of the API says."""
    parts = list(walk(components))
    if not is_v2:
        yield from _faults_of_rows(components)
    if len(parts) > MOST_COMPONENTS:
        yield f"components: {len(parts)} of at most {MOST_COMPONENTS}"
    if (length := sum(len(part["content"]) for part in parts if part["type"] == Component.TEXT)) > MOST_TEXT:
        yield f"components: {length} characters of at most {MOST_TEXT}"
    for name, count in Counter(part["custom_id"] for part in parts if part.get("custom_id")).items():
        if count > 1:
            yield f"components: the custom_id {name!r} is there {count} times"
    for url in media_in(components):
        if url.startswith("attachment://") and url.removeprefix("attachment://") not in file_names:
            yield f"components: no file for {url}"
    for part in parts:
        yield from _faults_of(part)


def _faults_of_rows(components: Sequence[Json]) -> Iterator[str]:
    if any(part["type"] != Component.ROW for part in components):
        yield "components: only rows stand in a message without the flag IS_COMPONENTS_V2"
    if len(components) > MOST_IN_A_ROW:
        yield f"components: at most {MOST_IN_A_ROW} rows"


def _faults_of(part: Json) -> Iterator[str]:
    if part["type"] == Component.ROW:
        inner = [child["type"] for child in part.get("components", [])]
        if not 1 <= len(inner) <= MOST_IN_A_ROW or (len(inner) > 1 and not SELECTS.isdisjoint(inner)):
            yield "components: a row holds one to five buttons, or one select"
    if part["type"] == Component.STRING_SELECT and not 1 <= len(part.get("options", [])) <= MOST_OPTIONS:
        yield f"components: a select has 1 to {MOST_OPTIONS} options"
    if part["type"] == Component.BUTTON:
        has_link = part.get("style") == LINK_STYLE
        if has_link is not bool(part.get("url")) or has_link is bool(part.get("custom_id")):
            yield "components: a button has either a custom_id, or a link and its style"


def _media(part: Json) -> list[Json]:
    if part["type"] == Component.GALLERY:
        return [item["media"] for item in part["items"]]
    return [part[key] for key in ("media", "file") if isinstance(part.get(key), dict)]
