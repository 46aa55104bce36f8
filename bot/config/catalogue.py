"""The catalogue of models: the built-in models, with the changes and additions of the configuration."""

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from bot.config.settings import Cost, SettingsModel, Share
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.catalogue.models import ANY_SIZE, ImageModel, Terms
from bot.domain.catalogue.picture_settings import SETTINGS, OfferedValues, PictureSettings, Ratio

Pixels = tuple[Annotated[int, Field(ge=1, le=20_000)], Annotated[int, Field(ge=1, le=20_000)]]
Seconds = Annotated[int, Field(ge=1, le=3_600)]
Trait = Literal["fast", "best", "text"]


def _to_ratio(value: Any) -> Any:
    ratio = Ratio.parse(value) if isinstance(value, str) else None
    if ratio is None:
        raise ValueError('is no ratio; write it as "16:9"')
    return (ratio.width, ratio.height)


def _to_setting(name: str) -> str:
    names = [setting.name for setting in SETTINGS]
    if name not in names:
        raise ValueError(f"there is no such setting; there are {', '.join(names)}")
    return name


SettingName = Annotated[str, AfterValidator(_to_setting)]


class SurchargeSettings(SettingsModel):
    """What a chosen value adds to the price and the times of a picture."""

    credits: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    cost: Cost = Decimal(0)
    expected_seconds: Annotated[int, Field(ge=0, le=3_600)] = 0
    longest_seconds: Annotated[int, Field(ge=0, le=3_600)] = 0


class ModelSettings(SettingsModel):
    """`[models.NAME]`: what a model can do, and its times and prices."""

    title: str
    aliases: tuple[str, ...] = ()
    ratios: tuple[Annotated[tuple[int, int], BeforeValidator(_to_ratio)], ...]  # empty: the model chooses the shape
    sizes: tuple[str, ...] = ()
    unasked_size: str | None = None
    thinking: tuple[Literal["low", "medium", "high"], ...] = ()
    max_references: Annotated[int, Field(ge=0, le=100)]
    formats: Annotated[dict[EndpointFormat, frozenset[SettingName]], Field(min_length=1)]
    pixels: str | dict[str, dict[str, Pixels]] | None = None  # by ratio and size, or the name of a built-in table
    credits: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]]
    cost: dict[str, Cost]
    expected_seconds: dict[str, Seconds]
    longest_seconds: dict[str, Seconds]
    surcharges: dict[SettingName, dict[str, SurchargeSettings]] = Field(default_factory=dict)  # by setting and value
    traits: frozenset[Trait] = frozenset()
    share: Share | None = None
    successor: str | None = None

    @field_validator("formats")
    @classmethod
    def _carried(
        cls, formats: dict[EndpointFormat, frozenset[SettingName]]
    ) -> dict[EndpointFormat, frozenset[SettingName]]:
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
    """Convert to the domain's model.

    Raises ValueError if a ratio or size has no pixels, if a format is not for this model, or if there is a surcharge
    for a value that is not offered.
    """
    _check_formats(name, settings)
    offered = _offered(settings)
    return ImageModel(
        name=name,
        title=settings.title,
        aliases=settings.aliases,
        offered=offered,
        max_references=settings.max_references,
        formats={str(name): frozenset(carried) for name, carried in settings.formats.items()},
        terms={size: _terms(settings, size) for size in settings.sizes or (ANY_SIZE,)},
        pixels=_pixels(settings, tables),
        surcharges=_surcharges(settings, offered),
        unasked=PictureSettings(size=settings.unasked_size),
        successor=settings.successor,
        traits=frozenset(settings.traits),
        share=settings.share,
    )


def _offered(settings: ModelSettings) -> OfferedValues:
    return OfferedValues(
        ratio=tuple(Ratio(*ratio) for ratio in settings.ratios), size=settings.sizes, thinking=settings.thinking
    )


def _surcharges(settings: ModelSettings, offered: OfferedValues) -> dict[tuple[str, str], Terms]:
    values = {each.name: [str(value) for value in each.offered_by(offered)] for each in SETTINGS}
    surcharges = {}
    for name, by_value in settings.surcharges.items():
        for value, more in by_value.items():
            if value not in values[name]:
                known = ", ".join(values[name]) or "none"
                raise ValueError(f"surcharges.{name}: {value} is not offered; there are {known}")
            surcharges[name, value] = Terms(**dict(more))
    return surcharges


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
