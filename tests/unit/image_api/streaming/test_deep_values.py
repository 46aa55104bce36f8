"""Values that are nested deeply cost no more steps than others, and none more than a turn of the event loop."""

import sys
from types import FrameType

import pytest

from bot.image_api.formats import chat_answer
from bot.image_api.streaming.body_reader import CLOSE_LOOK_BYTES
from bot.image_api.streaming.json_strings import JsonStrings

DEPTH = 190
MOST_STEPS_IN_A_TURN = 8_000
"""Calls of functions, each of some hundred nanoseconds, so that a turn stays below five milliseconds."""


def steps_of(text: bytes) -> int:
    """Count the calls of functions, and the turns of generators, that parsing a text takes."""
    strings = JsonStrings(chat_answer.chat_strings)
    count = 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        for _ in strings.feed(text):
            pass
    finally:
        sys.setprofile(None)
    strings.end_document()
    return count


def nested(values: bytes, depth: int) -> bytes:
    return b"[" * depth + values + b"1" + b"]" * depth


@pytest.mark.parametrize("value", [b"[],", b'"ab",', b'"data:image/png;base64,",', b'{"a":"ab"},', b"1,"])
def test_a_value_costs_no_more_steps_for_being_deep(value: bytes) -> None:
    shallow, deep = (steps_of(nested(value * 500, depth)) for depth in (1, DEPTH))
    empty = steps_of(nested(b"", DEPTH)) - steps_of(nested(b"", 1))
    assert deep - empty <= shallow * 1.1


@pytest.mark.parametrize("value", [b"[],", b'"a",', b"1,", b'{"a":"b"},', b'"\\u0064",'])
def test_what_is_parsed_in_one_turn_takes_few_steps(value: bytes) -> None:
    assert steps_of(nested(value * (CLOSE_LOOK_BYTES // len(value)), 1)) < MOST_STEPS_IN_A_TURN
