"""The catalogue of models: the built-in models, with the changes and additions of the configuration."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.config.settings import SettingsModel, Share
from bot.domain.endpoint_formats import EndpointFormat
from bot.domain.models import ANY_SIZE, ImageModel, Ratio, Terms

Pixels = tuple[Annotated[int, Field(ge=1, le=20_000)], Annotated[int, Field(ge=1, le=20_000)]]
Seconds = Annotated[int, Field(ge=1, le=3_600)]
Choice = Literal["ratio", "size"]
Trait = Literal["fast", "best", "text"]


def _to_ratio(value: Any) -> Any:
    ratio = Ratio.parse(value) if isinstance(value, str) else None
    if ratio is None:
        raise ValueError('is no ratio; write it as "16:9"')
    return (ratio.width, ratio.height)


class ModelSettings(SettingsModel):
    """`[models.NAME]`: what a model can do, and its times and prices."""

    title: str
    aliases: tuple[str, ...] = ()
    ratios: tuple[Annotated[tuple[int, int], BeforeValidator(_to_ratio)], ...]  # empty: the model chooses the shape
    sizes: tuple[str, ...] = ()
    unasked_size: str | None = None
    max_references: Annotated[int, Field(ge=0, le=100)]
    formats: Annotated[dict[EndpointFormat, frozenset[Choice]], Field(min_length=1)]
    pixels: str | dict[str, dict[str, Pixels]] | None = None  # by ratio and size, or the name of a built-in table
    credits: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]]
    cost: dict[str, Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=6)]]
    expected_seconds: dict[str, Seconds]
    longest_seconds: dict[str, Seconds]
    traits: frozenset[Trait] = frozenset()
    share: Share | None = None
    successor: str | None = None

    @field_validator("formats")
    @classmethod
    def _carried(cls, formats: dict[EndpointFormat, frozenset[Choice]]) -> dict[EndpointFormat, frozenset[Choice]]:
        for name, carried in formats.items():
            if unsaid := carried - name.facts.carries:
                raise ValueError(f"{name} has no place for {' and '.join(sorted(unsaid))}")
        return formats

    @model_validator(mode="after")
    def _covers_every_size(self) -> "ModelSettings":
        expected = set(self.sizes or (ANY_SIZE,))
        for key in ("credits", "cost", "expected_seconds", "longest_seconds"):
            if missing := expected - set(getattr(self, key)):
                raise ValueError(f"{key} says nothing of {', '.join(sorted(missing))}")
        return self


def built_in() -> dict[str, Any]:
    """Parse the built-in catalogue file: `models`, `retired` and `pixels`."""
    return tomllib.loads(resources.files("bot.config").joinpath("models.toml").read_text(encoding="utf-8"))


def merged(models: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Merge the configured models into the built-in ones, key by key."""
    base: dict[str, dict[str, Any]] = built_in()["models"]
    names = [*models, *(name for name in base if name not in models)]
    return {name: {**base.get(name, {}), **models.get(name, {})} for name in names}


_NANO_BANANA = re.compile(r"gemini|nano.?banana", re.IGNORECASE)


def _check_formats(name: str, settings: ModelSettings) -> None:
    """Raise ValueError for a Nano Banana model in OpenAI's format for pictures.

    Gateways have that path for other makers' models: there Google's would be refused, or another would paint and bill.
    A model is Google's if it can be had in Google's format, here or in the built-in catalogue, or if its name says so.
    """
    if EndpointFormat.OPENAI_IMAGES not in settings.formats:
        return
    built_in_formats = built_in()["models"].get(name, {}).get("formats", {})
    is_googles = EndpointFormat.GEMINI in {*settings.formats, *built_in_formats}
    if is_googles or any(_NANO_BANANA.search(each) for each in (name, *settings.aliases)):
        raise ValueError(
            f"formats: a Nano Banana model is never asked in the format {EndpointFormat.OPENAI_IMAGES}, only in "
            f"{EndpointFormat.GEMINI} and {EndpointFormat.OPENAI_CHAT}"
        )


def to_image_model(name: str, settings: ModelSettings, tables: Mapping[str, Any]) -> ImageModel:
    """Convert to the domain's model. Raises ValueError if a ratio or size has no pixels, or a format is not its own."""
    _check_formats(name, settings)
    return ImageModel(
        name=name,
        title=settings.title,
        aliases=settings.aliases,
        ratios=tuple(Ratio(*ratio) for ratio in settings.ratios),
        sizes=settings.sizes,
        max_references=settings.max_references,
        formats={str(name): frozenset(carried) for name, carried in settings.formats.items()},
        terms={size: _terms(settings, size) for size in settings.sizes or (ANY_SIZE,)},
        pixels=_pixels(settings, tables),
        unasked_size=settings.unasked_size,
        successor=settings.successor,
        traits=frozenset(settings.traits),
        share=settings.share,
    )


def _pixels(settings: ModelSettings, tables: Mapping[str, Any]) -> dict[tuple[Ratio, str], tuple[int, int]]:
    if settings.pixels is None and settings.ratios:
        raise ValueError("pixels is missing; only a model without ratios can do without")
    table = settings.pixels if isinstance(settings.pixels, dict) else tables.get(settings.pixels or "", {})
    try:
        return {
            (ratio, size): (*table[str(ratio)][size],)
            for ratio in (Ratio(*ratio) for ratio in settings.ratios)
            for size in settings.sizes or (ANY_SIZE,)
        }
    except KeyError as missing:
        raise ValueError(f"pixels says nothing of {missing.args[0]}") from None


def _terms(settings: ModelSettings, size: str) -> Terms:
    return Terms(
        credits=settings.credits[size],
        cost=settings.cost[size],
        expected_seconds=settings.expected_seconds[size],
        longest_seconds=settings.longest_seconds[size],
    )
