"""Finds the pictures within the strings of a JSON text, while the text arrives.

Gateways answer `![image](data:image/png;base64,…)` with megabytes between the brackets, or with nothing but base64
under a key of their own. An event stream may cut such a text anywhere: what one event began the next goes on with, in
the string that stands in the same place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PREFIX_BYTES = 160
"""Characters within which the beginning of a URI, up to its data, must stand; and by which bare base64 is known."""

SHORTEST_URI_BYTES = len("data:image/x;base64,")
"""No shorter string has a picture in it."""

_KIND = rb"(?:iVBORw0KGgo|/9j/|UklGR|R0lGOD|AAAA[A-Za-z0-9+/]{2}Z0eX[A-D])"
"""How the base64 of a picture begins: PNG, JPEG, WebP, GIF, and the family of AVIF and HEIC."""

_OPENING = rb"""(?P<opening>[(<'`]|\\")?"""
_BEGINNING = re.compile(
    _OPENING + rb"(?:data:image/[a-z0-9.+-]{1,32}(?:;[a-z0-9=.+_-]{1,32}){0,2};base64,"
    rb"|(?:data:[a-z0-9/.+-]{0,64};base64,|base64://)(?-i:(?=" + _KIND + rb")))",
    re.IGNORECASE,
)
"""Of what does not say that it is a picture, the base64 must begin as that of one."""

_MAY_BE_BEGUN = re.compile(
    _OPENING + rb"(?:d|da|dat|data|data:[a-z0-9/=.+_;-]{0,130},?|b|ba|bas|base|base6|base64|base64:/{0,2}"
    rb"|(?:data:[a-z0-9/.+-]{0,64};base64,|base64://)[a-z0-9+/]{1,16})\Z"
    rb"""|(?:[(<'`]|\\")\Z""",
    re.IGNORECASE,
)
"""The end of a text that may be the beginning of a URI, of which the next event has the rest."""

_PICTURE = re.compile(rb"(?i:data:[^,\\\"]{0,40};base64,|base64://)?" + _KIND)
_BARE = re.compile(
    rb"(?i:data:(?!image/)[^,\\\"]{0,40};base64,|base64://)?(?P<data>" + _KIND + rb"[A-Za-z0-9+/=_\\-]{64})"
)
_PREFIXED = re.compile(rb"data:|base64://", re.IGNORECASE)
_ONLY_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=_%-]|\\[nrt]|[ \t\r\n])*+\Z")

_CLOSINGS = {b"(": b")", b"<": b">", b"'": b"'", b"`": b"`", b'\\"': b'\\"'}
_BEFORE_TITLE = (b'\\"', b"'")
"""How the title of a markdown link begins, which stands between the address and the closing bracket."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=_-]")
_WHOLE_STRING = b"\x00"
"""The closing of a picture that goes on to the end of its string: no JSON string holds this character."""

_LEAST_GOING_ON = 64
"""So much base64 at the beginning of a string surely goes on with a picture; less may be a word."""

_ESCAPE = re.compile(rb"\\(?:/|u00([2-7][0-9A-Fa-f]))")
_ESCAPED_BACKSLASH = b"\x00"


@dataclass(frozen=True, slots=True)
class UriPiece:
    """Some of the base64 of a picture, as it stands in the JSON."""

    raw: bytes
    is_new: bool = False  # the first piece of a picture; the others belong to the one before
    taken_back: int = 0  # characters of the text before that were the beginning of the URI after all


class PicturesInString:
    r"""Splits the raw characters of a JSON string into text and the base64 of pictures.

    A URI that follows an opening bracket or quote ends with the closing one; any other ends where its base64 does.
    A string that is base64 of a picture from its first character on is one picture, as is one that is told to be.
    Text comes out with the escapes of printable characters undone (`\/`, `\u0064`), so it stands for the same.

    After `end` the string of the next event may be fed, if this one `may_go_on`.
    """

    def __init__(self, *, is_picture: bool = False) -> None:
        self._is_picture = is_picture
        self._raw = b""  # the beginning of an escape
        self._text = b""  # that may be the beginning of a URI
        self._said = 0  # characters of `_text` that have come out already, with an event before
        self._closing: bytes | None = None  # None: we are in text; b"": the URI ends with its base64
        self._is_at_start = True  # of the string
        self._is_going_on = False  # the string before ended within a picture, and nothing was read since
        self._base64 = 0  # characters of the picture we are in
        self._is_padded = False

    @property
    def may_go_on(self) -> bool:
        """Whether the string ended within a picture, or within what may be the beginning of one."""
        return self._said > 0 or self._closing is not None

    @property
    def is_in_picture(self) -> bool:
        """Whether what comes next belongs to a picture."""
        return self._closing is not None and not self._is_at_start

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was fed, of this string or of one before."""
        return self._is_at_start and not (self._text or self._raw or self._is_going_on)

    def feed(self, raw: bytes) -> Iterator[bytes | UriPiece]:
        """Take characters: the text in them, and the data of the pictures, in their order."""
        yield from self._take(raw, is_last=False)

    def end(self) -> Iterator[bytes | UriPiece]:
        """The string has ended: the rest of it."""
        yield from self._take(b"", is_last=True)
        if self._is_picture and self._is_at_start and not self._is_going_on:
            yield UriPiece(b"", is_new=True)  # an empty one
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
        """Decide by its beginning what a string is."""
        if self._is_going_on and not self._goes_on(text[:PREFIX_BYTES]):
            self._closing = None
        bare = _BARE.match(text)
        if self._closing is None and (self._is_picture or bare is not None):
            self._begin_picture(_WHOLE_STRING)
            self._base64 = -bare.start("data") if bare else 0
            yield UriPiece(b"", is_new=True)

    def _goes_on(self, head: bytes) -> bool:
        """Whether a string goes on with the picture that the one before ended in."""
        is_new = self._base64 > 0 and _PICTURE.match(head) is not None
        if is_new or self._is_picture:
            return not is_new and _PREFIXED.match(head) is None
        if self._closing not in {b"", _WHOLE_STRING}:
            return _ONLY_BASE64.match(head[: self._end(head)]) is not None
        if _ONLY_BASE64.match(head[:_LEAST_GOING_ON]) is None:
            return False
        is_group = (self._base64 + len(head)) % 4 == 0  # a word rarely is just what base64 lacks
        return len(head) >= _LEAST_GOING_ON or head.endswith(b"=") or is_group

    def _begin_picture(self, closing: bytes) -> None:
        self._closing, self._base64, self._is_padded = closing, 0, False

    def _piece(self, raw: bytes) -> UriPiece:
        self._base64 += len(raw)
        self._is_padded = raw.endswith(b"=") or (self._is_padded and not raw)
        return UriPiece(raw)

    def _leave_text(self, text: bytes, *, is_last: bool) -> Iterator[bytes]:
        """Give out the text; what may be the beginning of a URI is held, or at the end remembered."""
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
        """Where the data of the URI ends; None if it goes on."""
        if self._closing:
            closings = (self._closing, *_BEFORE_TITLE) if self._closing == b")" else (self._closing,)
            ends = (text.find(closing) for closing in closings)
            return min((end for end in ends if end >= 0), default=None)
        if not text.translate(None, _BASE64):  # some ten times faster than looking for the end
            return None
        found = _NO_BASE64.search(text)
        return found.start() if found else None

    def _without_escapes(self, raw: bytes, *, is_last: bool) -> bytes:
        raw = self._raw + raw
        end = len(raw) if is_last else end_before_open_escape(raw)
        self._raw = raw[end:]
        return without_needless_escapes(raw[:end]) if b"\\" in raw else raw[:end]


def may_be_begun(text: bytes) -> bool:
    """Whether a text ends with what may be the beginning of a URI."""
    return _MAY_BE_BEGUN.search(text[-PREFIX_BYTES:]) is not None


def without_needless_escapes(raw: bytes) -> bytes:
    """The same string with the escapes of printable characters undone, but for quotes and backslashes."""
    if (b"\\/" not in raw and b"\\u00" not in raw) or _ESCAPED_BACKSLASH in raw:  # which is no JSON at all
        return raw
    # Escaped backslashes are set aside, so that each backslash that is left begins an escape.
    apart = raw.replace(b"\\\\", _ESCAPED_BACKSLASH)
    return _ESCAPE.sub(_plain, apart).replace(_ESCAPED_BACKSLASH, b"\\\\")


def _plain(escape: re.Match[bytes]) -> bytes:
    """What an escape stands for, where that needs none; else the escape."""
    if escape[1] is None:
        return b"/"
    character = bytes.fromhex(escape[1].decode())
    return escape[0] if character in b'"\\\x7f' else character


def end_before_open_escape(raw: bytes) -> int:
    """Where to cut so that no JSON escape is cut in two; `raw` begins outside an escape."""
    last = raw.rfind(b"\\")
    if last < 0:
        return len(raw)
    backslashes = last + 1 - len(raw[: last + 1].rstrip(b"\\"))
    length = 6 if raw[last + 1 : last + 2] == b"u" else 2
    return last if backslashes % 2 and len(raw) - last < length else len(raw)
