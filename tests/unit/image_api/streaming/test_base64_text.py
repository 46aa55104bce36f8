"""Base64 in a JSON string, however it is spelled and cut, gives what json and base64 give."""

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api.streaming.base64_text import BATCH_BYTES, NOT_BASE64, Base64Text
from tests.unit.image_api.streaming.spellings import UNHURRIED, chunked, cuts, decoded, spelled


def by_the_book(raw: bytes) -> bytes | str | None:
    """Return the bytes; None if they are no base64; "not JSON" if this cannot stand in a JSON string."""
    try:
        return decoded(json.loads(b'"%b"' % raw))
    except ValueError:
        return "not JSON"


def piece_by_piece(raw: bytes, borders: list[int], batch_bytes: int = BATCH_BYTES) -> bytes | str | None:
    text = Base64Text(batch_bytes=batch_bytes)
    found = b""
    for piece in chunked(raw, borders):
        had_fault = text.fault is not None
        decoded_now = text.feed(piece)
        assert not (had_fault and decoded_now)
        found += decoded_now
    found += text.close()
    if not text.is_json:
        return "not JSON"
    return None if text.fault else found


@pytest.mark.parametrize("batch_bytes", [1, 7, BATCH_BYTES])
@pytest.mark.parametrize(
    "tail", [b"!!", b' \\"a title\\"', "狐".encode(), b"\xff", b"\n\x01", b"\\x", b"=====", b"==QUJD"]
)
def test_what_stands_before_something_that_is_no_base64_comes_out(tail: bytes, batch_bytes: int) -> None:
    data = bytes(range(250))
    text = Base64Text(batch_bytes=batch_bytes)
    found = b"".join(text.feed(bytes([byte])) for byte in base64.b64encode(data).rstrip(b"=") + tail) + text.close()
    assert (found, text.fault) == (data, NOT_BASE64)


@UNHURRIED
@given(st.binary(max_size=300), cuts(500), st.sampled_from([1, 7, BATCH_BYTES]))
def test_percent_encoding(data: bytes, borders: list[int], batch_bytes: int) -> None:
    raw = b"data:image/png;base64," + quote(base64.b64encode(data), safe="").encode()
    assert piece_by_piece(raw, borders, batch_bytes) == data


BATCHES = st.sampled_from([1, 2, 3, 5, 8, 13, 100, 400, BATCH_BYTES])


@UNHURRIED
@given(spelled(st.binary(max_size=60) | st.binary(min_size=100, max_size=200)), cuts(4000), BATCHES)
def test_every_spelling_of_every_bytes(written: tuple[bytes, bytes], borders: list[int], batch_bytes: int) -> None:
    data, raw = written
    assert by_the_book(raw) == data
    assert piece_by_piece(raw, borders, batch_bytes) == data


ODD = st.one_of(
    st.sampled_from(
        [b"\\", b"\\\\", b'\\"', b"\\u", b"\\u00", b"\\u0041", b"\\/", b"\\n", b"\\x", b"=", b"==", b"===="]
    ),
    st.sampled_from(
        [b"\n", b" ", b"\xc3\xa9", b"\xc3", b"\xff", b"data:image/png;base64,", b"base64://", b"QUJD", b"QQ=="]
    ),
    st.binary(max_size=3).map(lambda data: data.replace(b'"', b"")),
)


@UNHURRIED
@given(
    st.lists(ODD, max_size=12).map(b"".join).filter(lambda raw: not re.search(rb'(?<!\\)(?:\\\\)*"', raw)),
    cuts(40),
    BATCHES,
)
def test_what_is_none_is_refused_alike(raw: bytes, borders: list[int], batch_bytes: int) -> None:
    if raw.endswith(b"\\") and (len(raw) - len(raw.rstrip(b"\\"))) % 2:
        raw += b"n"  # a string does not end within an escape: its quote would be part of it
    assert piece_by_piece(raw, borders, batch_bytes) == by_the_book(raw)


LONG = b"QUJD" * 40  # longer than any prefix

TRICKY = [
    LONG + b"QQ==",
    LONG + b"QUI=",
    LONG + b"QUI",
    LONG + b"Q",
    LONG + b"QQ==QUJD" + LONG,
    LONG + b"====",
    LONG + rb"\/\/\/\/\u002f\u002F\n\r\n" + LONG,
    LONG + b"\\\\" + LONG,
    LONG + b"\\\\u0041" + LONG,
    LONG + b'\\"' + LONG,
    LONG + "é狐".encode() + LONG,
    LONG + b"\xc3" + LONG,
    b"data:image/png;base64," + LONG,
    b" \\n" * 60 + b"base64://" + LONG,
    b"*" + LONG,
]


@pytest.mark.parametrize("raw", TRICKY, ids=range(len(TRICKY)))
def test_a_border_at_every_place(raw: bytes) -> None:
    expected = by_the_book(raw)
    for border in range(len(raw) + 1):
        assert piece_by_piece(raw, [border], 1) == expected, border
    assert piece_by_piece(raw, list(range(len(raw))), 1) == expected


def test_megabytes_come_out_in_batches_and_not_at_the_end() -> None:
    data = bytes(range(256)) * 4096
    text, waiting = Base64Text(), 0
    raw = base64.b64encode(data)
    for start in range(0, len(raw), 1000):
        waiting += 1000
        waiting -= len(text.feed(raw[start : start + 1000])) * 4 // 3
        assert waiting < BATCH_BYTES + 2000
