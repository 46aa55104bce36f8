"""Reads what there is of a broken JSON text: one with characters it must not hold, or with more after it."""

import json
import re
from typing import Any

from bot.image_api.streaming.data_uris import end_before_open_escape

MOST_DOCUMENTS = 16
"""Documents one after the other in a text that should be one."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


def documents_in(text: bytes) -> list[Any]:
    """The documents at the beginning of a text, whatever characters stand in their strings and after them."""
    decoded = text.decode("utf-8", "replace").removeprefix("\ufeff")
    documents: list[Any] = []
    position = 0
    while len(documents) < MOST_DOCUMENTS:
        start = _SPACE.match(decoded, position)
        try:
            document, position = _DECODER.raw_decode(decoded, start.end() if start else position)
        except (ValueError, RecursionError):
            break
        documents.append(document)
    return documents


def without_open_end(raw: bytes) -> bytes:
    """The characters of a string without an escape or a character at their end that is not whole."""
    return raw[: end_before_open_escape(raw)].decode("utf-8", "ignore").encode()
