"""The message catalogue: every sentence a person can read, by language, in Fluent files."""

import re
from collections.abc import Sequence
from datetime import UTC
from functools import lru_cache
from importlib import resources
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from bot.domain.chat import Moment, Piece, Quoted, Sentence

LANGUAGES = ("en", "zh-CN")

CORE = "bot.application"
"""The package with the sentences that all platforms share."""

# A quotation or an instant passes through the formatter as a placeholder: a number between two private-use characters.
# So it comes out as a separate piece, whatever text it contains.
_SLOT = re.compile("\ue000(\\d+)\ue001")

_MOST_KEPT = 2_000
"""The size of the cache of formatted sentences; quoted words are not in it. Most sentences repeat, and formatting is
slow."""


class MessageCatalog:
    """Implements the `Texts` port with the Fluent files in `locales/`."""

    def __init__(self, *packages: str) -> None:
        """Load the Fluent files of the core and of `packages`: adapters with a folder `locales/` of their own."""
        self._bundles = {language: _load(language, (CORE, *packages)) for language in LANGUAGES}
        self._format = lru_cache(_MOST_KEPT)(self._format_anew)

    def say(self, sentence: Sentence, language: str) -> Sequence[Piece]:
        """Format a sentence in a language. Raises `KeyError` for a key that the catalogue lacks."""
        hidden: list[Quoted | Moment] = []
        arguments = ((name, _hide(value, hidden)) for name, value in sentence.arguments.items())
        # The type is part of the cache key: 1, 1.0 and True are equal, but are formatted differently.
        typed = tuple((name, value, type(value)) for name, value in arguments)
        return _split(self._format(nearest_language(language), sentence.key, typed), hidden)

    def _format_anew(self, language: str, key: str, typed: tuple[tuple[str, Any, type], ...]) -> str:
        bundle = self._bundles[language]
        pattern = bundle.get_message(key).value
        if pattern is None:
            raise KeyError(key)
        text, errors = bundle.format_pattern(pattern, {name: value for name, value, _ in typed})
        if errors:
            raise KeyError(f"{key}: {errors}")
        return str(text)


@lru_cache(_MOST_KEPT)
def nearest_language(tag: str) -> str:
    """Choose our language for a BCP 47 tag: an equal tag, else one with the same primary language, else the first."""
    wanted = tag.replace("_", "-").casefold()
    for language in LANGUAGES:
        if language.casefold() == wanted:
            return language
    tongue = wanted.partition("-")[0]
    return next((language for language in LANGUAGES if language.partition("-")[0] == tongue), LANGUAGES[0])


def catalogue_text(language: str, package: str = CORE) -> str:
    """Read a package's Fluent source for a language."""
    return resources.files(package).joinpath(f"locales/{language}.ftl").read_text(encoding="utf-8")


def _load(language: str, packages: Sequence[str]) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    for package in packages:
        bundle.add_resource(FluentResource(catalogue_text(language, package)))
    return bundle


def _hide(value: Any, hidden: list[Quoted | Moment]) -> Any:
    if not isinstance(value, Quoted | Moment):
        return value
    hidden.append(value)
    return f"\ue000{len(hidden) - 1}\ue001"


def _split(text: str, hidden: Sequence[Quoted | Moment]) -> list[Piece]:
    parts: list[Piece] = []
    for index, part in enumerate(_SLOT.split(text)):
        if index % 2:
            parts.append(hidden[int(part)])
        elif part:
            parts.append(part)
    return parts


def plain(parts: Sequence[Piece]) -> str:
    """Join the pieces of a sentence to one string, for a terminal."""
    return "".join(map(plain_piece, parts))


def plain_piece(piece: Piece) -> str:
    """Turn a piece into text. An instant becomes a time of day in UTC, since the reader's time zone is not known."""
    match piece:
        case Quoted():
            return piece.words
        case Moment():
            return f"{piece.at.astimezone(UTC):%H:%M} UTC"
        case _:
            return piece
