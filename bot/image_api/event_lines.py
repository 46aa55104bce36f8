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
MOST_LINES = 16 * 1024
"""Lines of an event stream: one a second would be four hours."""

_LINE_START_BYTES = len(_BOM) + len(_DATA) + len(b" ") + len(_DONE)
"""So much of a line says what it is."""


class Line(Enum):
    """What stands between pieces of JSON."""

    END = "end"  # of a data line


class TooManyLines(ValueError):
    """An event stream that does not come to an end."""


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
        self._lines = 0
        self.is_event_stream = False

    def feed(self, chunk: bytes) -> Iterator[bytes | Line]:
        """Take the next bytes. Raises `TooManyLines`."""
        text = self._start + chunk
        self._start = b""
        position = 0
        while position < len(text):
            if self._place is _Place.LINE_START:
                position = self._begin_line(text, position, is_last=False)
                if self._start:
                    return
            if self._place is _Place.WHOLE:
                yield text[position:]
                return
            newline = text.find(b"\n", position)
            end = len(text) if newline < 0 else newline
            if self._place is _Place.DATA:
                yield text[position:end]
            position = end + 1
            if newline >= 0:
                yield from self._end_line()

    def close(self) -> Iterator[bytes | Line]:
        """The body has ended: the rest of it."""
        start = self._begin_line(self._start, 0, is_last=True) if self._place is _Place.LINE_START else 0
        if self._place in {_Place.DATA, _Place.WHOLE}:
            yield self._start[start:]
            yield Line.END

    def _end_line(self) -> Iterator[Line]:
        self._lines += 1
        if self._lines > MOST_LINES:
            raise TooManyLines
        if self._place is _Place.DATA:
            yield Line.END
        self._place = _Place.LINE_START

    def _begin_line(self, text: bytes, position: int, *, is_last: bool) -> int:
        """Decide what a line is by its beginning; gives where the rest of it is, or keeps it until there is more."""
        head = text[position : position + _LINE_START_BYTES]
        if not is_last and len(head) < _LINE_START_BYTES and b"\n" not in head:
            self._start = head
            return position
        line = head.removeprefix(_BOM)
        if line.startswith(_DATA):
            self.is_event_stream = True
            is_done = line.removeprefix(_DATA).lstrip().startswith(_DONE)
            self._place = _Place.OTHER if is_done else _Place.DATA
            return position + len(head) - len(line) + len(_DATA)
        is_json = line.lstrip(b" \t\r").startswith((b"{", b"["))
        is_blank = line.startswith((b"\n", b"\r\n"))
        if line.startswith(_FIELDS) or (self.is_event_stream and (is_blank or not is_json)):
            self.is_event_stream = True
            self._place = _Place.OTHER
            return position + len(head) - len(line)
        self._place = _Place.WHOLE
        return position
