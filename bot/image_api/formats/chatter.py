"""Removes from an answer's words what is not for members: the request repeated as JSON, progress, base64.

Gateways that paint with the tools of a chat site pass on all that the site shows meanwhile: the request as JSON, the
number of its task, its place in the queue, and each step of the progress, as a line that begins with `>`.

The endpoint chooses these words, so each regular expression here reads a character a bounded number of times.
Repetitions without a limit are possessive (`*+`): they never backtrack.
"""

import json
import re

MOST_ECHOES = 8
"""At most so many JSON objects without a code fence are examined in one text."""

ECHO_LENGTH = 64 * 1024
"""Characters of such an object; a request is a prompt and some settings."""

MOST_WORDS = 32 * 1024
"""At most so many characters of a text are words for members, who are shown some hundreds of them."""

_ECHO_KEYS = ("prompt", "task_id")
_FENCED = re.compile(r"^[ \t]*```\w*\s*\{(?:(?!```).)*+```[ \t]*$", re.MULTILINE | re.DOTALL)
_BARE = re.compile(r"^[ \t]*(?=\{)", re.MULTILINE)
_DECODER = json.JSONDecoder(strict=False)

_STATUS = re.compile(
    r"^[ \t]*+>[^\n]*(?:进度|排队|生成[中完失]|失败原因|progress\W{0,8}\d|in queue|\b(?:gen_)?id[^\S\n]*[:：])[^\n]*+$"
    r"|^[^\w\n]*+(?:进度|progress)[^\w\n]*+\d[\d.]*+[^\w\n]*+$"
    r"|^[ \t]*+>[ \t]*+$",
    re.MULTILINE | re.IGNORECASE,
)
_BASE64 = re.compile(r"(?<![\w+/=-])(?:data:[^,\s]{0,100};base64,|base64://)?[A-Za-z0-9+/=_-]{256,}+")
_AFTER_PICTURE = ",.;:，。；：、 "
_EMPTY = _AFTER_PICTURE + "*_-#<>|~`()[]!?！？\n"
"""A text says nothing if only these characters are left after its pictures were removed."""
_GAP = re.compile(r"\n[^\S\n]*+\n\s*+")

_FAILURE = re.compile(r"^[ \t]*+>[^\n]*(?:生成失败|失败原因)", re.MULTILINE)
_REASON = re.compile(r"失败原因\s*+[:：]\s*+([^\n]++)")


def without_echo(text: str) -> str:
    """Remove the repeated request from a text. It is JSON, with or without a code fence."""
    text = _FENCED.sub(lambda block: "" if _is_echo(block[0]) else block[0], text)
    position = 0
    for _ in range(MOST_ECHOES):
        found = _BARE.search(text, position)
        if found is None:
            break
        position = found.end() + 1
        try:
            value, length = _DECODER.raw_decode(text[found.end() : found.end() + ECHO_LENGTH])
        except (ValueError, RecursionError):
            continue
        if any(key in value for key in _ECHO_KEYS):
            text, position = text[: found.start()] + text[found.end() + length :], found.start()
    return text


def without_status(text: str) -> str:
    """Remove progress lines and unrecognised base64 from a text for members. Return "" if nothing is left.

    Text beyond `MOST_WORDS` characters is left out.
    """
    words = _GAP.sub("\n\n", _BASE64.sub("", _STATUS.sub("", text[:MOST_WORDS]))).strip()
    return words.lstrip(_AFTER_PICTURE) if words.strip(_EMPTY) else ""


def failure_in(text: str) -> str | None:
    """Return the reason if a progress line reports a failure: "" if it gives none. Return None without a failure."""
    if _FAILURE.search(text) is None:
        return None
    reason = _REASON.search(text)
    return reason[1].strip() if reason else ""


def _is_echo(block: str) -> bool:
    return any(f'"{key}"' in block for key in _ECHO_KEYS)
