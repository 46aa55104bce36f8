"""The shapes in which endpoints answer, as realistic bodies. The numbers are those of the project's list of shapes."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.image_api.answers import Answer, Base64Of, Lines, Picture

SIGNATURE = "CiQBjz1rX9nFaMZQ4Yb2kGf0c3Vw"
USAGE = {
    "promptTokenCount": 17,
    "candidatesTokenCount": 1208,
    "thoughtsTokenCount": 214,
    "totalTokenCount": 1439,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
}


def answer(*parts: dict[str, Any], finish: str | None = "STOP", **options: Any) -> Answer:
    """Make an answer with these parts."""
    return of_candidate({"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}, **options)


def of_candidate(candidate: dict[str, Any], **options: Any) -> Answer:
    body = {
        "candidates": [{"index": 0, **candidate}],
        "usageMetadata": USAGE,
        "modelVersion": "gemini-3-pro-image",
        "responseId": "h1YjabCdEfGh",
    }
    return Answer(body=body, **options)


def image(picture: Picture, *, mime: str = "image/png", **options: Any) -> dict[str, Any]:
    data = Base64Of(picture=picture, **options)
    return {"inlineData": {"mimeType": mime, "data": data}, "thoughtSignature": SIGNATURE}


def thought(picture: Picture) -> dict[str, Any]:
    return {"thought": True, "inlineData": {"mimeType": "image/jpeg", "data": Base64Of(picture=picture)}}


def one_picture(picture: Picture, **options: Any) -> Answer:
    """Return an answer of shape 1."""
    return answer(image(picture), **options)


def without_picture(finish: str, content: Any, message: str | None = None) -> Answer:
    named = {} if message is None else {"finishMessage": message}
    return of_candidate({"content": content, "finishReason": finish, **named})


def refusal(
    status: int, message: str, kind: str, code: Any = "", *, headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    """Make an error as the gateways write it, also on Google's path."""
    error = {"message": message, "type": kind, "param": "", "code": code, **more}
    return Answer(body={"error": error}, status=status, headers=headers or {})


def google_error(status: int, name: str, message: str, *details: dict[str, Any]) -> Answer:
    """Make an error as Google writes it."""
    error = {"code": status, "message": message, "status": name, "details": list(details)}
    return Answer(body={"error": error}, status=status)


def with_slashes_escaped(text: bytes) -> bytes:
    return text.replace(b"/", rb"\/")


def with_line_breaks(text: bytes) -> bytes:
    return b"".join(text[start : start + 76] + rb"\r\n" for start in range(0, len(text), 76))


def with_unicode_escapes(text: bytes) -> bytes:
    return text.replace(b"+", rb"\u002b").replace(b"A", rb"\u0041")


def url_safe(text: bytes) -> bytes:
    return text.translate(bytes.maketrans(b"+/", b"-_"))


def stream_of(*events: Answer) -> Answer:
    """Make a stream whose events are these answers."""
    lines = [part for event in events for part in (b"data: ", event.body, b"\r\n\r\n")]
    return Answer(body=Lines(*lines), headers={"Content-Type": "text/event-stream"}, is_judged=False)


def in_pieces(picture: Picture, length: int) -> list[str]:
    text = b"".join(Base64Of(picture=picture).pieces()).decode()
    return [text[start : start + length] for start in range(0, len(text), length)]


PICTURE_SHAPES: Mapping[str, Callable[[Picture, Picture], Answer]] = {
    "1": lambda one, _: one_picture(one),
    "2": lambda one, _: answer({"text": "Here is your fox."}, image(one)),
    "3": lambda one, _: answer(image(one), {"text": "Here is your fox."}),
    "4": lambda one, _: answer({"inline_data": {"mime_type": "image/png", "data": Base64Of(picture=one)}}),
    "5": lambda one, draft: answer(
        {"thought": True, "text": "Thinking about foxes."}, thought(draft), thought(draft), image(one)
    ),
    "7": lambda one, draft: answer(image(draft), image(draft), {"text": ""}, image(one)),
    "8": lambda one, other: answer({"text": "First."}, image(one), {"text": "Second."}, image(other)),
    "8-words-after": lambda one, other: answer(image(one), {"text": "First."}, image(other), {"text": "Second."}),
    "12-wrong-mime": lambda one, _: answer(image(one, mime="image/jpeg")),
    "12-no-mime": lambda one, _: answer({"inlineData": {"data": Base64Of(picture=one)}}),
    "13-data-prefix": lambda one, _: answer(image(one, prefix="data:image/png;base64,"), is_judged=False),
    "13-base64-prefix": lambda one, _: answer(image(one, prefix="base64://"), is_judged=False),
    "13-url-safe": lambda one, _: answer(image(one, spelled=url_safe)),
    "13-line-breaks": lambda one, _: answer(image(one, spelled=with_line_breaks)),
    "13-escapes": lambda one, _: answer(image(one, spelled=with_slashes_escaped)),
    "13-unicode-escapes": lambda one, _: answer(image(one, spelled=with_unicode_escapes)),
    "13-no-padding": lambda one, _: answer(image(one, is_padded=False)),
    "13-draft-is-broken": lambda one, _: answer(image(b""), image(one)),
    "13-cut-by-events": lambda one, _: stream_of(
        *(answer({"inlineData": {"mimeType": "image/png", "data": piece}}) for piece in in_pieces(one, 1000))
    ),
    "10-cut-by-events": lambda one, _: stream_of(
        answer({"text": "Here is your fox.\n![image](data:image"}),
        answer({"text": "/png;base64,"}),
        *(answer({"text": piece}) for piece in in_pieces(one, 999)),
        answer({"text": ")"}),
    ),
    "47-words-by-events": lambda one, _: stream_of(
        answer({"text": "Here is "}, finish=None), answer({"text": "your fox."}, finish=None), answer(image(one))
    ),
    "47-drafts-by-events": lambda one, draft: stream_of(
        answer(image(draft), finish=None), answer(image(draft), finish=None), answer(image(one))
    ),
    "21-picture-is-there": lambda one, _: answer(image(one), finish="MAX_TOKENS"),
    "22-unknown-reason": lambda one, _: answer(image(one), finish="NEW_REASON", is_judged=False),
    "22-no-reason": lambda one, _: answer(image(one), finish=None),
    "22-safety-with-picture": lambda one, _: answer(image(one), finish="SAFETY"),
}
"""Answers that hold a picture worth sending, made of a result and another picture (a draft, or a second result)."""

NOT_CHARGED = "Unable to show the generated image. You will not be charged for this request. Try rephrasing the prompt."
VIOLATES = "The image violates Google's Responsible AI practices. Support code: 29310472"

EMPTY_SHAPES: Mapping[str, Callable[[Picture], Answer]] = {
    "6": lambda draft: answer({"thought": True, "text": "Sketching."}, thought(draft), thought(draft)),
    "13-empty": lambda _: answer(image(b"")),
    "13-no-picture": lambda _: answer(image(b"this is no picture at all" * 9)),
    "13-not-base64": lambda _: answer(
        {"inlineData": {"mimeType": "image/png", "data": "*** picture ***"}}, is_judged=False
    ),
    "14": lambda _: answer({"text": "A fox is best imagined."}),
    "15-no-parts": lambda _: without_picture("STOP", {"role": "model", "parts": []}),
    "15-no-content": lambda _: of_candidate({"finishReason": "STOP"}),
    "16": lambda _: without_picture("IMAGE_SAFETY", {"parts": None}),
    "17": lambda _: without_picture("IMAGE_PROHIBITED_CONTENT", {"role": "model"}, VIOLATES),
    "17-prompt": lambda _: without_picture("PROHIBITED_CONTENT", {"role": "model"}),
    "18": lambda _: without_picture("NO_IMAGE", {}),
    "19": lambda _: without_picture("IMAGE_OTHER", {}, NOT_CHARGED),
    "20": lambda _: without_picture("IMAGE_RECITATION", {}),
    "21": lambda _: answer({"text": "Let me begin with"}, finish="MAX_TOKENS"),
    "22-signature": lambda _: without_picture("MISSING_THOUGHT_SIGNATURE", {}),
    "23": lambda _: Answer(
        body={"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9}}
    ),
    "24-null": lambda _: Answer(body={"candidates": None, "usageMetadata": {"candidatesTokenCount": 0}}),
    "24-none": lambda _: Answer(body={"candidates": []}),
}
"""Answers with HTTP 200 that hold no picture worth sending; made of a draft."""

QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: "
    "generativelanguage.googleapis.com/generate_content_paid_tier_requests, limit: {limit} Please retry in 14.65s."
)
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "14s"}
KEY_INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
CAPACITY_INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "MODEL_CAPACITY_EXHAUSTED"}
BALANCE = "user [25359] quota [50264897] preConsumedQuota [154753475] is not enough"
NO_CHANNEL = "分组 default 下模型 gemini-3-pro-image 无可用渠道（distributor） (request id: 20261123081530abc)"

REFUSALS: Mapping[str, Answer] = {
    "25": google_error(400, "INVALID_ARGUMENT", "Image part is missing a thought_signature in content position 2."),
    "26-ratio": google_error(400, "INVALID_ARGUMENT", "Invalid value at 'generation_config.image_config.aspect_ratio'"),
    "26-number": google_error(400, "INVALID_ARGUMENT", "Multiple candidates is not enabled for this model"),
    "26-picture": google_error(400, "INVALID_ARGUMENT", "Unable to process input image."),
    "27-google": google_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", KEY_INFO),
    "27-gateway": refusal(401, "无效的令牌 (request id: 20261123081530abc)", "new_api_error"),
    "28": google_error(429, "RESOURCE_EXHAUSTED", QUOTA.format(limit=20), RETRY_INFO),
    "28-header": refusal(429, "slow down", "upstream_error", headers={"Retry-After": "30"}),
    "29": google_error(429, "RESOURCE_EXHAUSTED", QUOTA.format(limit=0)),
    "30-overloaded": google_error(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "30-capacity": google_error(503, "UNAVAILABLE", "No capacity available", CAPACITY_INFO),
    "30-500": google_error(500, "INTERNAL", "An internal error has occurred."),
    "31-retired": google_error(404, "NOT_FOUND", "models/gemini-x is not found for API version v1beta"),
    "31-gateway": refusal(503, NO_CHANNEL, "new_api_error", "model_not_found"),
    "32": refusal(403, BALANCE, "shell_api_error", "insufficient_user_quota", localized_message="Insufficient quota"),
    "32-remapped": refusal(500, BALANCE, "new_api_error", "pre_consume_token_quota_failed"),
    "32-payment": refusal(402, "This request requires more credits", "openrouter", 402),
    "33-saturated": refusal(429, "当前分组上游负载已饱和，请稍后再试", "upstream_error"),
    "33-too-many": refusal(429, "您已达到请求数限制：2分钟内最多请求10次", "new_api_error"),
    "34": refusal(413, "request body too large", "new_api_error", "read_request_body_failed"),
    "35-blocked": refusal(400, "request blocked by Gemini API: OTHER", "new_api_error", "prompt_blocked"),
    "35-empty": refusal(500, "empty response from Gemini API", "new_api_error", "empty_response"),
    "35-words": refusal(400, "sensitive words detected", "new_api_error", "sensitive_words_detected"),
    "36-empty-message": refusal(500, "", "shell_api_error", "bad_response_status_code", param="502"),
    "36-upstream-401": refusal(500, "", "shell_api_error", "bad_response_status_code", param="401"),
    "36-null-code": refusal(503, "busy", "upstream_error", None),
    "36-string": Answer(body={"error": "the model is overloaded"}, status=500),
    "36-list": Answer(body=[{"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}], status=503),
    "36-ok-status": Answer(
        body={"error": {"code": 402, "message": "Insufficient credits", "metadata": {}}}, status=200, is_judged=False
    ),
    "36-html": Answer(
        body=b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
        status=502,
        headers={"Content-Type": "text/html"},
    ),
    "36-plain": Answer(body=b"upstream connect error", status=503, headers={"Content-Type": "text/plain"}),
    "36-html-403": Answer(body=b"<html>blocked</html>", status=403, headers={"Content-Type": "text/html"}),
    "36-redirect": Answer(body=b"", status=302, headers={"Location": "/login"}),
    "49-gateway": Answer(
        body={
            "status_code": 500,
            "error": {
                "message": "write tcp 10.0.3.7:3000->10.0.9.1:51234: write: connection reset by peer",
                "type": "shell_api_error",
                "code": "write_response_body_failed",
            },
        },
        status=500,
    ),
    "50-proxy": Answer(body=b"<html>524: A timeout occurred</html>", status=524),
}
"""Answers that are errors."""
