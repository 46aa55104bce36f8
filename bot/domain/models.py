"""The catalogue of image models, as values. What a model can do is data; it is never guessed from its name."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

ANY_SIZE = "any"
"""The key under which a model without sizes keeps its terms and pixels."""

_RATIO = re.compile(r"(\d{1,3})\s*[:x×/∶]\s*(\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Ratio:
    """An aspect ratio, width to height, kept as it is named (16:9 stays 16:9)."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"

    @classmethod
    def parse(cls, text: str) -> "Ratio | None":
        """Read 16:9, 16x9, 16×9, 16/9 or 16：9 (full width); None if it is no ratio."""
        match = _RATIO.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if match is None or int(match[1]) == 0 or int(match[2]) == 0:
            return None
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one picture of a size takes: credits, the owner's money, and time."""

    credits: int
    cost: Decimal  # in the owner's currency
    expected_seconds: int
    longest_seconds: int  # after this the request to the endpoint is given up


@dataclass(frozen=True, kw_only=True)
class ImageModel:
    """A model as the catalogue describes it. `terms` and `pixels` are by size, or by `ANY_SIZE`."""

    name: str
    title: str
    aliases: tuple[str, ...]
    ratios: tuple[Ratio, ...]
    sizes: tuple[str, ...]
    max_references: int
    formats: frozenset[str]
    terms: Mapping[str, Terms]
    pixels: Mapping[tuple[Ratio, str], tuple[int, int]]  # width, height; models may differ by a few

    def size_or_default(self, size: str | None) -> str:
        """The size a request is charged and timed by: the one named, the model's first, or `ANY_SIZE`."""
        return size or (self.sizes[0] if self.sizes else ANY_SIZE)

    def terms_for(self, size: str | None) -> Terms:
        """What one picture of this size takes."""
        return self.terms[self.size_or_default(size)]

    def pixels_for(self, ratio: Ratio | None, size: str | None) -> tuple[int, int]:
        """Width and height in pixels the catalogue expects; without a ratio, the model's square or first one."""
        chosen = ratio or (Ratio(1, 1) if Ratio(1, 1) in self.ratios else self.ratios[0])
        return self.pixels[chosen, self.size_or_default(size)]


@dataclass(frozen=True)
class Catalogue:
    """The models on offer; the first is the one a request gets that names none."""

    models: tuple[ImageModel, ...]

    @cached_property
    def default(self) -> ImageModel:
        """The model of a request that names none."""
        return self.models[0]

    @cached_property
    def _by_name(self) -> Mapping[str, ImageModel]:
        named = {alias.casefold(): model for model in reversed(self.models) for alias in model.aliases}
        return named | {model.name.casefold(): model for model in self.models}

    def find(self, name: str) -> ImageModel | None:
        """The model of this name or alias, whatever its capitals."""
        return self._by_name.get(name.casefold())

    def nearest(self, name: str) -> ImageModel | None:
        """The model somebody probably meant; None if nothing is near."""
        found = difflib.get_close_matches(name.casefold(), self._by_name, n=1, cutoff=0.5)
        return self._by_name[found[0]] if found else None
