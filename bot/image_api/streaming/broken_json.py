"""Parses what is readable of a broken JSON text: one with forbidden characters, or with more text after it."""

import json
import re
from typing import Any

from bot.image_api.streaming.data_uris import end_before_open_escape

MOST_DOCUMENTS = 16
"""At most so many documents are read from a text that should be one document."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


def documents_in(text: bytes) -> list[Any]:
    """Parse the documents at the beginning of a text. Forbidden characters in strings and a broken rest are ignored."""
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
    """Cut an incomplete escape or an incomplete UTF-8 character from the end of a string."""
    return raw[: end_before_open_escape(raw)].decode("utf-8", "ignore").encode()
