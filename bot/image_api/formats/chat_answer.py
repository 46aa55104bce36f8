"""Parses an answer in OpenAI's format: finds the result pictures, or the reason why there are none.

The format defines no place for pictures, so each gateway has chosen its own: markdown in the content, a list beside it,
parts of the content, a URL, or the `data` of another format. The events of a stream are joined first, and are then
parsed like an ordinary answer.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.domain.chat import Quoted
from bot.domain.image_faults import (
    AnsweredInWords,
    BlockedBySafety,
    ConnectionLost,
    CutOff,
    ImageFault,
    NoPictureMade,
    PromptRefused,
    UnreadableAnswer,
)
from bot.image_api.faults import fault_in_json
from bot.image_api.formats.chatter import failure_in
from bot.image_api.formats.pictures_in_text import to_link, to_pieces
from bot.image_api.formats.results import Piece, joined_events, results, words_of
from bot.image_api.formats.wire_format import Chosen, Link
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from bot.image_api.streaming.treatment import Treatment

_ANSWER_KEYS = frozenset({"choices", "data", "usage"})
_BLOCKS = ("multi_mod_content", "content_blocks")
"""AiHubMix, Yunwu and similar gateways, and Portkey, put the parts of a message under these keys, with its pictures."""

_PARENTS_OF_DATA = frozenset({None, "inline_data", "inlineData"})
_THINKING = ("thinking", "reasoning")
_THOUGHTS = frozenset({"reasoning_content", "reasoning", "signature", "thoughtSignature", "thought_signature"})


def chat_strings(key: str | None, parent: str | None) -> Treatment:
    """Decide which strings of an answer are whole pictures. The model's thoughts are dropped."""
    if key == "b64_json" or (key == "data" and parent in _PARENTS_OF_DATA):
        return Treatment.TAKE_OUT
    return Treatment.DROP if key in _THOUGHTS else Treatment.KEEP


def choose(body: Body) -> tuple[Chosen, ...]:
    """Choose the result pictures of an answer, each with its words. Raises an `ImageFault` if there are none."""
    answers = [event for event in body.events if isinstance(event, dict) and event.keys() & _ANSWER_KEYS]
    if body.events and not answers:
        raise UnreadableAnswer("the answer is JSON, but not of this format")
    choices = [_dict(choice) for answer in answers for choice in _list(answer.get("choices"))[:1]]
    messages = [_dict(choice.get("message") or choice.get("delta")) for choice in choices]
    said = joined_events(_content(message, body) for message in messages)
    parts = [*said, *_images(messages, body), *_data(answers, body)]
    pieces = to_pieces(parts, body)
    chosen = tuple(results(pieces))
    if not chosen:
        raise _refusal(messages, body) or _failure(parts, body) or _fault_by_reason(choices, words_of(pieces))
    return chosen


def _content(message: dict[str, Any], body: Body) -> Iterator[Piece]:
    """Yield what a message says, in order: a text, or parts. Some gateways put parts with pictures beside the text."""
    blocks = [piece for key in _BLOCKS for part in _list(message.get(key)) for piece in _part(part, body)]
    if any(isinstance(block, str) for block in blocks):  # the content repeats the same text
        yield from blocks
        return
    content = message.get("content")
    for part in _list(content) if isinstance(content, list) else [content]:
        yield from _part(part, body)
    yield from blocks


def _part(part: Any, body: Body) -> Iterator[Piece]:
    """Yield the text or the picture of one part of a message."""
    fields = _dict(part)
    fields = _dict(fields.get("delta")) or fields
    if fields.get("type") in _THINKING or fields.get("thought") is True:
        return
    said = part if isinstance(part, str) else fields.get("text")
    if isinstance(said, str):
        yield said
    elif (picture := _picture(fields, body)) is not None:
        yield picture


def _images(messages: list[dict[str, Any]], body: Body) -> Iterator[Piece]:
    """Yield the pictures in the list beside the content. Some of them may be in the content too."""
    for message in messages:
        for image in _list(message.get("images")):
            if (picture := _picture(image, body)) is not None:
                yield picture


def _data(answers: list[dict[str, Any]], body: Body) -> Iterator[Piece]:
    """Yield the pictures of an answer in the format of /v1/images/generations."""
    for answer in answers:
        data = answer.get("data")
        for image in [data] if isinstance(data, str) else _list(data):
            if (picture := _picture(image, body)) is not None:
                yield picture


def _picture(named: Any, body: Body) -> ArrivedPicture | Link | None:
    """Find the picture in a part of the answer, an object or a string. Return None if there is none."""
    fields = {"url": named} if isinstance(named, str) else _dict(named)
    image_url = fields.get("image_url")
    inline_data = _dict(fields.get("inline_data") or fields.get("inlineData")).get("data")
    for value in (inline_data, fields.get("b64_json"), _dict(image_url).get("url"), image_url, fields.get("url")):
        if not isinstance(value, str):
            continue
        arrived = next((piece for piece in body.split(value) if isinstance(piece, ArrivedPicture)), None)
        if arrived is not None:
            return arrived
        if value.strip().lower().startswith(("http://", "https://")):
            return to_link(value.strip())
    return None


def _refusal(messages: list[dict[str, Any]], body: Body) -> ImageFault | None:
    said = _said((message.get("refusal") for message in messages), body)
    return PromptRefused(words=Quoted(said)) if said else None


def _failure(parts: Iterable[Piece], body: Body) -> ImageFault | None:
    """Read the fault from a progress line, as gateways for gpt-4o-image and sora_image write it."""
    reason = failure_in(_said(parts, body))
    if reason is None:
        return None
    if "input_moderation" in reason:
        return PromptRefused("refused before painting: input_moderation")
    if "output_moderation" in reason:
        return BlockedBySafety("the safety filter stepped in: output_moderation")
    is_sentence = not reason.isascii() or " " in reason
    return NoPictureMade("painting failed at the endpoint", words=Quoted(reason) if is_sentence else None)


def _said(texts: Iterable[object], body: Body) -> str:
    """Join the values that are strings, without the pictures in them."""
    pieces = (piece for text in texts if isinstance(text, str) for piece in body.split(text))
    return "".join(piece for piece in pieces if isinstance(piece, str)).strip()


def _fault_by_reason(choices: list[dict[str, Any]], said: str | None) -> ImageFault:
    words = Quoted(said) if said else None
    reason = next((choice["finish_reason"] for choice in reversed(choices) if choice.get("finish_reason")), None)
    match reason:
        case "content_filter":
            return BlockedBySafety("the safety filter stepped in: content_filter", words=words)
        case "length":
            return CutOff("the model stopped before its picture was whole: length", words=words)
        case "error":
            named = (fault for choice in choices if (fault := fault_in_json({}, choice)))
            return next(named, ConnectionLost("the answer ended with an error", words=words))
        case _ if words:
            return AnsweredInWords(words=words)
        case _:
            return NoPictureMade()


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
