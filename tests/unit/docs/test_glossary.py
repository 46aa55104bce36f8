"""The glossary of ARCHITECTURE.md names words of the code, and few of them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MOST_WORDS = 40
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def rows() -> list[tuple[str, str]]:
    """Return the rows of the glossary: its words, and their meaning. A row may define several words."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## Glossary")[1]
    found: list[tuple[str, str]] = re.findall(r"^\| ([a-z, ]+) \| (.+) \|$", text, re.MULTILINE)
    return found[1:]


def glossary() -> list[str]:
    """Return every word that the glossary defines."""
    return [word for words, _ in rows() for word in words.split(", ")]


def names_in(source: str) -> Iterator[str]:
    """Yield every name that a module gives: to functions, classes, parameters, variables and attributes."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr
            case _:
                pass


@cache
def words_of_the_code() -> frozenset[str]:
    """Return every word of every name in the code: `ClaimedJob` has two."""
    files = [file for folder in ("bot", "adapters") for file in (ROOT / folder).rglob("*.py")]
    names = {name for file in files for name in names_in(file.read_text(encoding="utf-8"))}
    return frozenset(word.casefold() for name in names for word in _WORD.findall(name))


@pytest.mark.parametrize("word", glossary())
def test_a_word_of_the_glossary_is_a_word_of_the_code(word: str) -> None:
    plural = {f"{word}s", f"{word.removesuffix('y')}ies"}
    assert words_of_the_code() & {word, *plural}, f"no name in bot/ or adapters/ uses {word!r}"


def test_the_glossary_is_short() -> None:
    assert 20 <= len(glossary()) <= MOST_WORDS


def test_each_word_stands_once_and_in_order() -> None:
    first_of_each_row = [words.split(", ")[0] for words, _ in rows()]
    assert first_of_each_row == sorted(first_of_each_row)
    assert len(set(glossary())) == len(glossary())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ClaimedJob", {"claimed", "job"}),
        ("_keep_JSON_of", {"keep", "json", "of"}),
        ("SQLStore", {"sql", "store"}),
    ],
)
def test_a_name_has_words(name: str, words: set[str]) -> None:
    found = {word.casefold() for each in names_in(f"{name} = 1") for word in _WORD.findall(each)}
    assert found == words
