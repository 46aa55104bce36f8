"""Writes text for Discord: our own words as they are, members' words escaped so that no markup works in them."""

import re
from collections.abc import Sequence
from datetime import UTC

from bot.domain.chat import Moment, Piece, Quoted, Sentence
from bot.ports import Texts

ELLIPSIS = "…"

# Characters that begin markup, a link, a mention, an emoji or a list. A backslash before one shows it as it is.
_SIGNS = re.compile(r"[\\*_~`|<>\[\]()#@:]|^[-+]|^\d+\.|\.(?=\w)")
_AFTER_AT = re.compile(r"(?<=@)(?=[\w&!])")
_NOTHING = "\u200b"
"""A zero-width space. The text around it still reads as one word, but no longer works as a mention."""


def plain(words: str) -> str:
    """Write a member's words on one line, escaped so that they make no markup, link, mention or ping."""
    line = " ".join(words.split())
    return _SIGNS.sub(_escaped, _AFTER_AT.sub(_NOTHING, line))


def _escaped(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\{match[0][-1]}"


def cut(words: str, limit: int) -> str:
    """Cut a text to `limit` characters, followed by "…" if it was longer."""
    return words if len(words) <= limit else f"{words[: max(0, limit)].rstrip()}{ELLIPSIS}"


def label(sentence: Sentence, texts: Texts, language: str, limit: int) -> str:
    """Write a sentence as plain text of at most `limit` characters, for places where Discord reads no markup."""
    whole = "".join(_plain_piece(part) for part in texts.say(sentence, language))
    return whole if len(whole) <= limit else cut(whole, limit - 1)


def line(parts: Sequence[Piece], limit: int) -> str:
    """Write a line of a message, with at most `limit` characters of each quotation."""
    return "".join(_piece(part, limit) for part in parts)


def _piece(part: Piece, limit: int) -> str:
    match part:
        case Quoted():
            return plain(cut(part.words, limit))
        case Moment():
            return f"<t:{round(part.at.timestamp())}:R>"  # each client shows and updates the relative time
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
    """Return the length of a text in UTF-16 units, as Discord's clients count it."""
    return len(text.encode("utf-16-le")) // 2
