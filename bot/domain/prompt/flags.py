"""Take flags out of a prompt, whatever a phone has made of their dashes."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from bot.domain.catalogue.picture_settings import SETTINGS
from bot.domain.chat import Quoted, Sentence
from bot.domain.errors import CommandFault

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
    """Return the flag that a match names; None if it is ordinary text. Raises `CommandFault` for an unknown flag."""
    name = match["name"].casefold()
    if not match["dash"].startswith(("--", "－－")):
        return _flag_after_long_dash(match, name, may_guess=may_guess)
    if name in FLAGS:
        return FLAGS[name]
    near = _near(name, FLAGS)
    if near is not None:
        raise _unknown(match, near)
    known = ", ".join(f"--{flag}" for flag in dict.fromkeys(FLAGS.values()))
    raise CommandFault(Sentence("flag-unknown", flag=in_short(f"--{match['name']}"), flags=known))


def _flag_after_long_dash(match: re.Match[str], name: str, *, may_guess: bool) -> str | None:
    """Return the flag that a match names after a long dash, which is also punctuation; None if it is ordinary text.

    The name must be a known flag or nearly one, and a value of it must follow: "a hotel —think Wes Anderson" has no
    flag. Switches are not guessed, because too many ordinary words are similar to them.
    """
    flag = FLAGS.get(name) or (_near(name, _WITH_VALUES) if may_guess else None)
    if flag is None or not _may_have_value(flag, match):
        return None
    if name not in FLAGS:
        raise _unknown(match, flag)
    return flag


def _may_have_value(flag: str, match: re.Match[str]) -> bool:
    """Whether what follows a flag may be its value, as far as that can be told without a catalogue."""
    value = _VALUE.match(match.string, match.end())
    setting = next((each for each in SETTINGS if each.flag == flag), None)
    return setting is None or value is None or setting.parse(value.group()) is not None


def _near(name: str, spellings: Iterable[str]) -> str | None:
    found = difflib.get_close_matches(name, spellings, n=1, cutoff=_NEAR)
    return FLAGS[found[0]] if found else None


def _unknown(match: re.Match[str], near: str) -> CommandFault:
    return CommandFault(Sentence("flag-unknown-near", flag=in_short(f"--{match['name']}"), near=f"--{near}"))
