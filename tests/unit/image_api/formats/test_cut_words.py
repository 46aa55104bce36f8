"""Words that an event stream has cut in the middle of a character are whole again, in both formats."""

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.domain.image_faults import AnsweredInWords, ImageFault
from bot.image_api.formats import chat_answer, gemini_answer
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.streaming.body_reader import read_body
from bot.image_api.streaming.body_stream import Body
from tests.unit.image_api.streaming.folder_sink import FolderSink

LINK = "![fox](https://pictures.test/fox.png)"


def chat_event(text: str, **more: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, **more}]}


def gemini_event(text: str, **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": text}]}, **more}]}


async def read(folder: Path, events: list[Any], format_: Any) -> Body:
    async def chunks() -> Any:
        for event in events:
            yield b"data: " + json.dumps(event).encode() + b"\n\n"

    rule = format_.chat_strings if format_ is chat_answer else format_.gemini_strings
    async with AsyncExitStack() as files:
        return await read_body(chunks(), FolderSink(folder), files, rule=rule)


def chosen(body: Body, format_: Any) -> Chosen:
    (one,) = format_.choose(body)
    assert isinstance(one, Chosen)
    return one


@pytest.mark.parametrize(
    ("format_", "event", "begin"),
    [(chat_answer, chat_event, f"{LINK} Done "), (gemini_answer, gemini_event, f"{LINK} Done ")],
    ids=["chat completions", "gemini"],
)
async def test_halves_that_come_in_two_events_are_one_emoji(
    tmp_path: Path, format_: Any, event: Any, begin: str
) -> None:
    body = await read(tmp_path, [event(begin + "\ud83e"), event("\udd8a!")], format_)
    assert chosen(body, format_).words == "Done 🦊!"


@pytest.mark.parametrize(
    ("format_", "event", "end"),
    [(chat_answer, chat_event, {"finish_reason": "stop"}), (gemini_answer, gemini_event, {"finishReason": "STOP"})],
    ids=["chat completions", "gemini"],
)
async def test_a_half_that_stays_alone_is_replaced_in_a_refusal(
    tmp_path: Path, format_: Any, event: Any, end: dict[str, str]
) -> None:
    body = await read(tmp_path, [event("I can't \ud83d"), event(" paint\0 that.", **end)], format_)
    with pytest.raises(ImageFault) as caught:
        format_.choose(body)
    assert isinstance(caught.value, AnsweredInWords)
    assert caught.value.words is not None
    caught.value.words.words.encode()
    assert "\0" not in caught.value.words.words
