"""Writes a request in Google's format.

Google reads both spellings of a key, but gateways read only some keys in snake_case, so all keys are in camelCase.
Gateways leave the pictures out of their answer unless `responseModalities` asks for them. A model without sizes refuses
`imageSize`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.wire_request import AsBase64, Part, dumps
from bot.pictures.references import Reference


def to_body(wish: PictureWish, references: Sequence[Reference], safety: Mapping[str, str]) -> tuple[Part, ...]:
    """Write one user turn: first the prompt, then the source pictures. `safety` maps category to threshold."""
    parts: list[Part] = [b'{"contents":[{"role":"user","parts":[', dumps({"text": wish.prompt})]
    for reference in references:
        parts += [b',{"inlineData":{"mimeType":', dumps(reference.mime), b',"data":"', AsBase64(reference), b'"}}']
    parts += [b']}],"generationConfig":', dumps(to_generation_config(wish))]
    if safety:
        parts += [b',"safetySettings":', dumps(list(_to_safety_settings(safety)))]
    return (*parts, b"}")


def to_generation_config(wish: PictureWish) -> dict[str, Any]:
    """Write the settings. Those that the member did not choose or the model does not have are left out."""
    image_config: dict[str, str] = {}
    if wish.ratio is not None:
        image_config["aspectRatio"] = str(wish.ratio)
    if wish.size is not None:
        image_config["imageSize"] = wish.size
    config: dict[str, Any] = {"responseModalities": ["TEXT", "IMAGE"]}
    return config | ({"imageConfig": image_config} if image_config else {})


def _to_safety_settings(safety: Mapping[str, str]) -> Iterable[dict[str, str]]:
    for category, threshold in safety.items():
        yield {"category": category, "threshold": threshold}
