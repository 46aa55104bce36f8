"""Collects the events of an answer.

Thousands of events with a few words or nothing each are joined into one. So an answer that arrives letter by letter
takes as little memory as one that arrives at once.
"""

from typing import Any

from bot.image_api.streaming.json_strings import MOST_MARKS, MOST_WORDS_BYTES, SKELETON_LIMIT
from bot.image_api.streaming.treatment import NotAnAnswer

_UNSAID = frozenset({"role", "content", "refusal", "reasoning", "reasoning_content", "reasoning_details", "tool_calls"})
"""Fields of a message that has only words. All except the content are empty or of no use to us."""

_PART_OF_WORDS = frozenset({"text", "thought", "thoughtSignature", "thought_signature"})
_UNKNOWN_REASONS = frozenset({"", "FINISH_REASON_UNSPECIFIED"})


def says_it_is_finished(event: Any) -> bool:
    """Whether an event gives the reason why the model has stopped, in either format."""
    if not isinstance(event, dict):
        return False
    first = [_first(event.get("choices")), _first(event.get("candidates"))]
    reasons = (one.get(key) for one in first for key in ("finish_reason", "finishReason"))
    return any(isinstance(reason, str) and reason not in _UNKNOWN_REASONS for reason in reasons)


class EventList:
    """Collects events in order, and joins words that follow one another."""

    def __init__(self) -> None:
        self._events: list[Any] = []
        self._words: list[str] = []
        self._is_chat = True
        self._words_left = MOST_WORDS_BYTES
        self._bytes_left = SKELETON_LIMIT
        self._marks_left = MOST_MARKS

    def add(self, event: Any, size_bytes: int, marks: int) -> None:
        """Add an event. `size_bytes` and `marks` are the size of its JSON.

        Raises `NotAnAnswer` if all events together exceed a limit: reading on is of no use.
        """
        for words, is_chat in ((_words_of_chat(event), True), (_words_of_gemini(event), False)):
            if words is not None:
                if is_chat is not self._is_chat:
                    self._end_words()
                self._is_chat = is_chat
                self._words.append(words[: self._words_left])
                self._words_left -= len(self._words[-1])
                return
        self._end_words()
        self._bytes_left -= size_bytes
        self._marks_left -= marks
        self._events.append(event)
        if min(self._bytes_left, self._marks_left) < 0:
            raise NotAnAnswer("too much in events")

    def close(self) -> tuple[Any, ...]:
        """Return the events."""
        self._end_words()
        return tuple(self._events)

    def __bool__(self) -> bool:
        return bool(self._events or self._words)

    def _end_words(self) -> None:
        if not self._words:
            return
        text = "".join(self._words)
        self._words.clear()
        message = {"choices": [{"delta": {"content": text}}]}
        self._events.append(message if self._is_chat else {"candidates": [{"content": {"parts": [{"text": text}]}}]})


def _words_of_chat(event: Any) -> str | None:
    """Return the text of a chat event that holds nothing but words; "" for thoughts. Return None for other events."""
    choice = _only(event, "choices")
    delta = choice.get("delta")
    if not isinstance(delta, dict) or choice.get("finish_reason") or delta.get("refusal") or delta.get("tool_calls"):
        return None
    content = delta.get("content") or ""
    is_plain = isinstance(content, str) and all(key in _UNSAID for key, value in delta.items() if value)
    return content if is_plain else None


def _words_of_gemini(event: Any) -> str | None:
    """Return the same for an event in Google's format."""
    candidate = _only(event, "candidates")
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(parts, list) or len(parts) != 1 or candidate.get("finishReason", candidate.get("finish_reason")):
        return None
    part, text = parts[0], _first(parts).get("text")
    if not isinstance(text, str) or not all(key in _PART_OF_WORDS for key in part):
        return None
    return "" if part.get("thought") is True else text


def _only(event: Any, key: str) -> dict[str, Any]:
    """Return the only choice or candidate of an event without an error. Return {} for any other event."""
    if not isinstance(event, dict) or event.get("error") or event.get("promptFeedback") or event.get("prompt_feedback"):
        return {}
    values = event.get(key)
    return _first(values) if isinstance(values, list) and len(values) == 1 else {}


def _first(values: Any) -> dict[str, Any]:
    value = values[0] if isinstance(values, list) and values else None
    return value if isinstance(value, dict) else {}
