"""Judges requests and answers by the types of OpenAI's own library, and by the rules in their descriptions."""

import io
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Required, get_args, get_origin, get_type_hints

from aiohttp import BodyPartReader, web
from openai.types import Image, ImagesResponse
from openai.types.image_edit_params import ImageEditParamsNonStreaming
from openai.types.image_generate_params import ImageGenerateParamsNonStreaming
from PIL import Image as Pillow
from pydantic import TypeAdapter, ValidationError

from tests.simulators.image_api.answers import Answer

REQUEST_KEYS = frozenset({"model", "prompt", "quality", "size", "image"})
MOST_IMAGES = 16
MOST_IMAGE_BYTES = 50_000_000
IMAGE_KINDS = frozenset({"image/png", "image/jpeg", "image/webp"})
LONGEST_SIDE = 3840
PIXELS = range(655_360, 3840 * 2160 + 1)
MOST_SAID = 300
FILES = ("image", "image[]", "mask")

File = tuple[str, bytes, str]
"""A file of a form: its name, bytes and kind."""


async def read_form(request: web.Request) -> dict[str, Any]:
    """Read a form: its texts as they are, and its files under `image`, in their order."""
    body: dict[str, Any] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name in FILES:
            data = await part.read()
            file = (part.filename or "", bytes(data), part.headers.get("Content-Type", ""))
            body.setdefault("image", []).append(file)
            if part.name == "image" and len(body["image"]) > 1:
                body["image twice"] = True  # several are named image[]
        else:
            body[str(part.name)] = await part.text()
    return body


def violations_of_request(body: dict[str, Any], *, is_ours: bool) -> list[str]:
    """Return everything in a request that OpenAI does not know; and, in one of ours, that gateways may not know."""
    params = ImageEditParamsNonStreaming if "image" in body else ImageGenerateParamsNonStreaming
    found = [f"{key} is missing" for key in {"model", *params.__required_keys__} - body.keys()]
    found += [f"unknown field {key}" for key in body.keys() - get_type_hints(params).keys()]
    if is_ours:
        found += [f"not a field that every gateway knows: {key}" for key in body.keys() - REQUEST_KEYS]
    for key in body.keys() & get_type_hints(params).keys() - {"image"}:
        try:
            _field(params, key).validate_python(body[key])
        except ValidationError as error:
            found.append(f"{key}: {str(error)[:MOST_SAID]}")
    return [*found, *_against_descriptions(body)]


def violations_of_answer(answer: Answer) -> list[str]:
    """Return everything in one of our answers that OpenAI's library does not know."""
    found = []
    for outline in answer.outlines():
        document = json.loads(outline)
        found += [
            f"our own answer: unknown field {key}" for key in document.keys() - ImagesResponse.model_fields.keys()
        ]
        for image in document.get("data") or []:
            found += [f"our own answer: unknown field {key}" for key in image.keys() - Image.model_fields.keys()]
        try:
            ImagesResponse.model_validate_json(outline, strict=True)
        except ValidationError as error:
            found.append(f"our own answer: {str(error)[:MOST_SAID]}")
    return found


@cache
def _field(params: type, key: str) -> TypeAdapter[Any]:
    hint = get_type_hints(params, include_extras=True)[key]
    return TypeAdapter(get_args(hint)[0] if get_origin(hint) is Required else hint)


def _against_descriptions(body: dict[str, Any]) -> Iterator[str]:
    model = str(body.get("model"))
    if "gemini" in model or "banana" in model:
        yield f"{model} is never asked for here"
    if "response_format" in body and model.startswith("gpt-image"):
        yield "response_format is unknown to this model, which always answers in base64"
    if not str(body.get("prompt", "")).strip():
        yield "an empty prompt"
    if body.get("size", "auto") != "auto":
        yield from _in_size(str(body["size"]))
    yield from _in_files(body.get("image", []))


def _in_size(size: str) -> Iterator[str]:
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        yield f"no size: {size}"
        return
    sides = int(width), int(height)
    if any(side % 16 for side in sides) or max(sides) > LONGEST_SIDE or max(sides) > 3 * min(sides):
        yield f"sides are multiples of 16, at most {LONGEST_SIDE}, and within 1:3 and 3:1: {size}"
    if sides[0] * sides[1] not in PIXELS:
        yield f"too few or too many pixels: {size}"


def _in_files(files: list[File] | Any) -> Iterator[str]:
    if not isinstance(files, list):
        yield "no picture that is taken: it is no file of a form"
        return
    if len(files) > MOST_IMAGES:
        yield f"{len(files)} pictures"
    for name, data, kind in files:
        if kind not in IMAGE_KINDS or len(data) >= MOST_IMAGE_BYTES:
            yield f"no picture that is taken: {kind} of {len(data)} bytes"
        elif Pillow.MIME.get(str(Pillow.open(io.BytesIO(data)).format)) != kind:
            yield f"not of the kind it says: {kind}"
        if not name:
            yield "a file without a name is taken for a text"
