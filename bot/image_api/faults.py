"""Translates an endpoint's error answer into a fault: one parser for every shape of error, in both wire formats.

Gateways rename, translate and remap errors. The same refusal comes with another status, as a string, in a list, in HTTP
200 or as HTML. So the error's own code and message are read first, then Google's status, then the HTTP status. An error
message may hold account numbers and balances, so none of it is passed on: the fault's text is ours.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from bot.domain.image_faults import (
    ConnectionLost,
    EndpointBusy,
    EndpointMoved,
    EndpointRateLimited,
    FundsUsedUp,
    HistoryRejected,
    ImageFault,
    KeyRejected,
    ModelUnavailable,
    NoPictureMade,
    OrganizationUnverified,
    PromptRefused,
    ReferencesTooLarge,
    SettingRejected,
    TookTooLong,
    UnreadableAnswer,
    meaning_of,
)

QUICK_SECONDS = 5.0
"""An error within this time came before any painting. A later error was probably billed."""

BODY_BYTES = 64 * 1024
"""Read at most this much of an error's body."""

_REQUEST_ID = re.compile(r"(?!sk-)[A-Za-z0-9_-]{6,64}")
_REQUEST_ID_HEADERS = ("x-request-id", "x-oneapi-request-id", "x-goog-request-id")
_REQUEST_ID_IN_MESSAGE = re.compile(r"request id: ?([A-Za-z0-9_-]{6,64})", re.IGNORECASE)
_RETRY_AFTER_HEADERS = ("retry-after", "llm_provider-retry-after")  # the second is litellm's name for the upstream's
_RETRY_IN_TEXT = re.compile(r'"retryDelay": ?"(\d{1,6}(?:\.\d+)?)s"|retry in (\d{1,6}(?:\.\d+)?) ?s', re.IGNORECASE)
_ORIGIN = re.compile(
    r"(https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?)(?:[/?#]|$)", re.IGNORECASE
)
_MINUTES_IN_TEXT = re.compile(r"请求数限制\D{0,4}(\d{1,4}) ?分钟")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error answer in one shape. `text` is the whole text of the error, used for pattern matching only."""

    status: int
    code: str | None
    text: str
    retry_after_seconds: float | None
    request_id: str | None


_Meaning = tuple[type[ImageFault], str]
"""A fault, and what the owner reads about it."""


@dataclass(frozen=True, slots=True)
class _Rule:
    meaning: _Meaning
    pattern: re.Pattern[str]


def _plain(fault: type[ImageFault]) -> _Meaning:
    return fault, meaning_of(fault).owner_text


def _rule(fault: type[ImageFault], *alternatives: str, words: str | None = None) -> _Rule:
    meaning = _plain(fault) if words is None else (fault, words)
    return _Rule(meaning, re.compile("|".join(alternatives), re.IGNORECASE))


_BY_TEXT = (
    _rule(OrganizationUnverified, r"organi[sz]ation must be verified"),
    _rule(
        FundsUsedUp,
        r"insufficient_user_quota|pre_consume_token_quota_failed|insufficient_quota|insufficient balance|limit: 0\b",
        r"billing_hard_limit_reached|billing hard limit",
        r"BILLING_DISABLED|quota \[[^\[\]]*+\] is not enough|额度不足|余额不足|额度已用尽|credit balance is too low",
    ),
    _rule(
        KeyRejected,
        r"API_KEY_INVALID|invalid_api_key|api key (?:not valid|expired|not found)|incorrect api key",
        r"无效的令牌|令牌已过期|令牌状态不可用|access_denied",
    ),
    _rule(
        ModelUnavailable,
        r"model_not_found|get_channel_failed|无可用渠道|no available channel|is not found for api version",
        r"no longer available|has been (?:retired|shut ?down)|location is not supported",
    ),
    _rule(
        PromptRefused,
        r"prompt_blocked|sensitive_words_detected|content_policy_violation|moderation_blocked|PROHIBITED_CONTENT",
        r"(?:by|of) (?:our|the) safety system|content_safety_violation|contentFilter",
        words="the request was refused before painting",
    ),
    _rule(NoPictureMade, r"empty_response", words="the answer was empty"),
    _rule(ReferencesTooLarge, r"read_request_body_failed"),
    _rule(ConnectionLost, r"write_response_body_failed", words="the gateway lost the answer on its way"),
    _rule(HistoryRejected, r"thought_?signature|thought signature"),
    _rule(
        EndpointRateLimited,
        r"MODEL_CAPACITY_EXHAUSTED|overloaded|负载已饱和|channel:(?:no_available_key|invalid_key|response_time_exceeded)",
        words="the endpoint is overloaded",
    ),
    _rule(EndpointRateLimited, r"请求数限制|RESOURCE_EXHAUSTED|rate_limit_exceeded"),
)

_GAVE_UP = (TookTooLong, "a gateway gave up waiting for the picture, which is probably billed; raise its time limit")
_FAILED = _plain(EndpointBusy)
_LOST = (ConnectionLost, "a gateway lost its endpoint while the picture was being made, which is probably billed")

_BY_STATUS: Mapping[int, _Meaning] = {
    401: _plain(KeyRejected),
    402: _plain(FundsUsedUp),
    403: (KeyRejected, "the endpoint does not allow this with the API key"),
    404: (ModelUnavailable, "the endpoint does not know this address or model"),
    408: _GAVE_UP,
    413: _plain(ReferencesTooLarge),
    429: _plain(EndpointRateLimited),
    502: _FAILED,
    503: _FAILED,
    504: _GAVE_UP,
    524: _GAVE_UP,
}
_LATE: Mapping[int, _Meaning] = {502: _LOST, 503: _LOST, 520: _LOST}
"""The meaning of a status that arrives later than `QUICK_SECONDS` after the request was sent."""

_SETTINGS: Mapping[str, re.Pattern[str]] = {
    "the aspect ratio": re.compile(r"aspect_?ratio", re.IGNORECASE),
    "the size": re.compile(r'image_?size|"param": ?"size"|invalid size', re.IGNORECASE),
    "the quality": re.compile(r'"param": ?"quality"|\'quality\'', re.IGNORECASE),
    "the thinking level": re.compile(r"thinking_?(?:level|config)", re.IGNORECASE),
    "the number of pictures": re.compile(r"candidate", re.IGNORECASE),
    "a source picture": re.compile(
        r"input image|inline_?data|mime_?type|image (?:is )?not valid|invalid_image|invalid image", re.IGNORECASE
    ),
}


def fault_of_answer(status: int, headers: Mapping[str, str], body: bytes, *, after_seconds: float = 0.0) -> ImageFault:
    """Choose the fault for an answer without a picture. `body` may be cut after `BODY_BYTES`.

    `after_seconds` is the time between sending the request and the answer.
    """
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _fault_of_redirect(status, headers)
    is_late = after_seconds > QUICK_SECONDS
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        refusal = _read(status, headers, body.decode("utf-8", "replace"))
        return _to_fault(refusal, "; the answer is no JSON", is_late=is_late)
    return _to_fault(_read(status, headers, _error_of(value) or value), is_late=is_late)


def _fault_of_redirect(status: int, headers: Mapping[str, str]) -> ImageFault:
    """Name the redirect's target, but only its scheme, host and port: the rest may hold secrets."""
    found = _ORIGIN.match(headers.get("location", ""))
    where = f" to {found[1].lower()}; base_url should probably begin so" if found else "; is base_url right?"
    return EndpointMoved(f"the endpoint answers with a redirect{where} (HTTP {status})")


def fault_in_json(headers: Mapping[str, str], value: Any) -> ImageFault | None:
    """Find the fault in a parsed answer that came with HTTP 200. Return None if it holds no error."""
    error = _error_of(value)
    return _to_fault(_read(200, headers, error)) if error else None


def _error_of(value: Any) -> Any:
    """Return the value of the `error` key: an object or a string. Return None if there is none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.get("error") if isinstance(value, dict) else None


def _read(status: int, headers: Mapping[str, str], error: Any) -> Refusal:
    fields = error if isinstance(error, dict) else {}
    text = (error if isinstance(error, str) else json.dumps(error, ensure_ascii=False))[:BODY_BYTES]
    return Refusal(
        status=_inner_status(fields) or status,
        code=_safe_code(fields),
        text=text,
        retry_after_seconds=_retry_after(headers, text),
        request_id=_request_id(headers, text),
    )


def _inner_status(fields: Mapping[str, Any]) -> int | None:
    """Return the status that the error itself names. Gateways put the upstream's in `param` and may remap HTTP's."""
    for key in ("param", "code"):
        text = str(fields.get(key))
        if re.fullmatch(r"[45]\d\d", text):
            return int(text)
    return None


def _safe_code(fields: Mapping[str, Any]) -> str | None:
    """Return the error's code if it is a word. Text with digits is left out: it could be somebody's account number."""
    for key in ("status", "code", "type"):
        if re.fullmatch(r"[A-Za-z_:.-]{1,64}", str(fields.get(key) or "")):
            return str(fields[key])
    return None


def _request_id(headers: Mapping[str, str], text: str) -> str | None:
    found = _REQUEST_ID_IN_MESSAGE.search(text)
    candidates = [*(headers.get(name) for name in _REQUEST_ID_HEADERS), found[1] if found else None]
    return next((name for name in candidates if name and _REQUEST_ID.fullmatch(name)), None)


def _retry_after(headers: Mapping[str, str], text: str) -> float | None:
    """Read the seconds to wait from the header, Google's RetryInfo or the message. Return None if none says."""
    header = next((headers[name].strip() for name in _RETRY_AFTER_HEADERS if name in headers), "")
    if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", header):
        return float(header)
    if found := _RETRY_IN_TEXT.search(text):
        return float(found[1] or found[2])
    if found := _MINUTES_IN_TEXT.search(text):
        return 60.0 * int(found[1])
    try:  # the Date header is the endpoint's own clock, so a difference from our clock does not matter
        wait = parsedate_to_datetime(header) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())


def _to_fault(refusal: Refusal, remark: str = "", *, is_late: bool = False) -> ImageFault:
    fault, words = _classify(refusal, is_late=is_late)
    named = [f"HTTP {refusal.status}", refusal.code, refusal.request_id and f"request {refusal.request_id}"]
    owner_text = f"{words}{remark} ({', '.join(name for name in named if name)})"
    return fault(owner_text, retry_after_seconds=refusal.retry_after_seconds)


def _classify(refusal: Refusal, *, is_late: bool) -> _Meaning:
    for rule in _BY_TEXT:
        if rule.pattern.search(refusal.text):
            return rule.meaning
    if is_late and refusal.status in _LATE:
        return _LATE[refusal.status]
    if refusal.status in _BY_STATUS:
        return _BY_STATUS[refusal.status]
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _FAILED
    if refusal.status >= HTTPStatus.BAD_REQUEST:
        refused = [name for name, pattern in _SETTINGS.items() if pattern.search(refusal.text)]
        return SettingRejected, f"the endpoint refused {' and '.join(refused) or 'a setting'}"
    return UnreadableAnswer, "the answer is neither a picture nor an error we know; is base_url right?"
