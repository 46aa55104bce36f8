"""Backslashes in JSON strings."""

import json

_BACKSLASH = ord("\\")


def is_odd_run_of_backslashes(chunk: bytes, start: int, end: int) -> bool:
    """Whether the bytes from `start` end, at `end`, with a backslash that escapes the next character."""
    index = end
    while index > start and chunk[index - 1] == _BACKSLASH:
        index -= 1
    return (end - index) % 2 == 1


def to_key(raw: bytes) -> str | None:
    """Decode a key. Return None if it is not one."""
    if b"\\" not in raw:
        return raw.decode("utf-8", "replace")
    try:
        return str(json.loads(b'"' + raw + b'"'))
    except ValueError:
        return None  # then the skeleton is no JSON either, and parsing it fails at the end
