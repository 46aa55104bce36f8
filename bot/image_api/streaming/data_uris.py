"""Finds the pictures inside the strings of a JSON text while the text arrives.

Gateways answer `![image](data:image/png;base64,…)` with megabytes between the brackets, or with only base64 under a key
of their own. An event stream may cut such a text anywhere: the next event continues it, in the string that stands in
the same place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PREFIX_BYTES = 160
"""A URI's beginning, up to its data, has at most so many characters. So many are enough to recognise bare base64."""

SHORTEST_URI_BYTES = len("data:image/x;base64,")
"""A shorter string holds no picture."""

_KIND = rb"(?:iVBORw0KGgo|/9j/|UklGR|R0lGOD|AAAA[A-Za-z0-9+/]{2}Z0eX[A-D])"
"""The first base64 characters of a picture: PNG, JPEG, WebP, GIF, and the family of AVIF and HEIC."""

_OPENING = rb"""(?P<opening>[(<'`]|\\")?"""
_BEGINNING = re.compile(
    _OPENING + rb"(?:data:image/[a-z0-9.+-]{1,32}(?:;[a-z0-9=.+_-]{1,32}){0,2};base64,"
    rb"|(?:data:[a-z0-9/.+-]{0,64};base64,|base64://)(?-i:(?=" + _KIND + rb")))",
    re.IGNORECASE,
)
"""If a URI does not name an image type, its base64 must begin as that of a picture."""

_MAY_BE_BEGUN = re.compile(
    _OPENING + rb"(?:d|da|dat|data|data:[a-z0-9/=.+_;-]{0,130},?|b|ba|bas|base|base6|base64|base64:/{0,2}"
    rb"|(?:data:[a-z0-9/.+-]{0,64};base64,|base64://)[a-z0-9+/]{1,16})\Z"
    rb"""|(?:[(<'`]|\\")\Z""",
    re.IGNORECASE,
)
"""The end of a text that may be the beginning of a URI whose rest is in the next event."""

_PICTURE = re.compile(rb"(?i:data:[^,\\\"]{0,40};base64,|base64://)?" + _KIND)
_BARE = re.compile(
    rb"(?i:data:(?!image/)[^,\\\"]{0,40};base64,|base64://)?(?P<data>" + _KIND + rb"[A-Za-z0-9+/=_\\-]{64})"
)
_PREFIXED = re.compile(rb"data:|base64://", re.IGNORECASE)
_ONLY_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=_%-]|\\[nrt]|[ \t\r\n])*+\Z")

_CLOSINGS = {b"(": b")", b"<": b">", b"'": b"'", b"`": b"`", b'\\"': b'\\"'}
_BEFORE_TITLE = (b'\\"', b"'")
"""A markdown link's title begins with one of these. It stands between the URL and the closing bracket."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=_-]")
_WHOLE_STRING = b"\x00"
"""The closing of a picture that continues to the end of its string. No JSON string holds this character."""

_LEAST_GOING_ON = 64
"""So much base64 at the beginning of a string surely continues a picture; less may be a word."""

_ESCAPE = re.compile(rb"\\(?:/|u00([2-7][0-9A-Fa-f]))")
_ESCAPED_BACKSLASH = b"\x00"


@dataclass(frozen=True, slots=True)
class UriPiece:
    """Some of the base64 of a picture, as it stands in the JSON."""

    raw: bytes
    is_new: bool = False  # the first piece of a picture; the others continue the picture before
    taken_back: int = 0  # number of characters given out before as text that belong to the URI


class PicturesInString:
    r"""Splits the raw characters of a JSON string into text and the base64 of pictures.

    A URI after an opening bracket or quote ends with the closing one. Any other URI ends where its base64 ends. A
    string is one picture if it begins as base64 of a picture, or if `is_picture` is set. In the text, escapes of
    printable characters (`\/`, `\u0064`) are replaced by the characters, which does not change its meaning.

    After `end` the string of the next event may be fed if `may_go_on` is true.
    """

    def __init__(self, *, is_picture: bool = False) -> None:
        self._is_picture = is_picture
        self._raw = b""  # the beginning of an escape
        self._text = b""  # text that may be the beginning of a URI
        self._said = 0  # characters of `_text` already given out as text, with an earlier event
        self._closing: bytes | None = None  # None: outside of a URI; b"": the URI ends with its base64
        self._is_at_start = True  # of the string
        self._is_going_on = False  # the last string ended within a picture, and nothing was read since
        self._base64 = 0  # characters of the current picture
        self._is_padded = False

    @property
    def may_go_on(self) -> bool:
        """Whether the string ended within a picture, or within a possible beginning of one."""
        return self._said > 0 or self._closing is not None

    @property
    def is_in_picture(self) -> bool:
        """Whether the next characters belong to a picture."""
        return self._closing is not None and not self._is_at_start

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was fed, neither of this string nor of an earlier one."""
        return self._is_at_start and not (self._text or self._raw or self._is_going_on)

    def feed(self, raw: bytes) -> Iterator[bytes | UriPiece]:
        """Split raw characters into text and the base64 of pictures, in order."""
        yield from self._take(raw, is_last=False)

    def end(self) -> Iterator[bytes | UriPiece]:
        """End the string, and yield the rest of it."""
        yield from self._take(b"", is_last=True)
        if self._is_picture and self._is_at_start and not self._is_going_on:
            yield UriPiece(b"", is_new=True)  # an empty picture
        if self._is_padded:
            self._closing = None
        self._is_going_on = self._closing is not None
        self._is_at_start = True

    def _take(self, raw: bytes, *, is_last: bool) -> Iterator[bytes | UriPiece]:
        text = self._text + self._without_escapes(raw, is_last=is_last)
        self._text = b""
        if self._is_at_start and text:
            if len(text) < PREFIX_BYTES and not is_last:
                self._text = text
                return
            self._is_at_start = False
            if not self._said:
                yield from self._begin(text)
        while text or is_last:
            if self._closing is None:
                found = _BEGINNING.search(text)
                if found is None:
                    yield from self._leave_text(text, is_last=is_last)
                    return
                start = found.start() + len(found["opening"] or b"")
                yield text[self._said : start]
                yield UriPiece(b"", is_new=True, taken_back=max(0, self._said - start))
                self._begin_picture(_CLOSINGS.get(found["opening"] or b"", b""))
                text, self._said = text[found.end() :], 0
            end = self._end(text)
            if end is None:
                held = 0 if is_last else max(0, len(self._closing or b"") - 1)
                yield self._piece(text[: len(text) - held])
                self._text = text[len(text) - held :]
                return
            yield self._piece(text[:end])
            text, self._closing = text[end:], None

    def _begin(self, text: bytes) -> Iterator[UriPiece]:
        """Decide by its beginning whether a string is a picture."""
        if self._is_going_on and not self._goes_on(text[:PREFIX_BYTES]):
            self._closing = None
        bare = _BARE.match(text)
        if self._closing is None and (self._is_picture or bare is not None):
            self._begin_picture(_WHOLE_STRING)
            self._base64 = -bare.start("data") if bare else 0
            yield UriPiece(b"", is_new=True)

    def _goes_on(self, head: bytes) -> bool:
        """Whether a string continues the picture that the last string ended in."""
        is_new = self._base64 > 0 and _PICTURE.match(head) is not None
        if is_new or self._is_picture:
            return not is_new and _PREFIXED.match(head) is None
        if self._closing not in {b"", _WHOLE_STRING}:
            return _ONLY_BASE64.match(head[: self._end(head)]) is not None
        if _ONLY_BASE64.match(head[:_LEAST_GOING_ON]) is None:
            return False
        is_group = (self._base64 + len(head)) % 4 == 0  # a word rarely has exactly the length that the base64 lacks
        return len(head) >= _LEAST_GOING_ON or head.endswith(b"=") or is_group

    def _begin_picture(self, closing: bytes) -> None:
        self._closing, self._base64, self._is_padded = closing, 0, False

    def _piece(self, raw: bytes) -> UriPiece:
        self._base64 += len(raw)
        self._is_padded = raw.endswith(b"=") or (self._is_padded and not raw)
        return UriPiece(raw)

    def _leave_text(self, text: bytes, *, is_last: bool) -> Iterator[bytes]:
        """Yield the text. A possible beginning of a URI is held back, or remembered at the end of the string."""
        if not is_last:
            held = max(0, len(text) - max(PREFIX_BYTES, self._said))
            yield text[self._said : held]
            self._text, self._said = text[held:], max(0, self._said - held)
            return
        yield text[self._said :]
        begun = _MAY_BE_BEGUN.search(text[-PREFIX_BYTES:])
        self._text = begun[0] if begun else b""
        self._said = len(self._text)

    def _end(self, text: bytes) -> int | None:
        """Find the end of the URI's data. Return None if it continues."""
        if self._closing:
            closings = (self._closing, *_BEFORE_TITLE) if self._closing == b")" else (self._closing,)
            ends = (text.find(closing) for closing in closings)
            return min((end for end in ends if end >= 0), default=None)
        if not text.translate(None, _BASE64):  # some ten times faster than searching for the end
            return None
        found = _NO_BASE64.search(text)
        return found.start() if found else None

    def _without_escapes(self, raw: bytes, *, is_last: bool) -> bytes:
        raw = self._raw + raw
        end = len(raw) if is_last else end_before_open_escape(raw)
        self._raw = raw[end:]
        return without_needless_escapes(raw[:end]) if b"\\" in raw else raw[:end]


def may_be_begun(text: bytes) -> bool:
    """Whether a text ends with a possible beginning of a URI."""
    return _MAY_BE_BEGUN.search(text[-PREFIX_BYTES:]) is not None


def without_needless_escapes(raw: bytes) -> bytes:
    """Replace escapes of printable characters by the characters, except quotes and backslashes."""
    if (b"\\/" not in raw and b"\\u00" not in raw) or _ESCAPED_BACKSLASH in raw:  # then it is not JSON at all
        return raw
    # Escaped backslashes are replaced first, so that each remaining backslash begins an escape.
    apart = raw.replace(b"\\\\", _ESCAPED_BACKSLASH)
    return _ESCAPE.sub(_plain, apart).replace(_ESCAPED_BACKSLASH, b"\\\\")


def _plain(escape: re.Match[bytes]) -> bytes:
    """Return the character of an escape, or the escape itself if the character needs one."""
    if escape[1] is None:
        return b"/"
    character = bytes.fromhex(escape[1].decode())
    return escape[0] if character in b'"\\\x7f' else character


def end_before_open_escape(raw: bytes) -> int:
    """Find where to cut without cutting a JSON escape in two. `raw` begins outside an escape."""
    last = raw.rfind(b"\\")
    if last < 0:
        return len(raw)
    backslashes = last + 1 - len(raw[: last + 1].rstrip(b"\\"))
    length = 6 if raw[last + 1 : last + 2] == b"u" else 2
    return last if backslashes % 2 and len(raw) - last < length else len(raw)
