"""What we say, as Telegram's texts: words with entities of our own making, cut to what a message takes.

Lengths are in UTF-16 units, as Telegram counts them. Nothing is ever parsed for markup. In somebody's own words a
joiner without width keeps Telegram from finding mentions and commands by itself.
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
"""A quotation that is longer is folded up."""

_STYLES: Mapping[str, MessageEntityType] = {
    **dict.fromkeys(
        ("status-next", "status-waiting", "status-fetching", "status-painting", "status-painting-several"),
        MessageEntityType.BOLD,
    ),
    **dict.fromkeys(("status-cancelled", "welcome", "picture-waits"), MessageEntityType.BOLD),
    **dict.fromkeys(("status-price", "nothing-charged", "result-original-kept"), MessageEntityType.ITALIC),
}
"""How sentences stand out."""

_JOINER = "\u2060"
_FINDABLE = re.compile(r"(?<![\w/])([@/／])(?=\w)|(?<=\w)(@)(?=\w)")
_NAME_UNITS = 64

RELATIVE = "r"
"""How Telegram's apps are asked to show an instant: by how long ago or ahead it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text or caption with its entities."""

    text: str
    entities: tuple[MessageEntity, ...] = ()

    @property
    def without_moments(self) -> "Rendered":
        """The same for servers that know no instants: they stay as plain times."""
        kept = tuple(one for one in self.entities if one.type != MessageEntityType.DATE_TIME)
        return replace(self, entities=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line as it is put together: our own words as str, somebody's as `Quoted`, and instants."""

    parts: Sequence[Piece]
    style: MessageEntityType | None = None
    is_quotation: bool = False
    mentions: User | None = None  # who hears of it


def units(text: str) -> int:
    """How long Telegram takes a text to be."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def render(
    message: OutgoingMessage, texts: Texts, *, most: int, named: Member | None = None, is_mention: bool = False
) -> Rendered:
    """A message's words within so many units. Somebody's words are cut first, the longest first; ours stay whole.

    `named` is whose it is, where others read along; `is_mention`: they are to hear of it.
    """
    lines = [_to_line(line, texts, message.language, most) for line in message.lines]
    if named is not None:
        lines.insert(0, _to_name(named, is_mention=is_mention))
    lines = [line for line in lines if any(map(_words, line.parts))]
    longest = max((units(_words(part)) for line in lines for part in line.parts if isinstance(part, Quoted)), default=0)
    fitting, too_long = 0, longest + 1  # of the units that a quoted piece may have
    while too_long - fitting > 1:
        middle = (fitting + too_long) // 2
        if units(_put_together(lines, middle).text) <= most:
            fitting = middle
        else:
            too_long = middle
    return _clip(_put_together(lines, fitting), most)


def say(sentence: Sentence, texts: Texts, language: str) -> str:
    """A sentence as one plain text, for a button or a menu."""
    return "".join(map(_words, texts.say(sentence, language)))


def plain(message: OutgoingMessage, texts: Texts) -> str:
    """The lines of a message as one plain text, for an answer that takes no entities."""
    lines = [_to_line(line, texts, message.language, TEXT_UNITS) for line in message.lines]
    return "\n".join(filter(None, ("".join(map(_words, line.parts)) for line in lines)))


def cut(text: str, most: int) -> str:
    """The beginning of a text within so many units, with a sign that there was more."""
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
    """A member's name. That of a member of another platform is theirs all the same, but nobody here hears of it."""
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
    """As much of somebody's words as can possibly be shown, and a little more, so that it shows that they are cut."""
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
    """Those of a line that begins so far into the text."""
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
    """The last resort, for words of ours that are too long."""
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
    """An instant for apps that do not show it by their own clock."""
    return f"{at.astimezone(UTC):%H:%M} UTC"
