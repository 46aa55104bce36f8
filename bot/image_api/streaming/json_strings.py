"""Removes the pictures from a JSON text while it arrives, and keeps the small rest.

The rest (the skeleton) is JSON too. A marker replaces each string that was taken out, and each `data:` URI within a
string, so a reader sees the ordinary structure. This parser understands only what is needed to know where a string
stands. Python's own parser reads the skeleton at the end, and decides whether the text is JSON.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.domain.recent import RecentDict
from bot.image_api.streaming.broken_json import documents_in, without_open_end
from bot.image_api.streaming.data_uris import SHORTEST_URI_BYTES, PicturesInString, UriPiece, may_be_begun
from bot.image_api.streaming.escapes import is_odd_run_of_backslashes, to_key
from bot.image_api.streaming.markers import Markers
from bot.image_api.streaming.treatment import NotAnAnswer, PicturePiece, Rule, Treatment

SKELETON_LIMIT = 512 * 1024
"""Bytes of one document without the large strings. A larger one is not an answer of an image API."""

MOST_WORDS_BYTES = SKELETON_LIMIT // 2
"""Once a document has so many bytes, its other words are left out, but not the pictures among them."""

MOST_MARKS = 64 * 1024
"""Brackets, braces, colons, commas and strings of one document. Each takes some microseconds on the event loop."""

MOST_DEPTH = 200
"""Nested arrays and objects. Python's own parser fails somewhat deeper."""

MOST_GOING_ON = 16
"""Strings of an event stream that may continue in its next event."""

MOST_DEPTH_GOING_ON = 32
"""A string nested more deeply does not continue: image APIs nest a string seven deep."""

_STRUCTURE = re.compile(rb'["{}\[\]:,]')


@dataclass(slots=True)
class _Container:
    is_object: bool
    name: str | None  # its key in the outer object
    key: str | None = None  # of the next value
    is_after_colon: bool = False
    place: int = 0  # index of the next value, in an array


_Path = tuple[str | int | None, ...]


@dataclass(slots=True)
class _String:
    """A string that has pictures, or may have."""

    pictures: PicturesInString
    number: int | None = None  # of the picture that is being read
    document: int = 0


class JsonStrings:
    """A push parser. It takes chunks, cut anywhere, and gives the pieces of the pictures in them."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._skeleton = bytearray()
        self._marks = 0  # of this document
        self._sound_end = 0  # end of the part of the skeleton whose values are complete
        self._sound_depth = 0  # the number of arrays and objects open there
        self._containers: list[_Container] = []
        self._treatment: Treatment | None = None  # of the current string
        self._string: _String | None = None  # the current string, if it is searched for pictures
        self._going_on = RecentDict[_Path, _String](MOST_GOING_ON)  # strings that the next document may continue
        self._document = 0
        self._first_number = 0  # of the pictures of this document
        self._is_escaped = False  # the next character belongs to the backslash before it
        self._string_start = 0  # in the skeleton
        self._is_shortened = False  # some words of the string are left out
        self._count = 0
        self.markers = Markers()

    def feed(self, chunk: bytes) -> Iterator[PicturePiece]:
        """Parse the next bytes. Raises `NotAnAnswer`."""
        position = 0
        while position < len(chunk):
            if self._treatment is None:
                position = self._read_structure(chunk, position)
                continue
            end, is_whole = self._find_end(chunk, position)
            yield from self._take(chunk[position:end], is_whole=is_whole)
            position = end + is_whole

    def end_document(self) -> Any:
        """Parse the skeleton of a complete text to JSON with markers. Another text may follow.

        Raises ValueError or RecursionError if it is not JSON: then `salvage` returns what is readable.
        """
        document = json.loads(self._skeleton.decode("utf-8-sig"))
        self._begin_document()
        return document

    def salvage(self) -> tuple[list[Any], bool]:
        """Parse what is readable of a broken text. Return it, and whether its end is there. Another text may follow.

        If nothing of a text is readable, its pictures are returned as a list of their own.
        """
        is_whole = not self.is_cut_off
        documents = documents_in(bytes(self._skeleton) if is_whole else self._closed())
        if not documents and self._count > self._first_number:
            numbers = range(self._first_number, self._count)
            documents, is_whole = [{"pictures": [self.markers.marker(number, 0) for number in numbers]}], False
        self._begin_document()
        return documents, is_whole and bool(documents)

    def _closed(self) -> bytes:
        """Close the text so far where it still makes sense: in the string of a picture, or after the last value."""
        if self._string is None or self._string.number is None:
            return bytes(self._skeleton[: self._sound_end]) + self._closing(self._sound_depth)
        string = without_open_end(bytes(self._skeleton[self._string_start :]))
        return bytes(self._skeleton[: self._string_start]) + string + b'"' + self._closing(len(self._containers))

    def _closing(self, depth: int) -> bytes:
        """Return the brackets that close the outermost `depth` arrays and objects."""
        return b"".join(b"}" if each.is_object else b"]" for each in reversed(self._containers[:depth]))

    def _note_sound_end(self) -> None:
        self._sound_end, self._sound_depth = len(self._skeleton), len(self._containers)

    def _begin_document(self) -> None:
        self._skeleton.clear()
        self._containers.clear()
        self._treatment = self._string = None
        self._is_escaped = self._is_shortened = False
        self._document += 1
        self._first_number = self._count
        self._marks = self._sound_end = self._sound_depth = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of the document so far, without its pictures."""
        return len(self._skeleton)

    @property
    def marks(self) -> int:
        """The number of strings, brackets, braces, colons and commas in the document so far."""
        return self._marks

    def skip_blank(self) -> bool:
        """Forget what was fed if it is only white space. Return whether it was."""
        is_blank = not self.is_cut_off and not self._skeleton.strip()
        if is_blank:
            self._skeleton.clear()
        return is_blank

    @property
    def is_cut_off(self) -> bool:
        """Whether what was fed ends inside a string, an array or an object."""
        return self._treatment is not None or bool(self._containers)

    @property
    def is_in_picture(self) -> bool:
        """Whether the next bytes most likely belong to a picture, or to a string that is dropped."""
        is_picture = self._string is not None and self._string.pictures.is_in_picture
        return is_picture or self._treatment is Treatment.DROP

    def _take(self, raw: bytes, *, is_whole: bool) -> Iterator[PicturePiece]:
        """Handle some characters of the current string, and its end."""
        if self._string is not None:
            yield from self._take_pictures(self._string, raw, is_whole=is_whole)
        elif self._treatment is Treatment.KEEP:
            self._keep(raw)  # a key
        if is_whole:
            self._end_string()

    def _take_pictures(self, string: _String, raw: bytes, *, is_whole: bool) -> Iterator[PicturePiece]:
        is_plain = is_whole and len(raw) < SHORTEST_URI_BYTES and string.pictures.is_fresh and b"\\" not in raw
        if is_plain and self._treatment is Treatment.KEEP and not may_be_begun(raw):
            self._keep(raw)
            self._string = None
            return
        for piece in string.pictures.feed(raw):
            yield from self._take_piece(string, piece)
        if not is_whole:
            return
        for piece in string.pictures.end():
            yield from self._take_piece(string, piece)
        if string.number is not None:
            yield PicturePiece(string.number, b"", ends_string=True)

    def _take_piece(self, string: _String, piece: bytes | UriPiece) -> Iterator[PicturePiece]:
        if isinstance(piece, bytes):
            self._keep_words(piece)
            return
        if piece.is_new:
            if string.number is not None:
                yield PicturePiece(string.number, b"", ends_string=True)
            string.number = self._count
            self._count += 1
            self._keep(self.markers.marker(string.number, piece.taken_back).encode())
        if string.number is not None:
            yield PicturePiece(string.number, piece.raw)

    def _keep_words(self, raw: bytes) -> None:
        """Keep words of a string. If they are too many, cut the string after a complete character."""
        if self._is_shortened:
            return
        if len(self._skeleton) + len(raw) <= MOST_WORDS_BYTES:
            self._keep(raw)
            return
        self._is_shortened = True
        self._skeleton[self._string_start :] = without_open_end(bytes(self._skeleton[self._string_start :]))

    def _keep(self, raw: bytes) -> None:
        self._skeleton += raw
        if len(self._skeleton) > SKELETON_LIMIT:
            raise NotAnAnswer("too large")

    def _read_structure(self, chunk: bytes, position: int) -> int:
        found = _STRUCTURE.search(chunk, position)
        end = found.end() if found else len(chunk)
        self._keep(chunk[position:end])
        if found:
            self._marks += 1
            if self._marks > MOST_MARKS:
                raise NotAnAnswer("too many values")
            self._understand(found[0])
        return end

    def _understand(self, mark: bytes) -> None:
        within = self._containers[-1] if self._containers else None
        if (within is None and mark not in b"{[") or len(self._containers) > MOST_DEPTH:
            raise NotAnAnswer("not an object or array, or too deep")
        if mark == b'"':
            self._begin_string(within)
        elif mark in b"{[":
            key = within.key if within and within.is_after_colon else None
            self._containers.append(_Container(is_object=mark == b"{", name=key))
        elif mark in b"}]":
            del self._containers[-1:]
            self._note_sound_end()
        elif within and within.is_object:
            within.is_after_colon = mark == b":"
        elif within and mark == b",":
            within.place += 1

    def _begin_string(self, within: _Container | None) -> None:
        self._string_start = len(self._skeleton)
        self._is_shortened = False
        is_key = within is not None and within.is_object and not within.is_after_colon
        key = within.key if within and within.is_object else None
        self._treatment = Treatment.KEEP if is_key else self._rule(key, within.name if within else None)
        if is_key or self._treatment is Treatment.DROP:
            return
        self._string = self._gone_on() if self._going_on else None
        if self._string is None:
            self._string = _String(PicturesInString(is_picture=self._treatment is Treatment.TAKE_OUT))

    def _end_string(self) -> None:
        within = self._containers[-1] if self._containers else None
        if within and within.is_object and not within.is_after_colon:
            within.key = to_key(bytes(self._skeleton[self._string_start :]))
            self._keep(b'"')
        else:
            self._keep(b'"')
            self._note_sound_end()
        is_deep = len(self._containers) > MOST_DEPTH_GOING_ON
        if self._string is not None and self._string.pictures.may_go_on and not is_deep:
            self._remember(self._string)
        self._treatment = self._string = None

    def _gone_on(self) -> _String | None:
        """Find the string of an earlier event in the same place that this string may continue."""
        if len(self._containers) > MOST_DEPTH_GOING_ON:
            return None
        path = self._path()
        string = self._going_on.get(path)
        if string is None or string.document == self._document:  # the same key twice in one document
            return None
        return self._going_on.pop(path)

    def _remember(self, string: _String) -> None:
        string.document = self._document
        self._going_on[self._path()] = string

    def _path(self) -> _Path:
        return tuple(each.key if each.is_object else each.place for each in self._containers)

    def _find_end(self, chunk: bytes, start: int) -> tuple[int, bool]:
        """Find the closing quote. Return the end of the chunk and False if it is not in this chunk."""
        start += self._is_escaped
        self._is_escaped = False
        quote = chunk.find(b'"', start)
        while quote >= 0 and is_odd_run_of_backslashes(chunk, start, quote):
            quote = chunk.find(b'"', quote + 1)
        if quote >= 0:
            return quote, True
        self._is_escaped = is_odd_run_of_backslashes(chunk, start, len(chunk))
        return len(chunk), False
