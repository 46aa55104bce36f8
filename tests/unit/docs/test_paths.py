"""The documents name only files that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
PATH = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]+\.(?:py|toml|md|ftl))`")
FROM = (ROOT, ROOT / "bot", ROOT / "adapters", ROOT / "bot/image_api")
"""Where paths begin: some documents leave out the first folders."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_files_that_there_are(document: Path) -> None:
    named = PATH.findall(document.read_text(encoding="utf-8"))
    missing = [path for path in named if not any((folder / path).exists() for folder in FROM)]
    assert missing == []


def test_the_architecture_names_many_files() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(PATH.findall(text)) >= 20
