"""Server-sent events, which nobody asked for, are read like any other answer; and no broken body does any harm."""

import random
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.domain.image_faults import ConnectionLost
from bot.image_api.formats.gemini_answer import gemini_strings
from bot.image_api.streaming.body_reader import read_body
from bot.image_api.streaming.event_lines import EventLines, LineEnd
from tests.unit.image_api.streaming.streaming import BODY, REFUSED, BytesSink, stream, streamed

EVENT = b'{"candidates":[{"content":{"parts":[{"inlineData":{"data":"QUJD"}}]}}]}'
PARSED: dict[str, Any] = {"candidates": [{"content": {"parts": [{"inlineData": {"data": b"ABC"}}]}}]}

STREAMS: dict[str, tuple[bytes, list[Any]]] = {
    "one event": (b"data: " + EVENT + b"\n\n", [PARSED]),
    "several, with an end": (b"data:" + EVENT + b"\n\ndata: {}\n\ndata: [DONE]\n\n", [PARSED, {}]),
    "carriage returns": (b"data: " + EVENT + b"\r\n\r\ndata: {}\r\n\r\ndata: [DONE]\r\n\r\n", [PARSED, {}]),
    "carriage returns alone": (b": PING\r\rdata: " + EVENT + b"\r\rdata: {}\r\rdata: [DONE]\r\r", [PARSED, {}]),
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


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_many_empty_lines_end_an_event_once_and_take_no_time_each(end: bytes) -> None:
    pieces = list(EventLines().feed(b"data: {}" + end * 100_000 + b"data: {}" + end))
    assert pieces == [b" {}", LineEnd.END, LineEnd.EMPTY, b" {}", LineEnd.END]


@pytest.mark.parametrize(
    "body", [b"data: " + EVENT[:-1], b"data: {}\n\ndata: " + EVENT[:60], b": PING\n\n" + EVENT[:70]]
)
async def test_an_event_stream_cut_short_has_broken_off(body: bytes) -> None:
    sink = BytesSink()
    async with AsyncExitStack() as files:
        answer = await read_body(stream([body]), sink, files, rule=gemini_strings)
    assert (type(answer.fault), answer.has_end) == (ConnectionLost, False)
    assert sink.still_open == 0


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
    """Return the body with some of its bytes lost, changed, doubled or moved."""
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
