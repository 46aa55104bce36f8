"""Texts as Telegram reads them: lengths and offsets in UTF-16 units, entities found, given or parsed from HTML."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from tests.simulators.telegram.refusals import NotSimulated, Refused, bad_request

Json = dict[str, Any]

_FOUND = {
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)"),
    "hashtag": re.compile(r"(?<!\w)#\w+"),
    "url": re.compile(r"https?://[^\s<>\"]+"),
}
_TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_GIVEN = frozenset(
    {*_FOUND, *_TAGS.values(), "cashtag", "email", "phone_number", "text_mention", "custom_emoji", "date_time"}
    | {"expandable_blockquote"}
)
_TIME_FORMAT = re.compile(r"|r|w?[dD]?[tT]?")
"""How a time is shown: relative to now, or weekday, date and time of day."""


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Return the part of the text that an entity names."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def found_entities(text: str) -> list[Json]:
    """Find what Telegram finds by itself in every text: commands, mentions, hashtags and addresses."""
    found = [
        {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
        for kind, pattern in _FOUND.items()
        for match in pattern.finditer(text)
    ]
    return _in_order(found)


def formatted(given: Mapping[str, Any], name: str, *, most: int) -> tuple[str, list[Json]]:
    """Return the text of this name in a request, with all its entities, as it will stand in the chat."""
    text = str(given.get(name, "")).replace("\r", "")
    entities = given.get("entities" if name == "text" else "caption_entities") or []
    if mode := given.get("parse_mode"):
        text, entities = _parsed(text, str(mode))
    _check(text, entities)
    text, entities = _stripped(text, entities)
    if utf16_length(text) > most:
        raise bad_request("message is too long" if name == "text" else "message caption is too long")
    if not text and name == "text":
        raise bad_request("message text is empty")
    given_spans = [(one["offset"], one["offset"] + one["length"]) for one in entities]
    more = [
        one
        for one in found_entities(text)
        if not any(one["offset"] < stop and start < one["offset"] + one["length"] for start, stop in given_spans)
    ]
    return text, _in_order([*entities, *more])


def _in_order(entities: list[Json]) -> list[Json]:
    return sorted(entities, key=lambda one: (one["offset"], -one["length"]))


def _check(text: str, entities: list[Json]) -> None:
    end = utf16_length(text)
    units = text.encode("utf-16-le")
    for one in entities:
        start, stop = one.get("offset", -1), one.get("offset", -1) + one.get("length", -1)
        if one.get("type") not in _GIVEN:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        if one["type"] == "date_time" and not isinstance(one.get("unix_time"), int):
            raise bad_request("can't parse MessageEntity: unix_time must be specified")
        if one["type"] == "date_time" and not _TIME_FORMAT.fullmatch(str(one.get("date_time_format", ""))):
            raise bad_request("can't parse MessageEntity: wrong date_time_format")
        if one["type"] == "text_mention" and "id" not in one.get("user", {}):
            raise bad_request("can't parse MessageEntity: user must be specified")
        if start < 0 or stop <= start:
            raise bad_request("receive an entity with incorrect offset or length")
        if stop > end:
            raise bad_request(
                f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
            )
        if any(0xDC <= units[2 * at + 1] <= 0xDF for at in (start, stop) if at < end):
            raise bad_request(f"entity beginning at UTF-16 offset {start} is cut in a middle of a UTF-16 symbol")


def _stripped(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Strip the white space around a text, which Telegram never keeps, and shift its entities."""
    shift = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end = utf16_length(text)
    kept = []
    for one in entities:
        start, stop = max(0, one["offset"] - shift), min(end, one["offset"] + one["length"] - shift)
        if start < stop:
            kept.append({**one, "offset": start, "length": stop - start})
    return text, kept


def _parsed(text: str, mode: str) -> tuple[str, list[Json]]:
    if mode.casefold() != "html":
        raise NotSimulated(f"parse_mode {mode}")
    parser = _Html()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise _unparsable(f'can\'t find end tag corresponding to start tag "{parser.open[-1][0]}"')
    return parser.text, parser.entities


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.entities: list[Json] = []
        self.open: list[tuple[str, Json]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise _unparsable(f'unsupported start tag "{tag}"')
        entity: Json = {"type": _TAGS[tag], "offset": utf16_length(self.text)}
        if tag == "a":
            entity["url"] = dict(attrs).get("href") or ""
        self.open.append((tag, entity))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise _unparsable(f'unexpected end tag "{tag}"')
        _, entity = self.open.pop()
        if length := utf16_length(self.text) - entity["offset"]:
            self.entities.append({**entity, "length": length})

    def handle_data(self, data: str) -> None:
        self.text += data


def _unparsable(words: str) -> Refused:
    return bad_request(f"can't parse entities: {words}")
