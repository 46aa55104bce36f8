"""Whether a request or an answer is what Google's own library would write: its types refuse what they do not know."""

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

from google.genai import types
from pydantic import TypeAdapter, ValidationError

from tests.simulators.image_api.answers import Answer

RATIOS = frozenset(
    ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:4", "4:1", "1:8", "8:1"]
)
SIZES = frozenset({"512", "1K", "2K", "4K"})
PICTURE_KINDS = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
REQUEST_KEYS = frozenset({"contents", "generationConfig", "safetySettings", "tools", "systemInstruction"})
CONFIG_KEYS = frozenset({"responseModalities", "imageConfig", "thinkingConfig", "temperature", "seed"})

_CONTENTS = TypeAdapter(list[types.Content])


def violations_of_request(body: dict[str, Any], *, is_ours: bool) -> list[str]:
    """Return everything in a request that Google would refuse; and, in one of ours, what gateways could not read."""
    found = [f"unknown field {key}" for key in body.keys() - REQUEST_KEYS]
    found += [f"unknown setting {key}" for key in body.get("generationConfig", {}).keys() - CONFIG_KEYS]
    found += [f"not in camelCase: {key}" for key in _keys(body) if is_ours and "_" in key]
    try:
        contents = _CONTENTS.validate_json(json.dumps(body.get("contents")), strict=False)
        config = types.GenerateContentConfig.model_validate(body.get("generationConfig", {}))
    except ValidationError as error:
        return [*found, str(error)]
    return [*found, *_in_contents(contents), *_in_config(config)]


def violations_of_answer(answer: Answer) -> list[str]:
    """Return everything in one of our answers that Google's types do not know. The answer may be an event stream."""
    found = []
    for outline in answer.outlines():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an unknown value of an enumeration is only a warning there
                types.GenerateContentResponse.model_validate_json(outline)
        except (ValidationError, UserWarning) as error:
            found.append(f"our own answer: {error}")
    return found


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _in_contents(contents: list[types.Content]) -> Iterator[str]:
    if [content.role for content in contents] != ["user"]:
        yield "an order is one turn of the user"
    for part in (part for content in contents for part in content.parts or []):
        if (part.text is None) == (part.inline_data is None):
            yield "a part is either text or inlineData"
        if part.text is not None and not part.text.strip():
            yield "an empty text"
        if part.inline_data and not part.inline_data.data:
            yield "an empty inlineData"
        if part.inline_data and part.inline_data.mime_type not in PICTURE_KINDS:
            yield f"no kind of picture that is taken: {part.inline_data.mime_type}"


def _in_config(config: types.GenerateContentConfig) -> Iterator[str]:
    if set(config.response_modalities or []) - {"TEXT", "IMAGE"} or "IMAGE" not in (config.response_modalities or []):
        yield f"responseModalities {config.response_modalities}"
    image = config.image_config
    if image and image.aspect_ratio is not None and image.aspect_ratio not in RATIOS:
        yield f"aspectRatio {image.aspect_ratio}"
    if image and image.image_size is not None and image.image_size not in SIZES:
        yield f"imageSize {image.image_size}"
    if image is not None and not re.search(
        "aspectRatio|imageSize", image.model_dump_json(by_alias=True, exclude_none=True)
    ):
        yield "an empty imageConfig"
