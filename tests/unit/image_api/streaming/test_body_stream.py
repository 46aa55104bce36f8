"""For any JSON body with any pictures in it, the stream gives exactly what json and base64 give, or both refuse."""

import base64
import json
import re
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_faults import ConnectionLost, UnreadableAnswer
from bot.image_api.formats.gemini_answer import gemini_strings
from bot.image_api.streaming.body_reader import MOST_PICTURES, read_body
from bot.image_api.streaming.json_strings import MOST_WORDS_BYTES, SKELETON_LIMIT
from tests.unit.image_api.streaming.spellings import JSON, UNHURRIED, cuts, decoded, spelled
from tests.unit.image_api.streaming.streaming import BODY, NO_PICTURE, REFUSED, BytesSink, stream, streamed


def by_the_book(body: bytes) -> Any:
    """Return the same by way of json and base64."""
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
    """Return a text with the bytes of the `data:` URIs in it, by way of regular expressions."""
    pieces: list[Any] = []
    rest = text
    while found := URI.search(rest):
        closing = CLOSINGS.get(found[0][0])
        before = rest[: found.start() + (closing is not None)]
        rest = rest[found.end() :]
        ends = "[)'\"]" if closing == ")" else re.escape(closing or "")  # a title may stand before the bracket
        end = re.search(ends or r"[^A-Za-z0-9+/=_-]", rest)
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
    """Return the same JSON with slashes escaped, and the first letter of `image` after a colon."""
    return re.sub(rb"(?<!\\)(?:\\\\)*/", lambda found: found[0][:-1] + rb"\/", body).replace(b":image", rb":\u0069mage")


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw an answer with pictures, in any spelling and layout, among any other JSON."""
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
        async with AsyncExitStack() as files:
            body = await read_body(stream([BODY[:length]]), sink, files, rule=gemini_strings)
        assert (type(body.fault), body.has_end) == (ConnectionLost, False)
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
        b'{"%b":1}' % (b"A" * SKELETON_LIMIT),
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
        "long key",
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
    async with AsyncExitStack() as files:
        answer = await read_body(stream([body]), sink, files, rule=gemini_strings)
    assert type(answer.fault) is UnreadableAnswer
    assert (sink.kept, sink.still_open) == ({}, 0)


async def test_words_beyond_the_limit_are_left_out_and_pictures_after_them_are_not() -> None:
    for unit in (b"A", b"\\u0041\\n", "狐".encode(), b'\\"'):
        text = unit * (SKELETON_LIMIT // len(unit))
        body = b'[{"text":"%b ![a](data:image/png;base64,QUI=)"},{"inlineData":{"data":"QUJD"}}]' % text
        (event,) = await streamed(body, list(range(0, len(body), 65_536)))
        assert len(event[0]["text"][0]) <= MOST_WORDS_BYTES
        assert event[0]["text"][1] == b"AB"
        assert event[1] == {"inlineData": {"data": b"ABC"}}


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
