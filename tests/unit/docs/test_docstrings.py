"""The docstring of a function begins with what it does, and not with a noun or a clause."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("bot", "adapters", "tests", "benchmarks", "docs")
NO_VERBS = frozenset(
    # Words that begin a noun or a clause.
    re.findall(
        r"\w+",
        "a an the this that these those each every all both its their our no none nothing what when how who whose "
        "where which why whatever everything everybody somebody something many most several two three of for so as "
        "on in at with to from by if it there",
    )
)
NAMES_A_VALUE = {"property", "cached_property", "fixture"}
FIRST_WORD = re.compile(r"\W*([A-Za-z']+)")


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions of a module that do something: no properties and fixtures, whose docstrings name a value."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = {word for each in node.decorator_list for word in re.findall(r"\w+", ast.unparse(each))}
            if not (decorators & NAMES_A_VALUE or node.name.startswith("test_")):
                yield node


def without_verb(source: str) -> list[str]:
    """Return the docstrings that begin with a noun or a clause."""
    told = [ast.get_docstring(function) or "" for function in functions(source)]
    first = [(FIRST_WORD.match(each), each) for each in told]
    return [each for match, each in first if match and match[1].casefold() in NO_VERBS]


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_of_functions_begin_with_a_verb(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    found = {str(file.relative_to(ROOT)): without_verb(file.read_text(encoding="utf-8")) for file in files}
    assert {file: told for file, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("docstring", "is_fine"),
    [
        ("Edit a message.", True),
        ("Whether it is open.", True),
        ("The message.", False),
        ("What a message becomes.", False),
    ],
)
def test_a_docstring_is_judged_by_its_first_word(docstring: str, is_fine: bool) -> None:  # noqa: FBT001 - from the table
    source = f'def f():\n    """{docstring}"""\n@property\ndef g():\n    """The value."""\n'
    assert without_verb(source) == ([] if is_fine else [docstring])
