"""The shapes of answers in OpenAI's format for pictures, and its refusals."""

from collections.abc import Mapping
from typing import Any

from tests.simulators.image_api.answers import Answer, Base64Of, Picture
from tests.simulators.image_api.chat_answers import CREATED
from tests.simulators.image_api.gemini_shapes import refusal

USAGE = {
    "input_tokens": 12,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 12},
    "output_tokens": 439,
    "output_tokens_details": {"image_tokens": 439, "text_tokens": 0},
    "total_tokens": 451,
}


def images(*data: dict[str, Any], **options: Any) -> Answer:
    """Make an answer with these pictures."""
    return Answer(body={"created": CREATED, "data": list(data)}, **options)


def one_picture(picture: Picture, **options: Any) -> Answer:
    """Return what a GPT image model answers."""
    body = {
        "created": CREATED,
        "background": "opaque",
        "data": [{"b64_json": Base64Of(picture=picture)}],
        "output_format": "png",
        "quality": "medium",
        "size": "1536x864",
        "usage": USAGE,
    }
    return Answer(body=body, **options)


def one_link(url: str, **options: Any) -> Answer:
    """Return what gateways answer that keep pictures on a server of their own."""
    return images({"url": url, "revised_prompt": "A red fox, in snow."}, **options)


BLOCKED = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us and include the "
    "request ID req_0123456789abcdef. safety_violations=[violence]."
)
VERIFY = (
    "Your organization must be verified to use the model `gpt-image-2.5-flare`. Please go to: https://platform.test/"
    "settings and click on Verify Organization. If you just verified, it can take up to 15 minutes to propagate."
)
REFUSALS: Mapping[str, Answer] = {
    "moderation": refusal(400, BLOCKED, "image_generation_user_error", "moderation_blocked"),
    "moderation-without-code": refusal(400, BLOCKED, "image_generation_user_error"),
    "hard-limit": refusal(
        400, "Billing hard limit has been reached", "billing_limit_user_error", "billing_hard_limit_reached"
    ),
    "unverified": refusal(403, VERIFY, "invalid_request_error"),
    "no-such-model": refusal(
        404, "The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"
    ),
    "size": refusal(400, "Invalid size '100x100'. Minimum pixels exceeded.", "invalid_request_error", "invalid_value"),
    "quality": refusal(
        400, "Invalid value: 'xhigh' for 'quality'. Supported values are: 'low', 'medium'.", "invalid_request_error"
    ),
    "picture": refusal(400, "Invalid image file or mode for image 1.", "invalid_request_error", "invalid_image_file"),
    "too-many": refusal(429, "Rate limit reached for images per minute.", "requests", "rate_limit_exceeded"),
    "server": refusal(500, "The server had an error while processing your request.", "server_error"),
}
