"""Decides which pictures of an answer are results, and which words belong to each. All formats share this."""

import re
from collections.abc import Iterable, Iterator

from bot.domain.storable_text import storable
from bot.image_api.formats.wire_format import Chosen, Link
from bot.image_api.streaming.body_stream import ArrivedPicture

Piece = str | ArrivedPicture | Link
"""Words, or a picture."""

_CUT_IN_TWO = re.compile("(?<=[\ud800-\udbff])\n(?=[\udc00-\udfff])")


def results(pieces: Iterable[Piece]) -> Iterator[Chosen]:
    """Choose the result pictures. Of pictures that follow each other without words between, only the last is a result.

    The earlier ones are drafts. If an answer begins with words, words belong to the picture after them, else to the one
    before.
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
    """Join the events of a stream: text at the start of an event continues the text at the end of the one before."""
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
    """Join all words."""
    return joined([piece for piece in pieces if isinstance(piece, str)])


def joined(texts: list[str]) -> str | None:
    """Join texts by line breaks and make them storable. Return None if there are none.

    An event stream may cut an emoji into two halves in two texts. The halves are joined again.
    """
    return storable(_CUT_IN_TWO.sub("", "\n".join(texts))) or None
