"""Judges requests and answers by OpenAI's chat format: `tests/specs` holds its schemas."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gemini_judge import PICTURE_KINDS
from tests.specs import facts

REQUEST_KEYS = frozenset({"model", "stream", "messages"})
MOST_SAID = 300
"""Characters of a verdict: a library quotes what it judges, pictures and all."""

_DATA_URI = re.compile(r"data:(?P<mime>[^;,]+);base64,(?P<data>.+)", re.DOTALL)


def violations_of_request(body: dict[str, Any], *, is_ours: bool) -> list[str]:
    """Return everything in a request that OpenAI does not know; and, in one of ours, that gateways could not read."""
    found = _judged("CreateChatCompletionRequest", body)
    return found if found or not is_ours else list(_against_our_rules(body))


def violations_of_answer(answer: Answer) -> list[str]:
    """Return everything in one of our answers that OpenAI does not know. The answer may be an event stream."""
    found = []
    for outline in answer.outlines():
        document = json.loads(outline)
        is_chunk = document.get("object") == "chat.completion.chunk"
        name = "CreateChatCompletionStreamResponse" if is_chunk else "CreateChatCompletionResponse"
        found += [f"our own answer: {violation}" for violation in _judged(name, document)]
    return found


def _judged(name: str, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:MOST_SAID]}" for error in _judge(name).iter_errors(document)]


@cache
def _judge(name: str) -> Draft202012Validator:
    schemas = facts("openai_chat")["schemas"]
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})


def _against_our_rules(body: dict[str, Any]) -> Iterator[str]:
    """Yield where one of our requests breaks our own rules.

    An order is one message of the user, whole; gateways pass over, or refuse, what they do not know.
    """
    yield from (f"unknown field {key}" for key in body.keys() - REQUEST_KEYS)
    if body.get("stream") is not False:
        yield "an answer as a stream of events"
    if [message["role"] for message in body["messages"]] != ["user"]:
        yield "an order is one message of the user"
    for message in body["messages"]:
        content = message["content"]
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            yield from _in_part(part)


def _in_part(part: dict[str, Any]) -> Iterator[str]:
    if part["type"] == "text":
        if not part["text"].strip():
            yield "an empty text"
        return
    found = _DATA_URI.fullmatch(part["image_url"]["url"]) if part["type"] == "image_url" else None
    if found is None:
        yield f"no picture with its data: {part['type']}"
    elif found["mime"] not in PICTURE_KINDS:
        yield f"no kind of picture that is taken: {found['mime']}"
    else:
        try:
            base64.b64decode(found["data"], validate=True)
        except binascii.Error:
            yield "a picture that is not base64"
