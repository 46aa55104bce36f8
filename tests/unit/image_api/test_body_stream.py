"""For any JSON body with any pictures in it, the stream gives exactly what json and base64 give, or both refuse."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chat import StoredPicture
from bot.domain.errors import ConnectionLost, ImageFault, PictureTooLarge, UnreadableAnswer
from bot.image_api.body_stream import MOST_PICTURES, Body, read_body
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
            return await _with_bytes(answer.json, answer, sink)
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
    picture = answer.picture(value)
    if picture is None:
        return value
    try:
        return sink.kept[(await picture.finish()).sha256]
    except UnreadableAnswer:
        return NO_PICTURE


def by_the_book(body: bytes) -> Any:
    """The same by way of json and base64."""
    try:
        return _with_decoded(json.loads(body.decode("utf-8-sig")), None)
    except (ValueError, RecursionError):
        return REFUSED


def _with_decoded(value: Any, name: str | None) -> Any:
    if isinstance(value, list):
        return [_with_decoded(inner, None) for inner in value]
    if not isinstance(value, dict):
        return value
    found = {key: _with_decoded(inner, key) for key, inner in value.items()}
    if name in {"inlineData", "inline_data"} and isinstance(value.get("data"), str):
        found["data"] = decoded(value["data"]) or NO_PICTURE
    return found


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """An answer with pictures, in any spelling and layout, among any other JSON."""
    written = [raw for _, raw in draw(st.lists(spelled(st.binary(max_size=60)), max_size=3))]
    keys = st.sampled_from(["inlineData", "inline_data"])
    parts = [draw(JSON)]
    for number in range(len(written)):
        parts.append({draw(keys): {"mimeType": draw(JSON), "data": f"slot {number}", "more": draw(JSON)}})
        parts.append(draw(JSON))
    body = {"candidates": [{"content": {"parts": parts}}], "inlineData": draw(JSON)}
    text = json.dumps(body, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 0, 2])))
    text = draw(st.sampled_from(["", "\ufeff", "\n\n  "])) + text
    whole = text.encode("utf-8", "replace")
    for number, raw in enumerate(written):
        whole = whole.replace(b'"slot %d"' % number, b'"%b"' % raw)
    return whole


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
    rb'"data":"iVBO\u0052w0K\/\/+\nGg=="}}]}}],"in\u006cineData":{"d\u0061ta":"QUJD"}}'
)


async def test_a_border_at_every_byte() -> None:
    expected = by_the_book(BODY)
    assert expected["inlineData"]["data"] == b"ABC"
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
    assert await streamed(body, []) == {"inlineData": {"data": b"DEF"}}


async def test_signatures_are_left_out_however_large() -> None:
    body = b'{"thoughtSignature":"%b","inlineData":{"data":"QUJD"}}' % (b"A" * 2 * SKELETON_LIMIT)
    assert await streamed(body, []) == {"thoughtSignature": "", "inlineData": {"data": b"ABC"}}


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
        too_large, small = [answer.picture(part["inlineData"]["data"]) for part in answer.json]
        assert too_large is not None
        assert small is not None
        with pytest.raises(UnreadableAnswer):
            await too_large.finish()
        await small.finish()
    assert list(sink.kept.values()) == [b"AB"]
