"""Texts that say a key and its arguments."""

from collections.abc import Mapping, Sequence

from bot.domain.chat import Moment, Piece, Quoted, Sentence


class PlainTexts:
    """The `Texts` port that says a key and its arguments; `page-language` is the tongue that answers: en or zh-CN."""

    def __init__(self, words: Mapping[str, str] | None = None) -> None:
        self._words = words or {}

    def say(self, sentence: Sentence, language: str) -> Sequence[Piece]:
        if sentence.key == "page-language":
            return ["zh-CN" if language.casefold().startswith("zh") else "en"]
        parts: list[Piece] = [self._words.get(sentence.key, sentence.key)]
        for name, value in sentence.arguments.items():
            parts.append(f" {name}=")
            parts.append(value if isinstance(value, Quoted | Moment) else str(value))
        return parts
