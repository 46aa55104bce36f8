"""Documents can be read in an editor: their prose is wrapped, and their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
        *ROOT.glob("benchmarks/*.md"),
    ]
)
LONGEST_LINE = 100
_LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)")


def prose(text: str) -> Iterator[str]:
    """Yield the lines that can be wrapped: no code, table, heading or picture, and no single long word."""
    is_code = False
    for line in text.splitlines():
        if line.startswith("```"):
            is_code = not is_code
        elif not (
            is_code or line.lstrip().startswith(("|", "#", "![")) or line.startswith("    ")
        ) and " " in line.strip().lstrip("-* "):
            yield line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_prose_is_wrapped(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert [line for line in prose(text) if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    named = _LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in named if not (document.parent / link).exists()] == []


def test_prose_leaves_out_code_and_tables() -> None:
    text = "# A title\nwords of ours\n| a | table |\n```\nsome code\n```\n    more code\n- an item"
    assert list(prose(text)) == ["words of ours", "- an item"]
