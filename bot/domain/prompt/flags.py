"""Take flags out of a prompt, whatever a phone has made of their dashes."""

import difflib
import re
import unicodedata
from collections.abc import Mapping

from bot.domain.chat import Quoted, Sentence
from bot.domain.errors import CommandFault
from bot.domain.picture_settings import SETTINGS

FLAGS: Mapping[str, str] = {
    **{spelling: setting.flag for setting in SETTINGS for spelling in (setting.flag, *setting.spellings)},
    "model": "model",
    "m": "model",
    "n": "n",
    "count": "n",
    "number": "n",
    "fast": "fast",
    "quick": "fast",
    "best": "best",
    "hq": "best",
}
"""Every spelling of a flag, and the flag it means."""

SWITCHES = ("fast", "best")
"""The flags that take no value."""

MOST_QUOTED = 60
"""Maximum characters of a flag's value that an answer quotes, since a whole group may read it."""

# A flag is at the start or after white space. Real dashes are two or more; phones join them into one long dash.
_FLAG = re.compile(
    r"(?<!\S)(?P<dash>-{2,}|－{2}|[—–]+)(?P<name>[A-Za-z][A-Za-z-]*)(?:(?P<joint>\s*[=＝]\s*|(?=\d))|\s+|$)"
)
_VALUE = re.compile(r"\S+")
_NEAR = 0.74
_MOST_GUESSES = 20
"""The most words after a long dash that are tried as misspelt flags. In a text with more, long dashes are its style."""
_WITH_VALUES = [name for name, flag in FLAGS.items() if flag not in SWITCHES]


def take_flags(text: str) -> tuple[str, dict[str, str]]:
    """Split a text into the prompt and its flags; a switch has the value "". Raises `CommandFault`."""
    flags: dict[str, str] = {}
    kept: list[str] = []
    position = guesses = 0
    while (match := _FLAG.search(text, position)) is not None:
        flag = _flag_named(match, may_guess=guesses < _MOST_GUESSES)
        if flag is None:  # a dash of ordinary text: "snow —soft light"
            guesses += 1
            kept.append(text[position : match.end()])
            position = match.end()
            continue
        value, end = _value_of(flag, match)
        note_flag(flags, flag, value)
        kept.append(text[position : match.start()].rstrip(" \t"))
        position = end
    kept.append(text[position:])
    return "".join(kept).replace("\r\n", "\n").strip(), flags


def in_short(value: str) -> Quoted:
    """Shorten a member's words for quoting in an answer."""
    return Quoted(value if len(value) <= MOST_QUOTED else f"{value[:MOST_QUOTED]}…")


def note_flag(flags: dict[str, str], flag: str, value: str) -> None:
    """Store a flag; the same value twice is accepted. Raises `CommandFault` for two values."""
    before = flags.setdefault(flag, value)
    if unicodedata.normalize("NFKC", before).casefold() != unicodedata.normalize("NFKC", value).casefold():
        raise CommandFault(Sentence("flag-twice", flag=f"--{flag}", first=in_short(before), second=in_short(value)))


def _value_of(flag: str, match: re.Match[str]) -> tuple[str, int]:
    """Return a flag's value, and its end position in the text. Raises `CommandFault`."""
    text = match.string
    if flag in SWITCHES:
        if match["joint"] is not None:
            raise CommandFault(Sentence("flag-takes-no-value", flag=f"--{flag}"))
        return "", match.end("name")
    value = _VALUE.match(text, match.end())
    if value is None or _FLAG.match(text, match.end()):
        raise CommandFault(Sentence("flag-without-value", flag=f"--{flag}"))
    return value.group(), value.end()


def _flag_named(match: re.Match[str], *, may_guess: bool) -> str | None:
    """Return the flag that a match names; None if it is ordinary text. Raises `CommandFault` for an unknown flag.

    Two hyphens always mean a flag. A long dash is also punctuation, so its name must be a known flag or nearly one.
    Switches are not guessed there, because too many ordinary words are similar to them.
    """
    name = match["name"].casefold()
    if name in FLAGS:
        return FLAGS[name]
    is_typed_flag = match["dash"].startswith(("--", "－－"))
    if not (is_typed_flag or may_guess):
        return None
    near = difflib.get_close_matches(name, FLAGS if is_typed_flag else _WITH_VALUES, n=1, cutoff=_NEAR)
    if near:
        raise CommandFault(
            Sentence("flag-unknown-near", flag=in_short(f"--{match['name']}"), near=f"--{FLAGS[near[0]]}")
        )
    if is_typed_flag:
        known = ", ".join(f"--{flag}" for flag in dict.fromkeys(FLAGS.values()))
        raise CommandFault(Sentence("flag-unknown", flag=in_short(f"--{match['name']}"), flags=known))
    return None
