"""The settings of a picture: what a member can choose besides the prompt and the model, and the table of all settings.

A wish carries its settings as one value. Code that treats all settings alike walks over `SETTINGS`: the grammar, the
menus of all platforms, the choice of a model, the catalogue, the routing, the store and the sentences. A new setting is
a field of `PictureSettings` and `OfferedValues`, and a row of the table.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.chat import Argument, Sentence
from bot.domain.storable_text import StorableTexts

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


Value = Ratio | str
"""A value of a setting. Its `str` is its stored form, from which `Setting.parse` makes it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSettings(StorableTexts):
    """The chosen settings of a picture. None: nobody chose, and nothing is sent."""

    ratio: Ratio | None = None
    size: str | None = None
    thinking: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "PictureSettings":
        """Build it from values by the name of their setting."""
        return cls(**values)

    def chosen(self) -> Iterator[tuple["Setting", Value]]:
        """Yield each setting that has a value, with the value, in the order of the table."""
        for setting in SETTINGS:
            value: Value | None = getattr(self, setting.name)
            if value is not None:
                yield setting, value

    def labels(self) -> tuple[str, ...]:
        """Return how the chosen values are shown to people."""
        return tuple(setting.label(value) for setting, value in self.chosen())


NOTHING_CHOSEN = PictureSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedValues:
    """The values that a model offers for each setting, in its order. Empty: the setting cannot be chosen."""

    ratio: tuple[Ratio, ...]
    size: tuple[str, ...]
    thinking: tuple[str, ...]


NotOffered = Callable[[str, Argument, str], Sentence]
"""Says that a model (its title) lacks a value, and which values it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A row of the table: how a setting is typed, parsed, shown and refused."""

    name: str  # its field in PictureSettings and OfferedValues, and its name in the catalogue's `formats`
    flag: str  # without the dashes; also the name of its option in menus
    spellings: tuple[str, ...] = ()  # other flags that mean it
    parse: Callable[[str], Value | None]  # None for a text that is no value
    other_values: Mapping[str, str] = field(default_factory=dict)  # other spellings of values, in capitals
    title: Sentence  # one word without spaces, for the name of a form's field
    summary: Sentence  # what it is, for menus
    help: Sentence  # the same as a line of /help, with the flag
    not_offered: NotOffered
    has_default: bool = False  # the price depends on it, so the model's default is filled in if a request names none
    is_shown_with_flag: bool = False  # the value alone does not say what it is

    def offered_by(self, offered: OfferedValues) -> tuple[Value, ...]:
        """Return the values that a model offers."""
        values: tuple[Value, ...] = getattr(offered, self.name)
        return values

    def label(self, value: Value) -> str:
        """Return how a value is shown to people."""
        return f"{self.flag} {value}" if self.is_shown_with_flag else str(value)

    def read(self, typed: str, known: Iterable[Value]) -> Value | None:
        """Read a typed value. A known value is recognized in any capitals; None for a text that is no value.

        It does not check that a model has the value.
        """
        text = unicodedata.normalize("NFKC", typed).strip()
        text = self.other_values.get(text.upper(), text)
        same = (value for value in known if str(value).casefold() == text.casefold())
        return next(same, None) or self.parse(text)


THINKING_LEVELS = ("low", "medium", "high")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="ratio",
        flag="ar",
        spellings=("aspect", "aspect-ratio", "ratio"),
        parse=Ratio.parse,
        title=Sentence("menu-name-ar"),
        summary=Sentence("menu-option-ar"),
        help=Sentence("help-ar"),
        not_offered=lambda model, value, values: Sentence("ratio-not-offered", model=model, value=value, values=values),
    ),
    Setting(
        name="size",
        flag="size",
        spellings=("res", "resolution"),
        parse=str,
        other_values={"0.5K": "512", "512PX": "512"},
        title=Sentence("menu-name-size"),
        summary=Sentence("menu-option-size"),
        help=Sentence("help-size"),
        not_offered=lambda model, value, values: Sentence("size-not-offered", model=model, value=value, values=values),
        has_default=True,
    ),
    Setting(
        name="thinking",
        flag="think",
        spellings=("thinking",),
        parse=lambda text: text.casefold() if text.casefold() in THINKING_LEVELS else None,
        title=Sentence("menu-name-think"),
        summary=Sentence("menu-option-think"),
        help=Sentence("help-think"),
        not_offered=lambda model, value, values: Sentence("think-not-offered", model=model, value=value, values=values),
        is_shown_with_flag=True,
    ),
)
"""All settings, in the order in which they are shown."""
