"""Finds the pictures that an answer gives inside its text, and removes them from the text.

Gateways put pictures into text as markdown around a `data:` URI (its bytes are in a file by then), as markdown around a
URL, or as a bare URL. Often the same picture is offered a second time for download. So only the pictures of the surest
kind found count; the others are neither downloaded nor shown.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from bot.image_api.formats.chatter import without_echo, without_status
from bot.image_api.formats.results import Piece
from bot.image_api.formats.wire_format import Link
from bot.image_api.streaming.body_stream import ArrivedPicture, Body

_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
_ARRIVED = rf"{_MARK}\d+{_MARK}"
"""The placeholder in a text for a picture that has arrived."""

_URL = r"""https?://(?:[!#-&*-;=?-Z^_a-{}~]++|\\u00[0-9a-fA-F]{2}|\([!-'*-;=?-~]*+\))++"""
_TARGET = rf"\]\(\s*+<?({_ARRIVED}|{_URL})[^()\n]{{0,200}}+\)"
_IMAGE = rf"!\[[^\[\]\n]*+{_TARGET}"
_NAMES = re.compile(
    rf"(?=[!\[<h{_MARK}])(?:"  # no match begins with another character: most characters are skipped at once
    rf"\[\s*+{_IMAGE}\s*+\]\(\s*+{_URL}[^()\n]{{0,200}}+\)"  # a picture that is a link
    rf"|{_IMAGE}"
    rf"|<img\b(?=[^<>]*+>)[^<>]*?\bsrc\s*+=\s*+[\"']?({_ARRIVED}|{_URL})[^<>]*+>"
    rf"|({_ARRIVED})"
    rf"|\[[^\[\]\n]*+{_TARGET}"
    rf"|({_URL}))",
    re.IGNORECASE,
)
_LINK, _BARE = 5, 6
"""The groups of `_NAMES` for a URL that is not shown as a picture; in all other groups it is."""

_PICTURE_URL = re.compile(
    r"\.(?:png|jpe?g|webp|gif|avif|heic|heif|bmp)\b|[?&](?:sig|se|ossaccesskeyid|signature|x-\w++-signature)=",
    re.IGNORECASE,
)
_OTHER_URL = re.compile(r"\.(?:mp4|webm|mov|mp3|wav|pdf|zip|html?)\b(?!/)", re.IGNORECASE)
_DOWNLOAD = re.compile(r"下载|下載|download", re.IGNORECASE)
_LITERAL_ESCAPE = re.compile(r"\\u00([0-9a-fA-F]{2})")
_AFTER_URL = ".,;:!?*_~"


_JSON_BLOCK = re.compile(r"(?:^[ \t]*+```\w*+\s*+)?\{[^{}]*+\}(?:\s*+```)?", re.MULTILINE)
_URL_KEYS = ("url", "image_url", "imageUrl", "image", "picture", "result", "output", "download_url")
_MOST_BLOCKS = 16

MOST_TEXT = 64 * 1024
"""URLs are searched in so many characters of an answer's texts; pictures that have arrived are found beyond that too.
"""


class _Standing(IntEnum):
    """How surely something is a picture of the answer. A lower value is surer."""

    SHOWN = 1  # it is shown as a picture, or its bytes have arrived
    NAMED = 2  # its URL looks like a picture's, or is all that was said
    OFFERED = 3  # it is offered for download


@dataclass(frozen=True, slots=True)
class _Found:
    picture: ArrivedPicture | Link
    standing: _Standing


def to_pieces(parts: Iterable[Piece], body: Body) -> list[Piece]:
    """Split an answer into its pictures and words, in order.

    `parts` are the texts as they stand in the JSON, with markers, and the pictures found outside of texts. The returned
    words hold no base64, no URL of a picture and no progress. A URL given twice is one picture. Of texts longer than
    `MOST_TEXT` together only the beginning counts, but all pictures that have arrived count.
    """
    found = list(_find_all(parts, body))
    surest = min((one.standing for part in found for one in part if isinstance(one, _Found)), default=None)
    pieces: list[Piece] = []
    links: set[Link] = set()
    for piece in (piece for part in found for piece in _resolve(part, surest)):
        if isinstance(piece, str):
            if words := without_status(piece):
                pieces.append(words)
        elif isinstance(piece, ArrivedPicture):
            pieces.append(piece)
        elif piece not in links:
            pieces.append(piece)
            links.add(piece)
    return pieces


def to_link(url: str) -> Link:
    r"""Make a link of a URL as an answer writes it, perhaps with a literal `\u0026` for an ampersand."""
    return Link(_LITERAL_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), url).replace("&amp;", "&"))


def _find_all(parts: Iterable[Piece], body: Body) -> Iterator[list[str | _Found]]:
    left = MOST_TEXT
    for part in parts:
        if not isinstance(part, str):
            yield [_Found(part, _Standing.SHOWN)]
            continue
        arrived: list[ArrivedPicture] = []
        text: list[str] = []
        for piece in body.split(part):
            if isinstance(piece, str):
                text.append(piece[:left].replace(_MARK, ""))
                left -= min(left, len(piece))
            else:
                text.append(f"{_MARK}{len(arrived)}{_MARK}")
                arrived.append(piece)
        words = _JSON_BLOCK.sub(_to_markdown, without_echo("".join(text)), count=_MOST_BLOCKS)
        yield list(_find_in_text(words, arrived))


def _to_markdown(block: re.Match[str]) -> str:
    """Convert a JSON block with a picture's URL to markdown. Return the block itself if it has no URL."""
    text = block[0]
    try:
        fields = json.loads(text[text.index("{") : text.rindex("}") + 1], strict=False)
    except (ValueError, RecursionError):
        return text
    urls = (fields.get(key) for key in _URL_KEYS)
    found = next((url for url in urls if isinstance(url, str) and re.fullmatch(_URL, url, re.IGNORECASE)), None)
    return f"![]({found})" if found else text


def _find_in_text(text: str, arrived: list[ArrivedPicture]) -> Iterator[str | _Found]:
    names = list(_NAMES.finditer(text))
    is_alone = len(names) == 1 and not without_status(text[: names[0].start()] + text[names[0].end() :])
    start = 0
    for name in names:
        target = name[name.lastindex or 0]
        if target.startswith(_MARK):
            found, end = _Found(arrived[int(target.strip(_MARK))], _Standing.SHOWN), name.end()
        else:
            url = target.rstrip(_AFTER_URL) if name.lastindex == _BARE else target
            standing = _standing(name, url, is_alone=is_alone)
            if standing is None:
                continue
            found, end = _Found(to_link(url), standing), name.end() - len(target) + len(url)
        yield text[start : name.start()]
        yield found
        start = end
    yield text[start:]


def _standing(name: re.Match[str], url: str, *, is_alone: bool) -> _Standing | None:
    """Decide how surely a URL is a picture. Return None for any other URL, which stays in the words."""
    if name.lastindex not in {_LINK, _BARE}:
        return _Standing.SHOWN
    if _OTHER_URL.search(url) or not (_PICTURE_URL.search(url) or "/download/" in url or is_alone):
        return None
    return _Standing.OFFERED if _DOWNLOAD.search(name[0]) else _Standing.NAMED


def _resolve(part: list[str | _Found], surest: _Standing | None) -> Iterator[Piece]:
    """Yield the words and the pictures of the surest kind. Pictures that do not count are left out."""
    words: list[str] = []
    for one in part:
        if isinstance(one, str):
            words.append(one)
        elif one.standing is surest:
            yield "".join(words)
            yield one.picture
            words.clear()
    yield "".join(words)
