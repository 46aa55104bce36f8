"""Finds the pictures that an answer names within its words, and takes them out of the words.

Gateways put pictures into text: as markdown round a `data:` URI, whose bytes have gone to a file by then, as markdown
round an address, or as a bare address. The same picture is often offered a second time, to be downloaded. So of all
that an answer names, only what is most surely a picture counts, and the rest is neither fetched nor shown.
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
"""Stands in a text for a picture that has arrived."""

_URL = r"""https?://(?:[!#-&*-;=?-Z^_a-{}~]++|\\u00[0-9a-fA-F]{2}|\([!-'*-;=?-~]*+\))++"""
_TARGET = rf"\]\(\s*+<?({_ARRIVED}|{_URL})[^()\n]{{0,200}}+\)"
_IMAGE = rf"!\[[^\[\]\n]*+{_TARGET}"
_NAMES = re.compile(
    rf"(?=[!\[<h{_MARK}])(?:"  # nothing else begins so: most characters are passed over at once
    rf"\[\s*+{_IMAGE}\s*+\]\(\s*+{_URL}[^()\n]{{0,200}}+\)"  # a picture that is a link
    rf"|{_IMAGE}"
    rf"|<img\b(?=[^<>]*+>)[^<>]*?\bsrc\s*+=\s*+[\"']?({_ARRIVED}|{_URL})[^<>]*+>"
    rf"|({_ARRIVED})"
    rf"|\[[^\[\]\n]*+{_TARGET}"
    rf"|({_URL}))",
    re.IGNORECASE,
)
_LINK, _BARE = 5, 6
"""The groups of `_NAMES` that are an address without being shown as a picture; the others are."""

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
"""Characters of an answer's texts in which names are looked for; pictures that have arrived are found beyond."""


class _Standing(IntEnum):
    """How surely something is a picture of the answer: the lower, the surer."""

    SHOWN = 1  # as a picture, or its bytes have arrived
    NAMED = 2  # its address looks like a picture's, or is all that was said
    OFFERED = 3  # for download


@dataclass(frozen=True, slots=True)
class _Found:
    picture: ArrivedPicture | Link
    standing: _Standing


def to_pieces(parts: Iterable[Piece], body: Body) -> list[Piece]:
    """The pictures and words of an answer, in their order.

    `parts` are its texts as they stand in its JSON, with markers, and the pictures it names outside of texts. The
    words that come out hold no base64, no address of a picture and no progress; an address named twice is one picture.
    Of texts longer than `MOST_TEXT` together only the beginning counts, and all pictures that have arrived.
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
    r"""A link to an address as an answer writes it, perhaps with a literal `\u0026` for an ampersand."""
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
    """The picture that a block of JSON names by its address; the block itself if it names none."""
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
    """None if it is an address like any other, which stays in the words."""
    if name.lastindex not in {_LINK, _BARE}:
        return _Standing.SHOWN
    if _OTHER_URL.search(url) or not (_PICTURE_URL.search(url) or "/download/" in url or is_alone):
        return None
    return _Standing.OFFERED if _DOWNLOAD.search(name[0]) else _Standing.NAMED


def _resolve(part: list[str | _Found], surest: _Standing | None) -> Iterator[Piece]:
    """What was found in a part, with what does not count taken out of the words round it."""
    words: list[str] = []
    for one in part:
        if isinstance(one, str):
            words.append(one)
        elif one.standing is surest:
            yield "".join(words)
            yield one.picture
            words.clear()
    yield "".join(words)
