"""The catalogue of models: the built-in models, with the changes and additions of the configuration."""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.config.settings import SettingsModel, Share
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
    formats: Annotated[dict[Literal["gemini", "openai", "demo"], frozenset[Choice]], Field(min_length=1)]
    pixels: str | dict[str, dict[str, Pixels]] | None = None  # by ratio and size, or the name of a built-in table
    credits: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]]
    cost: dict[str, Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=6)]]
    expected_seconds: dict[str, Seconds]
    longest_seconds: dict[str, Seconds]
    traits: frozenset[Trait] = frozenset()
    share: Share | None = None
    successor: str | None = None

    @model_validator(mode="after")
    def _covers_every_size(self) -> "ModelSettings":
        expected = set(self.sizes or (ANY_SIZE,))
        for key in ("credits", "cost", "expected_seconds", "longest_seconds"):
            if missing := expected - set(getattr(self, key)):
                raise ValueError(f"{key} says nothing of {', '.join(sorted(missing))}")
        return self


def built_in() -> dict[str, Any]:
    """Return what the built-in catalogue file says: `models`, `retired` and `pixels`. The caller may change it."""
    return deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    """Parse the built-in catalogue file, once: that takes longer than all else that is read of a configuration."""
    return tomllib.loads(resources.files("bot.config").joinpath("models.toml").read_text(encoding="utf-8"))


def merged(models: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Merge the configured models into the built-in ones, key by key."""
    base: dict[str, dict[str, Any]] = built_in()["models"]
    names = [*models, *(name for name in base if name not in models)]
    return {name: {**base.get(name, {}), **models.get(name, {})} for name in names}


def to_image_model(name: str, settings: ModelSettings, tables: Mapping[str, Any]) -> ImageModel:
    """Convert to the domain's model. Raises ValueError if a ratio or size has no pixels."""
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
