"""Parses an answer in Google's format: finds the result pictures, or the reason why there are none."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.domain.chat import Quoted
from bot.domain.image_faults import (
    AnsweredInWords,
    BlockedBySafety,
    CutOff,
    ImageFault,
    NoPictureMade,
    PromptRefused,
    UnreadableAnswer,
    meaning_of,
)
from bot.image_api.formats.pictures_in_text import to_link, to_pieces
from bot.image_api.formats.results import Piece, joined_events, results, words_of
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.treatment import Treatment

_FAULTS: Mapping[str, type[ImageFault]] = {
    "SAFETY": BlockedBySafety,
    "IMAGE_SAFETY": BlockedBySafety,
    "PROHIBITED_CONTENT": PromptRefused,
    "IMAGE_PROHIBITED_CONTENT": PromptRefused,
    "BLOCKLIST": PromptRefused,
    "SPII": PromptRefused,
    "MODEL_ARMOR": PromptRefused,
    "RECITATION": PromptRefused,
    "IMAGE_RECITATION": PromptRefused,
    "MAX_TOKENS": CutOff,
    "CONTINUATION": CutOff,
}
"""Meaning of a finishReason without a picture (google-genai 3.4, types.FinishReason). Others say little."""


def gemini_strings(key: str | None, parent: str | None) -> Treatment:
    """Decide which strings are pictures. Signatures, perhaps megabytes, are dropped: an edit is a new turn."""
    if key == "data" and parent in {"inlineData", "inline_data"}:
        return Treatment.TAKE_OUT
    if key in {"thoughtSignature", "thought_signature"}:
        return Treatment.DROP
    return Treatment.KEEP


def choose(body: Body) -> tuple[Chosen, ...]:
    """Choose the result pictures of an answer, each with its words. Raises an `ImageFault` if there are none."""
    answers = [_to_answer(event) for event in body.events]
    candidates = [_dict(candidate) for answer in answers for candidate in _list(_get(answer, "candidates"))[:1]]
    contents = [_list(_get(_dict(_get(one, "content")), "parts")) for one in candidates]
    parts = [_dict(part) for content in contents for part in content]
    pieces = to_pieces(joined_events([_to_parts(map(_dict, content), body) for content in contents]), body)
    chosen = tuple(results(pieces))
    if not chosen:
        raise _fault_without_picture(_last(answers), _last(candidates), parts, words_of(pieces))
    return chosen


def _to_answer(event: Any) -> dict[str, Any]:
    answer = event[0] if isinstance(event, list) and len(event) == 1 else event
    if not isinstance(answer, dict) or not answer.keys() & _ANSWER_KEYS:
        raise UnreadableAnswer("the answer is JSON, but not of this format")
    return answer


def _last(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last event of a stream: its reasons count for the whole answer. An ordinary answer is one event."""
    return events[-1] if events else {}


_ANSWER_KEYS = frozenset({"candidates", "promptFeedback", "prompt_feedback", "usageMetadata", "usage_metadata"})


def _to_parts(parts: Iterable[dict[str, Any]], body: Body) -> Iterator[Piece]:
    """Yield pictures and words in order, without the model's thoughts."""
    for part in parts:
        if part.get("thought") is True:
            continue
        if picture := body.picture(_dict(_get(part, "inlineData")).get("data")):
            yield picture
        elif isinstance(uri := _get(_dict(_get(part, "fileData")), "fileUri"), str):
            yield to_link(uri)
        elif isinstance(text := part.get("text"), str):
            yield text


def _fault_without_picture(
    answer: dict[str, Any], candidate: dict[str, Any], parts: list[dict[str, Any]], said: str | None
) -> ImageFault:
    feedback = _dict(_get(answer, "promptFeedback"))
    if block_reason := _get(feedback, "blockReason"):
        return PromptRefused(
            f"refused before painting: {_name(block_reason)}", words=_words(feedback, "blockReasonMessage")
        )
    words = Quoted(said) if said else _words(candidate, "finishMessage")
    reason = _name(_get(candidate, "finishReason"))
    if reason in _FAULTS:
        fault = _FAULTS[reason]
        owner_text = "too close to existing work" if "RECITATION" in reason else meaning_of(fault).owner_text
        return fault(f"{owner_text}: {reason}", words=words)
    if any(part.get("thought") is True and _get(part, "inlineData") for part in parts):
        return NoPictureMade("the model left drafts and no final picture", words=words)
    if said and reason == "STOP":
        return AnsweredInWords(words=words)
    return NoPictureMade(f"an answer without a picture: {reason}", words=words)


def _words(fields: dict[str, Any], key: str) -> Quoted | None:
    text = _get(fields, key)
    return Quoted(text.strip()) if isinstance(text, str) and text.strip() else None


def _name(reason: object) -> str:
    """Return a reason in Google's spelling. Any other text is not Google's and may hold anything, so it is left out."""
    return reason if isinstance(reason, str) and reason.isascii() and reason.replace("_", "").isalpha() else "no reason"


def _get(fields: dict[str, Any], key: str) -> Any:
    """Read a field in either spelling: gateways answer in camelCase and in snake_case."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
    value = fields.get(key)
    return fields.get(snake) if value is None else value


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
