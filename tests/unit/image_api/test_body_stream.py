"""For any JSON body with any pictures in it, the stream gives exactly what json and base64 give, or both refuse."""

import base64
import hashlib
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureTooLarge
from bot.domain.image_faults import ConnectionLost, ImageFault, UnreadableAnswer
from bot.image_api.body_stream import MOST_PICTURES, ArrivedPicture, Body, read_body
from bot.image_api.gemini_answer import gemini_strings
from bot.image_api.json_strings import SKELETON_LIMIT
from tests.unit.image_api.spellings import JSON, UNHURRIED, chunked, cuts, decoded, spelled

REFUSED = "refused"
NO_PICTURE = "no picture"


class BytesWriter:
    """A file in memory; any bytes are a picture."""

    def __init__(self, kept: dict[str, bytes], most_bytes: int) -> None:
        self._kept = kept
        self._most_bytes = most_bytes
        self._bytes = b""

    async def write(self, data: bytes) -> None:
        self._bytes += data
        if len(self._bytes) > self._most_bytes:
            raise PictureTooLarge("too large")

    async def finish(self) -> StoredPicture:
        sha256 = hashlib.sha256(self._bytes).hexdigest()
        self._kept[sha256] = self._bytes
        return StoredPicture(sha256=sha256, mime="", width=1, height=1, size_bytes=len(self._bytes))


class BytesSink:
    """A `PictureSink` for tests of the bytes alone."""

    def __init__(self, most_bytes: int = 1_000_000) -> None:
        self.kept: dict[str, bytes] = {}
        self.still_open = 0
        self._most_bytes = most_bytes

    @asynccontextmanager
    async def new_file(self) -> AsyncIterator[BytesWriter]:
        self.still_open += 1
        try:
            yield BytesWriter(self.kept, self._most_bytes)
        finally:
            self.still_open -= 1


async def stream(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def streamed(body: bytes, borders: list[int]) -> Any:
    """The JSON with the bytes of each picture in its place, as the stream gives it."""
    sink = BytesSink()
    try:
        async with AsyncExitStack() as files:
            answer = await read_body(stream(chunked(body, borders)), sink, files, rule=gemini_strings)
            return [await _with_bytes(event, answer, sink) for event in answer.events]
    except ImageFault:
        assert sink.kept == {}
        return REFUSED
    finally:
        assert sink.still_open == 0


async def _with_bytes(value: Any, answer: Body, sink: BytesSink) -> Any:
    if isinstance(value, dict):
        return {key: await _with_bytes(inner, answer, sink) for key, inner in value.items()}
    if isinstance(value, list):
        return [await _with_bytes(inner, answer, sink) for inner in value]
    if not isinstance(value, str):
        return value
    if picture := answer.picture(value):
        return await _bytes_of(picture, sink)
    pieces = [piece if isinstance(piece, str) else await _bytes_of(piece, sink) for piece in answer.split(value)]
    return value if all(isinstance(piece, str) for piece in pieces) and NO_PICTURE not in pieces else pieces


async def _bytes_of(picture: ArrivedPicture, sink: BytesSink) -> Any:
    try:
        return sink.kept[(await picture.finish()).sha256]
    except UnreadableAnswer:
        return NO_PICTURE


def by_the_book(body: bytes) -> Any:
    """The same by way of json and base64."""
    try:
        return [_with_decoded(json.loads(body.decode("utf-8-sig")), None, None)]
    except (ValueError, RecursionError):
        return REFUSED


def _with_decoded(value: Any, key: str | None, name: str | None) -> Any:
    if isinstance(value, list):
        return [_with_decoded(inner, None, key) for inner in value]
    if isinstance(value, dict):
        return {inner: _with_decoded(value[inner], inner, key) for inner in value}
    if not isinstance(value, str):
        return value
    if key == "data" and name in {"inlineData", "inline_data"}:
        return decoded(value) or NO_PICTURE
    return split(value)


URI = re.compile(r"""[(<'"`]?data:image/[a-z0-9.+-]{1,32}(?:;[a-z0-9=.+_-]{1,32}){0,2};base64,""", re.IGNORECASE)
CLOSINGS = {"(": ")", "<": ">", "'": "'", "`": "`", '"': '"'}


def split(text: str) -> Any:
    """A text with the bytes of the `data:` URIs in it, by way of regular expressions."""
    pieces: list[Any] = []
    rest = text
    while found := URI.search(rest):
        closing = CLOSINGS.get(found[0][0])
        before = rest[: found.start() + (closing is not None)]
        rest = rest[found.end() :]
        end = re.search(re.escape(closing) if closing else r"[^A-Za-z0-9+/=_-]", rest)
        data, rest = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
        pieces += [*([before] if before else []), decoded(data) or NO_PICTURE]
    whole_uri = pieces[0] if len(pieces) == 1 and not rest else None
    return whole_uri or ([*pieces, *([rest] if rest else [])] if pieces else text)


TEXTS = st.lists(
    st.sampled_from(
        ["![image](", ")", '<img src="', '">', "data:image/png;base64,", "DATA:image/svg+xml;charset=utf-8;base64,"]
    )
    | st.sampled_from(["QUJD", "QQ==", "QQ", "\n", " ", "a fox 狐", "data:", "data:image/png", ";base64,", "\\", "'"])
    | st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()),
    max_size=8,
).map("".join)
"""Texts as gateways write them, with `data:` URIs in them or what looks like some."""


def plain(body: bytes) -> bytes:
    return body


def with_other_escapes(body: bytes) -> bytes:
    """The same JSON: slashes escaped, and the letters that `data` is made of."""
    return re.sub(rb"(?<!\\)(?:\\\\)*/", lambda found: found[0][:-1] + rb"\/", body).replace(b":image", rb":\u0069mage")


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """An answer with pictures, in any spelling and layout, among any other JSON."""
    written = [raw for _, raw in draw(st.lists(spelled(st.binary(max_size=60)), max_size=3))]
    keys = st.sampled_from(["inlineData", "inline_data"])
    parts = [draw(JSON)]
    for number in range(len(written)):
        parts.append({draw(keys): {"mimeType": draw(JSON), "data": f"slot {number}", "more": draw(JSON)}})
        parts.append(draw(JSON))
    parts += draw(st.lists(TEXTS, max_size=2))
    body = {"candidates": [{"content": {"parts": parts}}], "inlineData": draw(JSON), "content": draw(TEXTS)}
    text = json.dumps(body, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 0, 2])))
    text = draw(st.sampled_from(["", "\ufeff", "\n\n  "])) + text
    whole = text.encode("utf-8", "replace")
    for number, raw in enumerate(written):
        whole = whole.replace(b'"slot %d"' % number, b'"%b"' % raw)
    return draw(st.sampled_from([plain, with_other_escapes]))(whole)


@UNHURRIED
@given(bodies(), cuts(3000))
async def test_any_body_in_any_chunks(body: bytes, borders: list[int]) -> None:
    assert repr(await streamed(body, borders)) == repr(by_the_book(body))


@UNHURRIED
@given(
    bodies(),
    st.lists(
        st.tuples(
            st.integers(0, 3000),
            st.integers(0, 3),
            st.binary(max_size=2) | st.sampled_from(['"', "\\", "}", "=", "{", '"data":']),
        ),
        min_size=1,
        max_size=5,
    ),
    cuts(3000),
)
async def test_any_mangled_body(body: bytes, edits: list[tuple[int, int, bytes | str]], borders: list[int]) -> None:
    for place, gone, new in edits:
        start = place % (len(body) + 1)
        body = body[:start] + (new.encode() if isinstance(new, str) else new) + body[start + gone :]
    assert repr(await streamed(body, borders)) == repr(by_the_book(body))


BODY = (
    rb'{"candidates":[{"content":{"parts":[{"text":"a \"fox\" \\"},{"inlineData":{"mimeType":"image\/png",'
    rb'"data":"iVBO\u0052w0K\/\/+\nGg=="}}]}}],"in\u006cineData":{"d\u0061ta":"QUJD"},'
    rb'"content":"\u4f60 ![fox](data:image\/png;base64,QU\nJD) d\u0061ta:image/jpeg;base64,QQ=='
    rb' and <b \"data:image/gif;base64,QUI=\">"}'
)


async def test_a_border_at_every_byte() -> None:
    expected = by_the_book(BODY)
    assert expected[0]["inlineData"]["data"] == b"ABC"
    assert expected[0]["content"] == ["你 ![fox](", b"ABC", ") ", b"A", ' and <b "', b"AB", '">']
    for border in range(len(BODY)):
        assert await streamed(BODY, [border]) == expected, border
    assert await streamed(BODY, list(range(len(BODY)))) == expected


async def test_a_body_cut_short_has_broken_off() -> None:
    for length in range(len(BODY)):
        sink = BytesSink()
        with pytest.raises(ConnectionLost):
            async with AsyncExitStack() as files:
                await read_body(stream([BODY[:length]]), sink, files, rule=gemini_strings)
        assert sink.still_open == 0


async def test_of_a_key_named_twice_the_last_counts() -> None:
    body = b'{"inlineData":{"data":"QUJD","data":"REVG"}}'
    assert await streamed(body, []) == [{"inlineData": {"data": b"DEF"}}]


async def test_signatures_are_left_out_however_large() -> None:
    body = b'{"thoughtSignature":"%b","inlineData":{"data":"QUJD"}}' % (b"A" * 2 * SKELETON_LIMIT)
    assert await streamed(body, []) == [{"thoughtSignature": "", "inlineData": {"data": b"ABC"}}]


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"%b"}' % (b"A" * SKELETON_LIMIT),
        b"[" * (SKELETON_LIMIT + 1),
        b"[" * 50_000 + b"]" * 50_000,
        b" " * (SKELETON_LIMIT + 1),
        b'[%b{"inlineData":{"data":"QUJD"}}]' % (b'{"inlineData":{"data":"QUJD"}},' * MOST_PICTURES),
        b"<html><body>502</body></html>",
        b'{"inlineData":{"data":"QU\nJD"}}',
        b'{"inlineData":{"data":"QU\\xJD"}}',
        b'{"inlineData":{"data":"QU\xffJD"}}',
    ],
    ids=[
        "long text",
        "deep",
        "deeper than Python goes",
        "blank",
        "too many",
        "html",
        "raw line break",
        "escape",
        "bytes",
    ],
)
async def test_what_is_no_answer(body: bytes) -> None:
    sink = BytesSink()
    with pytest.raises(UnreadableAnswer):
        async with AsyncExitStack() as files:
            await read_body(stream([body]), sink, files, rule=gemini_strings)
    assert (sink.kept, sink.still_open) == ({}, 0)


async def test_a_picture_too_large_for_the_sink_is_told_when_it_is_wanted() -> None:
    sink = BytesSink(most_bytes=2)
    body = b'[{"inlineData":{"data":"QUJD"}},{"inlineData":{"data":"QUI="}}]'
    async with AsyncExitStack() as files:
        answer = await read_body(stream([body]), sink, files, rule=gemini_strings)
        too_large, small = [answer.picture(part["inlineData"]["data"]) for part in answer.events[0]]
        assert too_large is not None
        assert small is not None
        with pytest.raises(UnreadableAnswer):
            await too_large.finish()
        await small.finish()
    assert list(sink.kept.values()) == [b"AB"]


def test_the_words_between_pictures_are_as_the_book_has_them() -> None:
    assert split("![a](data:image/png;base64,QUJD)") == ["![a](", b"ABC", ")"]
    assert split("data:image/png;base64,QUJD") == b"ABC"


# Event streams

EVENT = b'{"candidates":[{"content":{"parts":[{"inlineData":{"data":"QUJD"}}]}}]}'
PARSED: dict[str, Any] = {"candidates": [{"content": {"parts": [{"inlineData": {"data": b"ABC"}}]}}]}

STREAMS: dict[str, tuple[bytes, list[Any]]] = {
    "one event": (b"data: " + EVENT + b"\n\n", [PARSED]),
    "several, with an end": (b"data:" + EVENT + b"\n\ndata: {}\n\ndata: [DONE]\n\n", [PARSED, {}]),
    "carriage returns": (b"data: " + EVENT + b"\r\n\r\ndata: {}\r\n\r\ndata: [DONE]\r\n\r\n", [PARSED, {}]),
    "other fields": (b"event: message\nid: 7\nretry: 10\ndata: " + EVENT + b"\n\n", [PARSED]),
    "keep-alive comments": (b": PING\n\n: PING\n\ndata: " + EVENT + b"\n\n: PING\n\ndata: {}", [PARSED, {}]),
    "a byte order mark": (b"\xef\xbb\xbfdata: " + EVENT + b"\n\n", [PARSED]),
    "no end, no line break": (b"data: {}\n\ndata: " + EVENT, [{}, PARSED]),
    "no blank lines": (b"data: {}\ndata: " + EVENT + b"\ndata: [DONE]", [{}, PARSED]),
    "one document on several lines": (b'data: {\ndata: "a":\ndata: 1}\n\n', [{"a": 1}]),
    "comments before an ordinary answer": (b": PING\n\n: PING\n\n" + EVENT, [PARSED]),
    "comments before an answer in lines": (b': PING\n\n{\n "a":\n 1\n}\n', [{"a": 1}]),
    "nothing but comments": (b": PING\n\n: PING\n\ndata: [DONE]\n\n", []),
}


@pytest.mark.parametrize("name", STREAMS)
async def test_an_event_stream_in_any_chunks(name: str) -> None:
    body, expected = STREAMS[name]
    for border in range(len(body) + 1):
        assert await streamed(body, [border]) == expected, border
    assert await streamed(body, list(range(len(body)))) == expected


@pytest.mark.parametrize(
    "body", [b"data: " + EVENT[:-1], b"data: {}\n\ndata: " + EVENT[:60], b": PING\n\n" + EVENT[:70]]
)
async def test_an_event_stream_cut_short_has_broken_off(body: bytes) -> None:
    sink = BytesSink()
    with pytest.raises(ConnectionLost):
        async with AsyncExitStack() as files:
            await read_body(stream([body]), sink, files, rule=gemini_strings)
    assert sink.still_open == 0


# Ten thousand broken bodies

SEEDS = (BODY, STREAMS["several, with an end"][0], b'[{"error":{"code":503,"message":"overloaded"}}]')
ODD_BYTES = (
    b'"',
    b"\\",
    b"\\u",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"=",
    b"\n",
    b"\x00",
    b"\xff",
    b"data:",
    b"data:image/png;base64,",
)


def mutated(body: bytes, dice: random.Random) -> bytes:
    """The body with some of its bytes lost, changed, doubled or moved."""
    for _ in range(dice.randint(1, 6)):
        start, length = dice.randrange(len(body) + 1), dice.choice([0, 1, 1, 2, 9, 60])
        piece = dice.choice(
            [b"", dice.randbytes(dice.randint(1, 3)), dice.choice(ODD_BYTES), body[start : start + 40] * 2]
        )
        body = body[:start] + piece + body[start + length :]
    return body


async def test_ten_thousand_broken_bodies_end_in_an_answer_or_one_fault_and_leave_no_file() -> None:
    dice = random.Random(20261124)  # noqa: S311  # the same ten thousand each time
    outcomes = {True: 0, False: 0}
    for _ in range(10_000):
        body = mutated(dice.choice(SEEDS), dice)
        borders = [dice.randrange(len(body) + 1) for _ in range(dice.randint(0, 4))]
        # `streamed` lets nothing but an ImageFault through, and holds that no file is left open or kept.
        outcomes[await streamed(body, borders) == REFUSED] += 1
    assert min(outcomes.values()) > 500
