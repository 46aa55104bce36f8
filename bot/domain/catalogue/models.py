"""The catalogue of image models, as values. A model's abilities are data; they are never guessed from its name."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import product

from bot.domain.catalogue.picture_settings import (
    NOTHING_CHOSEN,
    SETTINGS,
    OfferedValues,
    PictureSettings,
    Ratio,
    Setting,
    Value,
)

ANY_SIZE = "any"
"""The size key of a model without sizes, in `terms` and `pixels`."""

CLOSE = 0.05
"""The tolerance of a side, as a share of it. Models differ from their own tables by some 3 %."""

MOST_PICTURE_BYTES = 64_000_000
"""The largest picture file we accept by default, in bytes. A 4K PNG has about half of it."""

_LEAST_ROOM_BYTES = 16_000_000
"""The minimum disk room for a picture: some endpoints send a larger one than was asked for."""

_BYTES_A_PIXEL = 4
"""An upper bound: an image that does not compress at all has fewer bytes per pixel."""

_FILES_OF_AN_ANSWER = 2
"""A picture, and a draft that some models send before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The price of one picture: credits, the owner's money, and time."""

    credits: int
    cost: Decimal  # in the owner's currency
    expected_seconds: int
    longest_seconds: int  # after this the request to the endpoint is given up

    def __add__(self, more: "Terms") -> "Terms":
        return Terms(
            credits=self.credits + more.credits,
            cost=self.cost + more.cost,
            expected_seconds=self.expected_seconds + more.expected_seconds,
            longest_seconds=self.longest_seconds + more.longest_seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Disk room for a number of files of a maximum size."""

    files: int
    file_bytes: int

    @property
    def total_bytes(self) -> int:
        """Bytes of all files together."""
        return self.files * self.file_bytes


@dataclass(frozen=True, kw_only=True)
class ImageModel:
    """A model as the catalogue describes it. `terms` and `pixels` are by size, or by `ANY_SIZE`.

    Everything that depends on the settings of a picture is asked for with all of them.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    offered: OfferedValues
    max_references: int
    formats: Mapping[str, frozenset[str]] = field(hash=False)  # by wire format: the names of the settings it can carry
    terms: Mapping[str, Terms] = field(hash=False)
    pixels: Mapping[tuple[Ratio, str], tuple[int, int]] = field(hash=False)  # width, height; empty where unknown
    surcharges: Mapping[tuple[str, str], Terms] = field(default_factory=dict, hash=False)
    """What a value adds to the terms, by the name of its setting and the value as text."""
    costs_at: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict, hash=False)
    """What each endpoint that serves it charges the owner, by its name and by size; the surcharges come on top."""
    unasked: PictureSettings = NOTHING_CHOSEN  # the values that are painted if none are sent; None where unknown
    successor: str | None = None  # the name to use instead, if this one is retired
    traits: frozenset[str] = frozenset()  # "fast" and "best" for those flags, "text" for good lettering in the picture
    share: float | None = None  # on trial: the default model for this share of members

    def offers(self, settings: PictureSettings) -> bool:
        """Whether the model offers every chosen value."""
        return all(value in setting.offered_by(self.offered) for setting, value in settings.chosen())

    def has(self, settings: PictureSettings) -> bool:
        """Whether the model paints every chosen value: because it offers it, or because it paints it unasked."""
        return self.offers(self.to_send(settings))

    def to_send(self, settings: PictureSettings) -> PictureSettings:
        """Return the settings that must be sent: those that differ from what the model paints unasked."""
        return PictureSettings.of(
            {each.name: value for each, value in settings.chosen() if value != getattr(self.unasked, each.name)}
        )

    def without_unasked(self, settings: PictureSettings) -> PictureSettings:
        """Leave out values that the model paints unasked, of settings that cannot be chosen."""
        return PictureSettings.of(
            {
                each.name: value
                for each, value in settings.chosen()
                if each.offered_by(self.offered) or value != getattr(self.unasked, each.name)
            }
        )

    def completed(self, settings: PictureSettings) -> PictureSettings:
        """Fill in the model's default for each setting that the price depends on."""
        defaults = {each.name: self._default(each) for each in SETTINGS if each.has_default}
        return PictureSettings.of(defaults | {each.name: value for each, value in settings.chosen()})

    def terms_for(self, settings: PictureSettings, endpoint: str | None = None) -> Terms:
        """Return the terms of one picture with these settings at an endpoint.

        Before the endpoint is known, the cost is the highest of all endpoints.
        """
        surcharges = ((each.name, str(value)) for each, value in settings.chosen())
        added = (self.surcharges[key] for key in surcharges if key in self.surcharges)
        return sum(added, start=self._terms_at(self._size_key(settings), endpoint))

    def all_terms(self) -> Iterator[tuple[str, Terms]]:
        """Yield the terms of every kind of picture that the price differs for, with the values that make the kind."""
        choices: dict[str, list[tuple[str, Terms] | None]] = {}
        for (name, value), more in self.surcharges.items():
            choices.setdefault(name, [None]).append((value, more))
        for size in self.terms:
            terms = self._terms_at(size)
            for chosen in product(*choices.values()):
                added = [each for each in chosen if each is not None]
                yield " ".join((size, *(value for value, _ in added))), sum((more for _, more in added), start=terms)

    def pixels_for(self, settings: PictureSettings) -> tuple[int, int] | None:
        """Return the expected width and height; None if the catalogue knows none. Without a ratio, those of the square.

        Raises `KeyError` for a ratio or size that the model lacks.
        """
        if not self.pixels:
            return None
        size = self._size_key(settings)
        shapes = [shape for shape, of in self.pixels if of == size]
        square = next((shape for shape in shapes if shape.width == shape.height), None)
        return self.pixels[settings.ratio or square or next(iter(shapes), Ratio(1, 1)), size]

    def room_for(self, settings: PictureSettings) -> Room:
        """Return the room for the largest response to a request with these settings.

        If the pixels are unknown, for any response.
        """
        counts = self._pixel_counts(settings)
        largest = max(counts) * _BYTES_A_PIXEL if counts else MOST_PICTURE_BYTES
        file_bytes = min(max(largest, _LEAST_ROOM_BYTES), MOST_PICTURE_BYTES)
        return Room(files=_FILES_OF_AN_ANSWER, file_bytes=file_bytes)

    def is_as_asked(self, settings: PictureSettings, width: int, height: int) -> bool:
        """Whether a picture has the requested pixels, within a few per cent on each side.

        If no ratio was requested, only the number of pixels counts. If neither was requested, or nothing is known, any
        picture is accepted.
        """
        if settings.ratio is not None:
            expected = self.pixels.get((settings.ratio, self._size_key(settings)), (width, height))
            return all(
                abs(real - asked) <= CLOSE * asked for real, asked in zip((width, height), expected, strict=True)
            )
        counts = self._pixel_counts(settings)
        if settings.size is None or not counts:
            return True
        return min(counts) * (1 - CLOSE) ** 2 <= width * height <= max(counts) * (1 + CLOSE) ** 2

    def limited_to(self, carried: frozenset[str]) -> "ImageModel":
        """Return the model as it is offered if only the settings of these names can be sent."""
        dropped: dict[str, tuple[()]] = {each.name: () for each in SETTINGS if each.name not in carried}
        surcharges = {key: more for key, more in self.surcharges.items() if key[0] in carried}
        model = replace(self, offered=replace(self.offered, **dropped), surcharges=surcharges)
        if model.offered.size == self.offered.size:
            return model
        of_size = self.unasked.size
        unasked = {(ratio, ANY_SIZE): pixels for (ratio, of), pixels in self.pixels.items() if of == of_size}
        size = self._size_key(NOTHING_CHOSEN)
        costs = {endpoint: {ANY_SIZE: by_size[size]} for endpoint, by_size in self.costs_at.items()}
        return replace(model, terms={ANY_SIZE: self.terms[size]}, costs_at=costs, pixels=unasked)

    def _terms_at(self, size: str, endpoint: str | None = None) -> Terms:
        costs = [by_size[size] for name, by_size in self.costs_at.items() if endpoint in (None, name)]
        return replace(self.terms[size], cost=max(costs)) if costs else self.terms[size]

    def _default(self, setting: Setting) -> Value | None:
        """Return the value of a request that names none: the value painted unasked, else the first, else None."""
        offered = setting.offered_by(self.offered)
        unasked: Value | None = getattr(self.unasked, setting.name)
        return unasked if unasked in offered else next(iter(offered), None)

    def _size_key(self, settings: PictureSettings) -> str:
        """Return the size that price, time and pixels depend on: the named one, the model's default, or `ANY_SIZE`."""
        return settings.size or self.completed(settings).size or ANY_SIZE

    def _pixel_counts(self, settings: PictureSettings) -> list[int]:
        """Return the number of pixels of each ratio in the size of a picture."""
        key = self._size_key(settings)
        return [across * down for (_, of), (across, down) in self.pixels.items() if of == key]


@dataclass(frozen=True)
class ModelCatalog:
    """The models on offer, in the owner's order, and retired names with their replacements."""

    models: tuple[ImageModel, ...]
    retired: Mapping[str, str] = field(default_factory=dict, hash=False)  # old name to new name

    @cached_property
    def default(self) -> ImageModel:
        """The model of a request that names none: the first that is not on trial."""
        return next((model for model in self.models if model.share is None), self.models[0])

    @cached_property
    def _by_name(self) -> Mapping[str, ImageModel]:
        named = {alias.casefold(): model for model in reversed(self.models) for alias in model.aliases}
        return named | {model.name.casefold(): model for model in self.models}

    @cached_property
    def _redirected(self) -> Mapping[str, str]:
        return {old.casefold(): new.casefold() for old, new in self.retired.items()}

    def find(self, name: str) -> ImageModel | None:
        """Return the model with this name or alias, ignoring case. A retired name gives its replacement."""
        folded = name.casefold()
        return self._by_name.get(folded) or self._by_name.get(self._redirected.get(folded, ""))

    def nearest(self, name: str) -> ImageModel | None:
        """Return the model that was probably meant; None if no name is similar."""
        found = difflib.get_close_matches(name.casefold(), self._by_name, n=1, cutoff=0.5)
        return self._by_name[found[0]] if found else None
