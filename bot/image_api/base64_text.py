"""Base64 as it stands in a JSON string, decoded piece by piece."""

import binascii
import codecs
import json
import re
import string

import pybase64

from bot.image_api.data_uris import end_before_open_escape

BATCH_BYTES = 64 * 1024
"""Base64 is decoded in pieces of this size; one takes some microseconds, so it may be done on the event loop."""

_PREFIX = re.compile(rb"(?:data:[^,]{0,100};base64,|base64://)", re.IGNORECASE)
_PREFIX_LIMIT = 128
"""Characters within which a prefix must have ended."""

_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_DIGITS = frozenset(string.ascii_letters.encode() + string.digits.encode() + b"+/=")
_WHITE_SPACE = b" \t\r\n"


class NotJson(ValueError):
    """The characters could not stand in a JSON string."""


class Base64Text:
    r"""Turns the raw characters between the quotes of a JSON string into the bytes they stand for.

    Takes what gateways send: JSON escapes (`\/`, `\n`, `\u002b`), white space, the URL-safe alphabet, missing
    padding, a `data:…;base64,` or `base64://` prefix. What is not base64 is no error of the JSON around it:
    `fault` says so, and nothing more comes out.
    """

    def __init__(self, *, batch_bytes: int = BATCH_BYTES) -> None:
        self._batch_bytes = batch_bytes
        self.fault: str | None = None
        self._raw = bytearray()
        self._head: bytes | None = b""  # None once it is known whether there is a prefix
        self._rest = b""  # the last group of four, which alone may hold padding
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    def feed(self, raw: bytes) -> bytes:
        """Take characters as they stand in the JSON; give back what can be decoded. Raises `NotJson`."""
        if not self._raw and len(raw) >= self._batch_bytes:
            return self._take(raw, ends_string=False)
        self._raw += raw
        return self._take(bytes(self._raw), ends_string=False) if len(self._raw) >= self._batch_bytes else b""

    def end_string(self) -> bytes:
        """The string has ended; another may go on with the same base64. Raises `NotJson`."""
        return self._take(bytes(self._raw), ends_string=True)

    def close(self) -> bytes:
        """The base64 has ended: give back the rest. Raises `NotJson`."""
        return self.end_string() + self._take(b"", ends_string=True, is_last=True)

    def _take(self, raw: bytes, *, ends_string: bool, is_last: bool = False) -> bytes:
        end = len(raw) if ends_string else end_before_open_escape(raw)
        batch, self._raw = raw[:end], bytearray(raw[end:])
        try:
            if self._head is None and self.fault is None:
                return self._decode(batch, is_last=is_last)
        except binascii.Error:
            pass  # not plain base64; perhaps it is once escapes and the like are undone
        return self._decode_unescaped(batch, ends_string=ends_string, is_last=is_last)

    def _decode_unescaped(self, batch: bytes, *, ends_string: bool, is_last: bool) -> bytes:
        try:
            text: str = json.loads(f'"{self._utf8.decode(batch, ends_string)}"')
        except ValueError as error:
            raise NotJson("characters that cannot stand in a JSON string") from error
        if not batch.isascii():  # and perhaps only a part of a character, of which `text` shows nothing yet
            self.fault = "not base64"
        if self.fault is not None:
            return b""
        try:
            clean = self._without_prefix(text.encode("ascii").translate(_FROM_URL_SAFE, _WHITE_SPACE), is_last=is_last)
            return self._decode(clean, is_last=is_last)
        except ValueError:
            self.fault = "not base64"
            return b""

    def _without_prefix(self, text: bytes, *, is_last: bool) -> bytes:
        if self._head is None:
            return text
        head = self._head + text
        if len(head) < _PREFIX_LIMIT and not is_last:
            self._head = head
            return b""
        self._head = None
        prefix = _PREFIX.match(head)
        return head[prefix.end() :] if prefix else head

    def _decode(self, text: bytes, *, is_last: bool) -> bytes:
        """Decode whole groups of four. Raises `binascii.Error`, and then has changed nothing."""
        text = self._rest + text
        if is_last:
            return _decode_end(text)
        end = max(0, len(text) - 1) // 4 * 4
        if text.find(b"=", 0, end) >= 0 or not _DIGITS.issuperset(text[end:]):
            raise binascii.Error("not base64, or data after the padding")
        decoded = pybase64.b64decode(memoryview(text)[:end], validate=True)
        self._rest = text[end:]
        return decoded


def _decode_end(text: bytes) -> bytes:
    digits = text.rstrip(b"=")
    missing = -len(digits) % 4
    if len(text) - len(digits) > missing:
        raise binascii.Error("too much padding")
    return binascii.a2b_base64(digits + b"=" * missing, strict_mode=True)
