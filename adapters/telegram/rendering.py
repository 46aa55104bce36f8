"""What we say, as Telegram's texts: words with entities of our own making, cut to what a message takes.

Lengths are in UTF-16 units, as Telegram counts them. Nothing is ever parsed for markup. In somebody's own words a
joiner without width keeps Telegram from finding mentions and commands by itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telegram import MessageEntity
from telegram.constants import MessageEntityType

from bot.domain.chat import OutgoingMessage, Progress, Quoted, Sentence
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
    **dict.fromkeys(("status-cancelled", "welcome", "result-too-large"), MessageEntityType.BOLD),
    **dict.fromkeys(("status-price", "nothing-charged", "result-original-kept"), MessageEntityType.ITALIC),
}
"""How sentences stand out."""

_JOINER = "\u2060"
_FINDABLE = re.compile(r"(?<![\w/])([@/／])(?=\w)|(?<=\w)(@)(?=\w)")
_BAR_CELLS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text or caption with its entities."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line as it is put together: our own words as str, somebody's as `Quoted`."""

    parts: Sequence[str | Quoted]
    style: MessageEntityType | None = None
    is_quotation: bool = False


def units(text: str) -> int:
    """How long Telegram takes a text to be."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def render(message: OutgoingMessage, texts: Texts, *, most: int) -> Rendered:
    """A message's words within so many units. Somebody's words are cut first, the longest first; ours stay whole."""
    lines = [_to_line(line, texts, message.language, most) for line in message.lines]
    if message.progress is not None:
        lines.insert(len(lines) - 1, _Line(parts=[draw_bar(message.progress)]))
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


def draw_bar(progress: Progress) -> str:
    """How far painting has come, in ten cells; the last is filled by the picture alone."""
    if not progress.elapsed_seconds:
        return ""
    filled = min(_BAR_CELLS - 1, _BAR_CELLS * progress.elapsed_seconds // max(1, progress.expected_seconds))
    return "▰" * filled + "▱" * (_BAR_CELLS - filled)


def _to_line(line: Sentence | Quoted, texts: Texts, language: str, most: int) -> _Line:
    if isinstance(line, Quoted):
        return _Line(parts=[_shortened(line, most)], is_quotation=True)
    parts = [part if isinstance(part, str) else _shortened(part, most) for part in texts.say(line, language)]
    return _Line(parts=parts, style=_STYLES.get(line.key))


def _shortened(part: Quoted, most: int) -> Quoted:
    """As much of somebody's words as can possibly be shown, and a little more, so that it shows that they are cut."""
    return Quoted(part.words.strip()[: 2 * most + 2])  # a line break may be two characters


def _put_together(lines: Sequence[_Line], most_quoted: int) -> Rendered:
    text, entities = "", []
    for line in lines:
        words = "".join(
            _words(part) if isinstance(part, str) else cut(_words(part), most_quoted) for part in line.parts
        )
        if not words:
            continue
        text += "\n" if text else ""
        style = _style_of(line, words)
        if style is not None:
            entities.append(MessageEntity(style, offset=units(text), length=units(words)))
        text += words
    return Rendered(text=text, entities=tuple(entities))


def _style_of(line: _Line, words: str) -> MessageEntityType | None:
    if not line.is_quotation:
        return line.style
    is_long = units(words) > _FOLDED_UNITS
    return MessageEntityType.EXPANDABLE_BLOCKQUOTE if is_long else MessageEntityType.BLOCKQUOTE


def _clip(rendered: Rendered, most: int) -> Rendered:
    """The last resort, for words of ours that are too long."""
    text = cut(rendered.text, most)
    end = units(text)
    kept = [
        MessageEntity(one.type, offset=one.offset, length=min(one.length, end - one.offset))
        for one in rendered.entities
        if one.offset < end
    ]
    return Rendered(text=text, entities=tuple(kept))


def _words(part: str | Quoted) -> str:
    if isinstance(part, str):
        return part
    words = part.words.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _FINDABLE.sub(lambda found: found[0] + _JOINER, words)
