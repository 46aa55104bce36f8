"""Finds pictures that stand as `data:` URIs within a text, while the text arrives.

Gateways answer `![image](data:image/png;base64,…)` with megabytes between the brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PREFIX_BYTES = 160
"""Characters within which the beginning of a URI, up to its data, must stand."""

_BEGINNING = re.compile(
    rb"""(?P<opening>[(<'`]|\\")?data:image/[a-z0-9.+-]{1,32}(?:;[a-z0-9=.+_-]{1,32}){0,2};base64,""", re.IGNORECASE
)
_CLOSINGS = {b"(": b")", b"<": b">", b"'": b"'", b"`": b"`", b'\\"': b'\\"'}
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=_-]")

_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True)
class UriPiece:
    """Some of the base64 of a URI, as it stands in the JSON; the last piece may be empty."""

    raw: bytes
    is_last: bool


class DataUris:
    r"""Splits the raw characters of a JSON string into text and the data of URIs.

    A URI that follows an opening bracket or quote ends with the closing one; any other ends where its base64 does.
    Text comes out with the escapes of printable characters undone (`\/`, `\u0064`), so it stands for the same.
    """

    def __init__(self) -> None:
        self._raw = b""  # the beginning of an escape
        self._text = b""  # that may be the beginning of a URI
        self._closing: bytes | None = None  # None: we are in text; b"": the URI ends with its base64

    def feed(self, raw: bytes) -> Iterator[bytes | UriPiece]:
        """Take characters: the text in them, and the data of the URIs, in their order."""
        yield from self._take(raw, is_last=False)

    def close(self) -> Iterator[bytes | UriPiece]:
        """The string has ended: the rest of it."""
        yield from self._take(b"", is_last=True)

    def _take(self, raw: bytes, *, is_last: bool) -> Iterator[bytes | UriPiece]:
        text = self._text + self._without_escapes(raw, is_last=is_last)
        self._text = b""
        while text or is_last:
            if self._closing is None:
                found = _BEGINNING.search(text)
                if found is None:
                    held = 0 if is_last else PREFIX_BYTES
                    yield text[: max(0, len(text) - held)]
                    self._text = text[max(0, len(text) - held) :]
                    return
                opening = found["opening"] or b""
                yield text[: found.start() + len(opening)]
                self._closing = _CLOSINGS.get(opening, b"")
                text = text[found.end() :]
            end = self._end(text)
            if end is None:
                held = 0 if is_last else max(0, len(self._closing) - 1)
                yield UriPiece(text[: len(text) - held], is_last)
                self._text = text[len(text) - held :]
                return
            yield UriPiece(text[:end], is_last=True)
            text, self._closing = text[end:], None

    def _end(self, text: bytes) -> int | None:
        """Where the data of the URI ends; None if it goes on."""
        if self._closing:
            end = text.find(self._closing)
            return None if end < 0 else end
        if not text.translate(None, _BASE64):  # some ten times faster than looking for the end
            return None
        found = _NO_BASE64.search(text)
        return found.start() if found else None

    def _without_escapes(self, raw: bytes, *, is_last: bool) -> bytes:
        raw = self._raw + raw
        end = len(raw) if is_last else end_before_open_escape(raw)
        self._raw = raw[end:]
        return _ESCAPE.sub(_plain, raw[:end]) if b"\\" in raw else raw[:end]


def _plain(escape: re.Match[bytes]) -> bytes:
    """What an escape stands for, where that needs none; else the escape."""
    if escape[0] == rb"\/":
        return b"/"
    code = int(escape[1], 16) if escape[1] else 0
    return bytes([code]) if code in _PRINTABLE and code not in b'"\\' else escape[0]


def end_before_open_escape(raw: bytes) -> int:
    """Where to cut so that no JSON escape is cut in two; `raw` begins outside an escape."""
    last = raw.rfind(b"\\")
    if last < 0:
        return len(raw)
    backslashes = last + 1 - len(raw[: last + 1].rstrip(b"\\"))
    length = 6 if raw[last + 1 : last + 2] == b"u" else 2
    return last if backslashes % 2 and len(raw) - last < length else len(raw)
