"""Words as Discord shows them: ours as they are, somebody's own as nothing but themselves."""

import re
from collections.abc import Sequence
from datetime import UTC

from bot.domain.chat import Moment, Piece, Quoted, Sentence
from bot.ports import Texts

ELLIPSIS = "…"

# What makes markup, a link, a mention, an emoji or a list out of a text. A backslash before it shows the sign itself.
_SIGNS = re.compile(r"[\\*_~`|<>\[\]()#@:]|^[-+]|^\d+\.|\.(?=\w)")
_AFTER_AT = re.compile(r"(?<=@)(?=[\w&!])")
_NOTHING = "\u200b"
"""A space of no width: what stands on both sides of it is read as one word, but no longer as a mention."""


def plain(words: str) -> str:
    """Somebody's words on one line, as text that cannot become markup, a link, a mention or a ping."""
    line = " ".join(words.split())
    return _SIGNS.sub(_escaped, _AFTER_AT.sub(_NOTHING, line))


def _escaped(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\{match[0][-1]}"


def cut(words: str, limit: int) -> str:
    """The beginning of a text."""
    return words if len(words) <= limit else f"{words[: max(0, limit)].rstrip()}{ELLIPSIS}"


def label(sentence: Sentence, texts: Texts, language: str, limit: int) -> str:
    """A sentence as a plain text of so many characters, where Discord reads no markup."""
    whole = "".join(_plain_piece(part) for part in texts.say(sentence, language))
    return whole if len(whole) <= limit else cut(whole, limit - 1)


def line(parts: Sequence[Piece], limit: int) -> str:
    """A line of a message, with so many characters of each quotation."""
    return "".join(_piece(part, limit) for part in parts)


def _piece(part: Piece, limit: int) -> str:
    match part:
        case Quoted():
            return plain(cut(part.words, limit))
        case Moment():
            return f"<t:{round(part.at.timestamp())}:R>"  # each client says how long ago, and goes on counting
        case str():
            return part


def _plain_piece(part: Piece) -> str:
    match part:
        case Quoted():
            return part.words
        case Moment():
            return f"{part.at.astimezone(UTC):%H:%M} UTC"
        case str():
            return part


def length(text: str) -> int:
    """How long a text is to Discord's clients, which count in UTF-16."""
    return len(text.encode("utf-16-le")) // 2
