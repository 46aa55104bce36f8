"""Finds the JSON in a body while it arrives: an ordinary answer as a whole, or the data lines of an event stream.

We ask for ordinary answers. Some gateways send server-sent events anyway
(https://html.spec.whatwg.org/multipage/server-sent-events.html). Others begin with comment lines to keep the connection
alive. A line may have fifty megabytes, so no line is ever held in memory.
"""

import re
from collections.abc import Iterator
from enum import Enum

_BOM = b"\xef\xbb\xbf"
_DATA = b"data:"
_DONE = b"[DONE]"
_FIELDS = (b":", _DATA, b"event:", b"id:", b"retry:")
_LINE_END = re.compile(rb"[\r\n]")
"""A line ends with a line feed, a carriage return, or both."""

_EMPTY_LINES = re.compile(rb"[\r\n]+")
"""At the start of a line: empty lines, which end an event as one of them does."""

_LINE_START_BYTES = len(_BOM) + len(_DATA) + len(b" ") + len(_DONE)
"""So many bytes from the start of a line decide what kind of line it is."""


class LineEnd(Enum):
    """Separates pieces of JSON."""

    END = "end"  # the end of a data line
    EMPTY = "empty"  # an empty line, which ends an event


class _State(Enum):
    LINE_START = "line start"
    DATA = "data"
    EMPTY = "empty"  # an empty line so far
    OTHER = "other"  # a comment or another field
    WHOLE = "whole"  # no event stream (any more): everything is JSON


class EventLines:
    """A push parser. It takes chunks, cut anywhere, and gives the JSON and the ends of its lines."""

    def __init__(self) -> None:
        self._state = _State.LINE_START
        self._start = b""
        self._is_after_return = False  # a line feed that comes now belongs to the line end before it
        self.is_event_stream = False
        self.is_done = False  # the stream has sent `[DONE]`

    @property
    def is_whole(self) -> bool:
        """Whether all following bytes are JSON."""
        return self._state is _State.WHOLE

    def feed(self, chunk: bytes) -> Iterator[bytes | LineEnd]:
        """Parse the next bytes."""
        text = self._start + chunk
        self._start = b""
        has_returns = b"\r" in text
        position = 0
        while position < len(text):
            if self._state is _State.LINE_START:
                position += self._is_after_return and text[position : position + 1] == b"\n"
                self._is_after_return = False
                if self.is_event_stream and (empty := _EMPTY_LINES.match(text, position)):
                    position = empty.end()
                    self._is_after_return = text[position - 1 : position] == b"\r"
                    yield LineEnd.EMPTY
                    continue
                position = self._begin_line(text, position, is_last=False)
                if self._start:
                    return
            if self._state is _State.WHOLE:
                yield text[position:]
                return
            newline = _find_line_end(text, position, has_returns=has_returns)
            end = len(text) if newline < 0 else newline
            if self._state is _State.DATA:
                yield text[position:end]
            position = end + 1
            if newline >= 0:
                self._is_after_return = text[newline : newline + 1] == b"\r"
                yield from self._end_line()

    def close(self) -> Iterator[bytes | LineEnd]:
        """End the body, and yield what is left of it."""
        start = self._begin_line(self._start, 0, is_last=True) if self._state is _State.LINE_START else 0
        if self._state in {_State.DATA, _State.WHOLE}:
            yield self._start[start:]
            yield LineEnd.END

    def _end_line(self) -> Iterator[LineEnd]:
        if self._state is _State.DATA:
            yield LineEnd.END
        elif self._state is _State.EMPTY:
            yield LineEnd.EMPTY
        self._state = _State.LINE_START

    def _begin_line(self, text: bytes, position: int, *, is_last: bool) -> int:
        """Classify a line by its beginning. Return where its data starts.

        If too little has arrived, keep the beginning until more arrives.
        """
        head = text[position : position + _LINE_START_BYTES]
        line = head.removeprefix(_BOM)
        is_done = line.startswith(_DATA) and line.removeprefix(_DATA).lstrip().startswith(_DONE)
        if not (is_last or is_done) and len(head) < _LINE_START_BYTES and _LINE_END.search(head) is None:
            self._start = head
            return position
        if line.startswith(_DATA):
            self.is_event_stream = True
            self.is_done = self.is_done or is_done
            self._state = _State.OTHER if is_done else _State.DATA
            return position + len(head) - len(line) + len(_DATA)
        is_json = line.lstrip(b" \t\r").startswith((b"{", b"["))
        is_empty = line.startswith((b"\n", b"\r"))
        if line.startswith(_FIELDS) or (self.is_event_stream and (is_empty or not is_json)):
            self.is_event_stream = True
            self._state = _State.EMPTY if is_empty else _State.OTHER
            return position + len(head) - len(line)
        self._state = _State.WHOLE
        return position


def _find_line_end(text: bytes, position: int, *, has_returns: bool) -> int:
    """Find the end of the line; -1 if it continues. Searching for one character is much faster than for two."""
    if not has_returns:
        return text.find(b"\n", position)
    found = _LINE_END.search(text, position)
    return found.start() if found else -1
