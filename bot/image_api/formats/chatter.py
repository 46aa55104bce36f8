"""Takes out of an answer's words what is not for members: the order repeated as JSON, progress, base64.

Gateways that paint with the tools of a chat site pass on all that it shows while it paints: the order as JSON, the
number of its task, its place in the queue, and each step of the progress, as a line that begins with `>`.

Whoever answers chooses these words, so each expression here reads a character a bounded number of times. What runs on
without a limit is possessive (`*+`): it gives nothing back to be tried again.
"""

import json
import re

MOST_ECHOES = 8
"""How many objects without a fence are looked for in one text."""

ECHO_LENGTH = 64 * 1024
"""Characters of such an object; an order is a prompt and some settings."""

MOST_WORDS = 32 * 1024
"""Characters of a text that are words for members, who are shown some hundreds of them."""

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
"""What is left of a text whose pictures were taken out says nothing if it is all of these."""
_GAP = re.compile(r"\n[^\S\n]*+\n\s*+")

_FAILURE = re.compile(r"^[ \t]*+>[^\n]*(?:生成失败|失败原因)", re.MULTILINE)
_REASON = re.compile(r"失败原因\s*+[:：]\s*+([^\n]++)")


def without_echo(text: str) -> str:
    """A text without the order that it repeats as JSON, be it fenced or not."""
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
    """Words as a member may read them: no progress, no base64 that nobody understood; "" if nothing is left.

    What is beyond `MOST_WORDS` is left out.
    """
    words = _GAP.sub("\n\n", _BASE64.sub("", _STATUS.sub("", text[:MOST_WORDS]))).strip()
    return words.lstrip(_AFTER_PICTURE) if words.strip(_EMPTY) else ""


def failure_in(text: str) -> str | None:
    """Why painting failed, where a progress line says that it did: "" if it gives no reason; None if it did not."""
    if _FAILURE.search(text) is None:
        return None
    reason = _REASON.search(text)
    return reason[1].strip() if reason else ""


def _is_echo(block: str) -> bool:
    return any(f'"{key}"' in block for key in _ECHO_KEYS)
