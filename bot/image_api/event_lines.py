"""Finds the JSON in a body while it arrives: the whole of an ordinary answer, or the data lines of an event stream.

We ask for ordinary answers. Some gateways send server-sent events all the same
(https://html.spec.whatwg.org/multipage/server-sent-events.html), others begin with comment lines to keep the
connection alive. A line may have fifty megabytes, so none is ever collected.
"""

from collections.abc import Iterator
from enum import Enum

_BOM = b"\xef\xbb\xbf"
_DATA = b"data:"
_DONE = b"[DONE]"
_FIELDS = (b":", _DATA, b"event:", b"id:", b"retry:")
_LINE_START_BYTES = len(_BOM) + len(_DATA) + len(b" ") + len(_DONE)
"""So much of a line says what it is."""


class Line(Enum):
    """What stands between pieces of JSON."""

    END = "end"  # of a data line


class _Place(Enum):
    LINE_START = "line start"
    DATA = "data"
    OTHER = "other"  # a comment or another field
    WHOLE = "whole"  # no events (any more): everything is JSON


class EventLines:
    """A push parser: feed it chunks, cut anywhere, and it gives JSON, and where its lines end."""

    def __init__(self) -> None:
        self._place = _Place.LINE_START
        self._start = b""
        self.is_event_stream = False

    def feed(self, chunk: bytes) -> Iterator[bytes | Line]:
        """Take the next bytes."""
        rest = self._start + chunk
        self._start = b""
        while rest:
            if self._place is _Place.LINE_START:
                rest = self._begin_line(rest, is_last=False)
                if self._start:
                    return
            if self._place is _Place.WHOLE:
                yield rest
                return
            line, newline, rest = rest.partition(b"\n")
            if self._place is _Place.DATA:
                yield line
            if newline:
                if self._place is _Place.DATA:
                    yield Line.END
                self._place = _Place.LINE_START

    def close(self) -> Iterator[bytes | Line]:
        """The body has ended: the rest of it."""
        rest = self._begin_line(self._start, is_last=True) if self._place is _Place.LINE_START else b""
        if self._place in {_Place.DATA, _Place.WHOLE}:
            yield rest
            yield Line.END

    def _begin_line(self, text: bytes, *, is_last: bool) -> bytes:
        """Decide what a line is by its beginning; gives what is left of it, or keeps it until there is more."""
        if not is_last and len(text) < _LINE_START_BYTES and b"\n" not in text:
            self._start = text
            return b""
        line = text.removeprefix(_BOM)
        if line.startswith(_DATA):
            self.is_event_stream = True
            data = line.removeprefix(_DATA)
            self._place = _Place.OTHER if data.lstrip().startswith(_DONE) else _Place.DATA
            return data
        if line.startswith(_FIELDS) or (self.is_event_stream and not line.lstrip(b" \t\r").startswith((b"{", b"["))):
            self.is_event_stream = True
            self._place = _Place.OTHER
            return line
        if line.startswith((b"\n", b"\r\n")) and self.is_event_stream:
            self._place = _Place.OTHER
            return line
        self._place = _Place.WHOLE
        return text
