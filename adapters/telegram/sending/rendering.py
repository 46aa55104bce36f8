"""Renders messages as Telegram texts: words with message entities, cut to the length limit.

Lengths are in UTF-16 units, as Telegram counts them. No text is ever parsed for markup. In text that a member wrote, a
word joiner (U+2060) of no width keeps Telegram from detecting mentions and commands.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from telegram import MessageEntity, User
from telegram.constants import MessageEntityType

from adapters.telegram.chat_ref import PLATFORM
from bot.domain.chat import Member, Moment, OutgoingMessage, Piece, Quoted, Sentence
from bot.ports import Texts

TEXT_UNITS = 4096
CAPTION_UNITS = 1024

_FOLDED_UNITS = 300
"""A longer quotation is collapsed (expandable block quotation)."""

_STYLES: Mapping[str, MessageEntityType] = {
    **dict.fromkeys(
        ("status-next", "status-waiting", "status-fetching", "status-painting", "status-painting-several"),
        MessageEntityType.BOLD,
    ),
    **dict.fromkeys(("status-cancelled", "welcome", "picture-waits"), MessageEntityType.BOLD),
    **dict.fromkeys(("status-price", "nothing-charged", "result-original-kept"), MessageEntityType.ITALIC),
}
"""The text style of sentences, by their key."""

_JOINER = "\u2060"
_FINDABLE = re.compile(r"(?<![\w/])([@/／])(?=\w)|(?<=\w)(@)(?=\w)")
_NAME_UNITS = 64

RELATIVE = "r"
"""The date-time format with which Telegram's apps show a time relative to now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text or caption with its entities."""

    text: str
    entities: tuple[MessageEntity, ...] = ()

    @property
    def without_moments(self) -> "Rendered":
        """The same text without date-time entities, for servers that do not know them. The times stay as plain text."""
        kept = tuple(one for one in self.entities if one.type != MessageEntityType.DATE_TIME)
        return replace(self, entities=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line in parts: our own words as str, a member's words as `Quoted`, and times as `Moment`."""

    parts: Sequence[Piece]
    style: MessageEntityType | None = None
    is_quotation: bool = False
    mentions: User | None = None  # who is notified


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def render(
    message: OutgoingMessage, texts: Texts, *, most: int, named: Member | None = None, is_mention: bool = False
) -> Rendered:
    """Render a message in at most `most` units. Members' words are cut first, the longest first; ours are kept whole.

    `named`: the requester to name, in a chat with other readers. `is_mention`: notify the requester.
    """
    lines = [_to_line(line, texts, message.language, most) for line in message.lines]
    if named is not None:
        lines.insert(0, _to_name(named, is_mention=is_mention))
    lines = [line for line in lines if any(map(_words, line.parts))]
    longest = max((units(_words(part)) for line in lines for part in line.parts if isinstance(part, Quoted)), default=0)
    fitting, too_long = 0, longest + 1  # binary search for the most units of a quoted piece
    while too_long - fitting > 1:
        middle = (fitting + too_long) // 2
        if units(_put_together(lines, middle).text) <= most:
            fitting = middle
        else:
            too_long = middle
    return _clip(_put_together(lines, fitting), most)


def say(sentence: Sentence, texts: Texts, language: str) -> str:
    """Return a sentence as plain text, for a button or a menu."""
    return "".join(map(_words, texts.say(sentence, language)))


def plain(message: OutgoingMessage, texts: Texts) -> str:
    """Return the lines of a message as plain text, for an answer without entities."""
    lines = [_to_line(line, texts, message.language, TEXT_UNITS) for line in message.lines]
    return "\n".join(filter(None, ("".join(map(_words, line.parts)) for line in lines)))


def cut(text: str, most: int) -> str:
    """Cut a text to at most `most` units. A text that was cut ends with "…"."""
    if units(text) <= most:
        return text
    kept, length = [], 1
    for character in text:
        length += units(character)
        if length > most:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…" if most > 0 else ""


def _to_name(member: Member, *, is_mention: bool) -> _Line:
    """Make the line with a member's name. Only a member of Telegram can be notified by it."""
    name = Quoted(cut(member.name.strip(), _NAME_UNITS) or member.id)
    if is_mention and member.platform == PLATFORM and member.id.isdecimal():
        return _Line(parts=[name], mentions=User(int(member.id), name.words, is_bot=False))
    return _Line(parts=[name], style=MessageEntityType.BOLD)


def _to_line(line: Sentence | Quoted, texts: Texts, language: str, most: int) -> _Line:
    if isinstance(line, Quoted):
        return _Line(parts=[_shortened(line, most)], is_quotation=True)
    parts = [_shortened(part, most) if isinstance(part, Quoted) else part for part in texts.say(line, language)]
    return _Line(parts=parts, style=_STYLES.get(line.key))


def _shortened(part: Quoted, most: int) -> Quoted:
    """Limit quoted words before rendering. A little more than can be shown is kept, so that the cut is marked."""
    return Quoted(part.words.strip()[: 2 * most + 2])  # a line break may be two characters


def _put_together(lines: Sequence[_Line], most_quoted: int) -> Rendered:
    text, entities = "", list[MessageEntity]()
    for line in lines:
        shown = [cut(_words(part), most_quoted) if isinstance(part, Quoted) else _words(part) for part in line.parts]
        words = "".join(shown)
        if not words:
            continue
        text += "\n" if text else ""
        start = units(text)
        kind = MessageEntityType.TEXT_MENTION if line.mentions else _style_of(line, words)
        if kind is not None:
            entities.append(MessageEntity(kind, offset=start, length=units(words), user=line.mentions))
        entities += _instants(line.parts, shown, start)
        text += words
    return Rendered(text=text, entities=tuple(entities))


def _instants(parts: Sequence[Piece], shown: Sequence[str], start: int) -> Iterator[MessageEntity]:
    """Yield the date-time entities of a line that begins at offset `start`."""
    for part, words in zip(parts, shown, strict=True):
        if isinstance(part, Moment):
            kind = MessageEntityType.DATE_TIME
            yield MessageEntity(kind, start, units(words), unix_time=part.at, date_time_format=RELATIVE)
        start += units(words)


def _style_of(line: _Line, words: str) -> MessageEntityType | None:
    if not line.is_quotation:
        return line.style
    is_long = units(words) > _FOLDED_UNITS
    return MessageEntityType.EXPANDABLE_BLOCKQUOTE if is_long else MessageEntityType.BLOCKQUOTE


def _clip(rendered: Rendered, most: int) -> Rendered:
    """Cut text and entities at the end. This is the last resort, for words of ours that are too long."""
    text = cut(rendered.text, most)
    end = units(text)
    kept = [_shorter(one, min(one.length, end - one.offset)) for one in rendered.entities if one.offset < end]
    return Rendered(text=text, entities=tuple(kept))


def _shorter(entity: MessageEntity, length: int) -> MessageEntity:
    details: dict[str, Any] = {"user": entity.user, "unix_time": entity.unix_time}
    return MessageEntity(entity.type, entity.offset, length, date_time_format=entity.date_time_format, **details)


def _words(part: Piece) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Moment):
        return _time_of_day(part.at)
    words = part.words.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _FINDABLE.sub(lambda found: found[0] + _JOINER, words)


def _time_of_day(at: datetime) -> str:
    """Return a time as plain text in UTC, for apps that do not show it by the reader's clock."""
    return f"{at.astimezone(UTC):%H:%M} UTC"
