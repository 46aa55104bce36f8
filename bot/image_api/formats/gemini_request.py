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

_THINKING_LEVELS = {"low": "MINIMAL", "medium": "MEDIUM", "high": "HIGH"}
"""The level for each value of the setting. The lowest level of image models is `MINIMAL`; none of them takes `LOW`."""


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
    if wish.settings.ratio is not None:
        image_config["aspectRatio"] = str(wish.settings.ratio)
    if wish.settings.size is not None:
        image_config["imageSize"] = wish.settings.size
    config: dict[str, Any] = {"responseModalities": ["TEXT", "IMAGE"]}
    if image_config:
        config["imageConfig"] = image_config
    if wish.settings.thinking is not None:
        config["thinkingConfig"] = {"thinkingLevel": _THINKING_LEVELS[wish.settings.thinking]}
    return config


def _to_safety_settings(safety: Mapping[str, str]) -> Iterable[dict[str, str]]:
    for category, threshold in safety.items():
        yield {"category": category, "threshold": threshold}
