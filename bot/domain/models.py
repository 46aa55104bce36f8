"""The catalogue of image models, as values. A model's abilities are data; they are never guessed from its name."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

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

_RATIO = re.compile(r"(\d{1,3})\s*[:x×/∶]\s*(\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Ratio:
    """An aspect ratio, width to height, not reduced (16:9 stays 16:9)."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"

    @classmethod
    def parse(cls, text: str) -> "Ratio | None":
        """Parse 16:9, 16x9, 16×9, 16/9 or 16：9 (full width); None if it is no ratio."""
        match = _RATIO.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if match is None or int(match[1]) == 0 or int(match[2]) == 0:
            return None
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The price of one picture of a size: credits, the owner's money, and time."""

    credits: int
    cost: Decimal  # in the owner's currency
    expected_seconds: int
    longest_seconds: int  # after this the request to the endpoint is given up


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
    """A model as the catalogue describes it. `terms` and `pixels` are by size, or by `ANY_SIZE`."""

    name: str
    title: str
    aliases: tuple[str, ...]
    ratios: tuple[Ratio, ...]  # empty: the ratio cannot be chosen
    sizes: tuple[str, ...]  # empty: the size cannot be chosen
    max_references: int
    formats: Mapping[str, frozenset[str]] = field(hash=False)  # by wire format: "ratio", "size" or both
    terms: Mapping[str, Terms] = field(hash=False)
    pixels: Mapping[tuple[Ratio, str], tuple[int, int]] = field(hash=False)  # width, height; empty where unknown
    unasked_size: str | None = None  # the size that is painted if none is sent; None if unknown
    successor: str | None = None  # the name to use instead, if this one is retired
    traits: frozenset[str] = frozenset()  # "fast" and "best" for those flags, "text" for good lettering in the picture
    share: float | None = None  # on trial: the default model for this share of members

    @property
    def default_size(self) -> str | None:
        """The size of a request that names none: the size painted unasked, else the first; None without sizes."""
        return self.unasked_size if self.unasked_size in self.sizes else next(iter(self.sizes), None)

    def size_or_default(self, size: str | None) -> str:
        """Return the size that price and time depend on: the named one, the model's default, or `ANY_SIZE`."""
        return size or self.default_size or ANY_SIZE

    def terms_for(self, size: str | None) -> Terms:
        """Return the terms of one picture of this size."""
        return self.terms[self.size_or_default(size)]

    def pixels_for(self, ratio: Ratio | None, size: str | None) -> tuple[int, int] | None:
        """Return the expected width and height; None if the catalogue knows none. Without a ratio, those of the square.

        Raises `KeyError` for a ratio or size that the model lacks.
        """
        if not self.pixels:
            return None
        size = self.size_or_default(size)
        shapes = [shape for shape, of in self.pixels if of == size]
        square = next((shape for shape in shapes if shape.width == shape.height), None)
        return self.pixels[ratio or square or next(iter(shapes), Ratio(1, 1)), size]

    def room_for(self, size: str | None) -> Room:
        """Return the room for the largest response to a request of this size.

        If the pixels are unknown, for any response.
        """
        key = self.size_or_default(size)
        counts = [across * down for (_, of), (across, down) in self.pixels.items() if of == key]
        largest = max(counts) * _BYTES_A_PIXEL if counts else MOST_PICTURE_BYTES
        file_bytes = min(max(largest, _LEAST_ROOM_BYTES), MOST_PICTURE_BYTES)
        return Room(files=_FILES_OF_AN_ANSWER, file_bytes=file_bytes)

    def is_as_asked(self, ratio: Ratio | None, size: str | None, width: int, height: int) -> bool:
        """Whether a picture has the requested pixels, within a few per cent on each side.

        If no ratio was requested, only the number of pixels counts. If neither was requested, or nothing is known, any
        picture is accepted.
        """
        key = self.size_or_default(size)
        if ratio is not None:
            expected = self.pixels.get((ratio, key), (width, height))
            return all(
                abs(real - asked) <= CLOSE * asked for real, asked in zip((width, height), expected, strict=True)
            )
        counts = [across * down for (_, of), (across, down) in self.pixels.items() if of == key]
        if size is None or not counts:
            return True
        return min(counts) * (1 - CLOSE) ** 2 <= width * height <= max(counts) * (1 + CLOSE) ** 2

    def limited_to(self, carried: frozenset[str]) -> "ImageModel":
        """Return the model as it is offered if only these of "ratio" and "size" can be sent."""
        model = self if "ratio" in carried else replace(self, ratios=())
        if "size" in carried or not self.sizes:
            return model
        unasked = {(ratio, ANY_SIZE): pixels for (ratio, of), pixels in self.pixels.items() if of == self.unasked_size}
        return replace(model, sizes=(), terms={ANY_SIZE: self.terms_for(None)}, pixels=unasked)


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
