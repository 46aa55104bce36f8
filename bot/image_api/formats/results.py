"""Which pictures of an answer are results, and the words that go with each: the same in every format."""

import re
from collections.abc import Iterable, Iterator

from bot.domain.storable_text import storable
from bot.image_api.formats.wire_format import Chosen, Link
from bot.image_api.streaming.body_stream import ArrivedPicture

Piece = str | ArrivedPicture | Link
"""Words, or a picture."""

_CUT_IN_TWO = re.compile("(?<=[\ud800-\udbff])\n(?=[\udc00-\udfff])")


def results(pieces: Iterable[Piece]) -> Iterator[Chosen]:
    """Of pictures that follow one another without words, all but the last are drafts.

    Where an answer begins with words, words belong to the picture after them, else to the one before.
    """
    before: list[str] = []
    picture: ArrivedPicture | Link | None = None
    after: list[str] = []
    begins_with_words: bool | None = None
    for piece in pieces:
        if begins_with_words is None:
            begins_with_words = isinstance(piece, str)
        if isinstance(piece, str):
            (before if picture is None else after).append(piece)
        elif picture is None or not after:
            picture = piece
        else:
            yield Chosen(picture, joined(before if begins_with_words else after))
            before, picture, after = (after if begins_with_words else []), piece, []
    if picture is not None:
        yield Chosen(picture, joined(before + after))


def joined_events(events: Iterable[Iterable[Piece]]) -> Iterator[Piece]:
    """The pieces of all events of a stream: a text that one event begins the next goes on with."""
    text: list[str] = []
    for event in events:
        for place, piece in enumerate(event):
            if text and not (isinstance(piece, str) and place == 0):
                yield "".join(text)
                text = []
            if isinstance(piece, str):
                text.append(piece)
            else:
                yield piece
    if text:
        yield "".join(text)


def words_of(pieces: Iterable[Piece]) -> str | None:
    """Everything that was said."""
    return joined([piece for piece in pieces if isinstance(piece, str)])


def joined(texts: list[str]) -> str | None:
    """Texts below one another, storable; None if there are none.

    An emoji whose halves came in two texts, as events of a stream may cut it, is one again.
    """
    return storable(_CUT_IN_TWO.sub("", "\n".join(texts))) or None
