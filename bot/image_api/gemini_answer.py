"""What an answer in Google's format holds: the pictures that are results, or the reason why there are none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.chat import Quoted
from bot.domain.errors import BlockedBySafety, CutOff, ImageFault, NoPictureMade, PromptRefused, UnreadableAnswer
from bot.image_api.body_stream import ArrivedPicture, Body
from bot.image_api.json_strings import Treatment


@dataclass(frozen=True, slots=True)
class ChosenPicture:
    """A picture that is a result, with the model's words about it."""

    picture: ArrivedPicture
    words: str | None


_FAULTS: Mapping[str, tuple[type[ImageFault], str]] = {
    "SAFETY": (BlockedBySafety, "the safety filter stepped in"),
    "IMAGE_SAFETY": (BlockedBySafety, "the safety filter stepped in"),
    "PROHIBITED_CONTENT": (PromptRefused, "the model refused"),
    "IMAGE_PROHIBITED_CONTENT": (PromptRefused, "the model refused"),
    "BLOCKLIST": (PromptRefused, "the model refused"),
    "SPII": (PromptRefused, "the model refused"),
    "MODEL_ARMOR": (PromptRefused, "the model refused"),
    "RECITATION": (PromptRefused, "too close to existing work"),
    "IMAGE_RECITATION": (PromptRefused, "too close to existing work"),
    "MAX_TOKENS": (CutOff, "the model stopped before its picture was whole"),
    "CONTINUATION": (CutOff, "the model stopped before its picture was whole"),
}
"""What a finishReason means when there is no picture (google-genai 3.4, types.FinishReason); others mean little."""


def gemini_strings(key: str | None, parent: str | None) -> Treatment:
    """Which strings of an answer are pictures. Signatures can be megabytes and are of no use: an edit is a new turn."""
    if key == "data" and parent in {"inlineData", "inline_data"}:
        return Treatment.TAKE_OUT
    if key in {"thoughtSignature", "thought_signature"}:
        return Treatment.DROP
    return Treatment.KEEP


def choose(body: Body) -> tuple[ChosenPicture, ...]:
    """The pictures of an answer that are results, each with its words. Raises an `ImageFault` if there are none."""
    answer = body.json[0] if isinstance(body.json, list) and len(body.json) == 1 else body.json
    if not isinstance(answer, dict) or not answer.keys() & _ANSWER_KEYS:
        raise UnreadableAnswer("the answer is JSON, but not of this format")
    candidates = _list(_get(answer, "candidates"))
    candidate = _dict(candidates[0]) if candidates else {}
    parts = [_dict(part) for part in _list(_get(_dict(_get(candidate, "content")), "parts"))]
    chosen = tuple(_results(_to_pieces(parts, body)))
    if not chosen:
        raise _fault_without_picture(answer, candidate, parts, body)
    return chosen


_ANSWER_KEYS = frozenset({"candidates", "promptFeedback", "prompt_feedback", "usageMetadata", "usage_metadata"})


def _to_pieces(parts: list[dict[str, Any]], body: Body) -> Iterator[ArrivedPicture | str]:
    """Pictures and words in their order, without the model's thoughts; blank text says nothing."""
    for part in parts:
        if part.get("thought") is True:
            continue
        picture = body.picture(_dict(_get(part, "inlineData")).get("data"))
        if picture is not None:
            yield picture
        elif isinstance(text := part.get("text"), str) and text.strip():
            yield text.strip()


def _results(pieces: Iterator[ArrivedPicture | str]) -> Iterator[ChosenPicture]:
    """Of pictures that follow one another without words, all but the last are drafts.

    Where an answer begins with words, words belong to the picture after them, else to the one before.
    """
    before: list[str] = []
    picture: ArrivedPicture | None = None
    after: list[str] = []
    begins_with_words: bool | None = None
    for piece in pieces:
        if begins_with_words is None:
            begins_with_words = isinstance(piece, str)
        if isinstance(piece, str):
            (before if picture is None else after).append(piece)
        elif picture is None or not after:
            picture = piece
        else:
            yield ChosenPicture(picture, _join(before if begins_with_words else after))
            before, picture, after = (after if begins_with_words else []), piece, []
    if picture is not None:
        yield ChosenPicture(picture, _join(before + after))


def _fault_without_picture(
    answer: dict[str, Any], candidate: dict[str, Any], parts: list[dict[str, Any]], body: Body
) -> ImageFault:
    feedback = _dict(_get(answer, "promptFeedback"))
    if block_reason := _get(feedback, "blockReason"):
        return PromptRefused(
            f"refused before painting: {_name(block_reason)}", words=_words(feedback, "blockReasonMessage")
        )
    said = _join([piece for piece in _to_pieces(parts, body) if isinstance(piece, str)])
    words = Quoted(said) if said else _words(candidate, "finishMessage")
    reason = _name(_get(candidate, "finishReason"))
    if reason in _FAULTS:
        fault, owner_text = _FAULTS[reason]
        return fault(f"{owner_text}: {reason}", words=words)
    if any(part.get("thought") is True and _get(part, "inlineData") for part in parts):
        return NoPictureMade("the model left drafts and no final picture", words=words)
    return NoPictureMade(f"an answer {'in words' if said else 'without a picture'}: {reason}", words=words)


def _words(fields: dict[str, Any], key: str) -> Quoted | None:
    text = _get(fields, key)
    return Quoted(text.strip()) if isinstance(text, str) and text.strip() else None


def _name(reason: object) -> str:
    """A reason as Google names it; anything else is none of Google's and may hold anything."""
    return reason if isinstance(reason, str) and reason.isascii() and reason.replace("_", "").isalpha() else "no reason"


def _join(texts: list[str]) -> str | None:
    return "\n".join(texts) or None


def _get(fields: dict[str, Any], key: str) -> Any:
    """A field in either spelling: gateways answer in camelCase and in snake_case."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
    value = fields.get(key)
    return fields.get(snake) if value is None else value


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
