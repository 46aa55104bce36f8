"""Decodes the base64 in a JSON string piece by piece."""

import binascii
import codecs
import json
import re
import string

import pybase64

from bot.image_api.streaming.data_uris import end_before_open_escape

BATCH_BYTES = 64 * 1024
"""Base64 is decoded in pieces of this size. One takes some microseconds, so it may run on the event loop."""

_PREFIX = re.compile(rb"(?:data:[^,]{0,100};base64,|base64://)", re.IGNORECASE)
_PREFIX_LIMIT = 128
"""A prefix ends within so many characters."""

_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_DIGITS = frozenset(string.ascii_letters.encode() + string.digits.encode() + b"+/=")
_WHITE_SPACE = b" \t\r\n"
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")

NOT_BASE64 = "not base64"


class Base64Text:
    r"""Decodes the raw characters between the quotes of a JSON string from base64 to bytes.

    Accepts what gateways send: JSON escapes (`\/`, `\n`, `\u002b`), white space, the URL-safe alphabet, missing
    padding, a `data:…;base64,` or `base64://` prefix. Decoding stops at the first character that is not base64, and
    then `fault` is set. `is_json` says whether the characters may stand in a JSON string at all.
    """

    def __init__(self, *, batch_bytes: int = BATCH_BYTES) -> None:
        self._batch_bytes = batch_bytes
        self.fault: str | None = None
        self.is_json = True
        self._raw = bytearray()
        self._head: bytes | None = b""  # None once it is known whether there is a prefix
        self._rest = b""  # the last group of four, the only one that may hold padding
        self._percent = b""  # the beginning of a percent-encoded character
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    def feed(self, raw: bytes) -> bytes:
        """Take raw characters of the JSON string. Return the bytes that can be decoded now."""
        if not self._raw and len(raw) >= self._batch_bytes:
            return self._take(raw, ends_string=False)
        self._raw += raw
        return self._take(bytes(self._raw), ends_string=False) if len(self._raw) >= self._batch_bytes else b""

    def end_string(self) -> bytes:
        """End this string. Another string may continue the same base64."""
        return self._take(bytes(self._raw), ends_string=True)

    def close(self) -> bytes:
        """End the base64, and return the remaining bytes."""
        return self.end_string() + self._take(b"", ends_string=True, is_last=True)

    def _take(self, raw: bytes, *, ends_string: bool, is_last: bool = False) -> bytes:
        end = len(raw) if ends_string else end_before_open_escape(raw)
        batch, self._raw = raw[:end], bytearray(raw[end:])
        try:
            if self._head is None and self.fault is None and not self._percent:
                return self._decode(batch, is_last=is_last)
        except binascii.Error:
            pass  # not plain base64; perhaps it is after decoding escapes and the like
        return self._decode_unescaped(batch, ends_string=ends_string, is_last=is_last)

    def _decode_unescaped(self, batch: bytes, *, ends_string: bool, is_last: bool) -> bytes:
        text = self._unescaped(batch, ends_string=ends_string)
        if self.fault is not None:
            return b""
        ascii_text = _beginning_in_ascii(text)
        is_ascii = batch.isascii() and text.isascii()  # an incomplete character may not appear in `text` yet
        clean = self._without_percent(ascii_text, is_last=is_last).translate(_FROM_URL_SAFE, _WHITE_SPACE)
        whole = self._without_prefix(clean, is_last=is_last or not is_ascii)
        if not is_ascii:
            self.fault = NOT_BASE64
        try:
            return self._decode(whole, is_last=is_last) if self.fault is None else self._decode_beginning(whole)
        except ValueError:
            self.fault = NOT_BASE64
            return self._decode_beginning(whole)

    def _unescaped(self, batch: bytes, *, ends_string: bool) -> str:
        """Decode JSON escapes and UTF-8. Return the characters unchanged if they may not stand in a JSON string."""
        try:
            text: str = json.loads(f'"{self._utf8.decode(batch, ends_string)}"')
        except ValueError:
            self.is_json = False
            self._utf8.reset()
            return batch.decode("utf-8", "replace")
        return text

    def _without_percent(self, text: bytes, *, is_last: bool) -> bytes:
        """Decode percent-encoded characters, as a URL may have them."""
        text = self._percent + text
        open_at = -1 if is_last else text.find(b"%", max(0, len(text) - 2))
        end = len(text) if open_at < 0 else open_at
        self._percent = text[end:]
        return _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), text[:end]) if b"%" in text else text

    def _decode_beginning(self, text: bytes) -> bytes:
        """Decode up to the first character that is not base64: the picture may be whole there."""
        digits = _BASE64.match(self._rest + text)
        whole = digits[0] if digits else b""
        self._rest = b""
        return binascii.a2b_base64(whole[: len(whole) // 4 * 4]) + _decode_rest(whole[len(whole) // 4 * 4 :])

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
        """Decode whole groups of four. Raises `binascii.Error`, and changes nothing in that case."""
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


def _decode_rest(digits: bytes) -> bytes:
    """Decode the last one or two bytes, whose padding is missing."""
    return binascii.a2b_base64(digits + b"=" * (4 - len(digits))) if len(digits) > 1 else b""


def _beginning_in_ascii(text: str) -> bytes:
    found = _NOT_ASCII.search(text)
    return text[: found.start() if found else len(text)].encode()
