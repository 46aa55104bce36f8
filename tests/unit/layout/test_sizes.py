"""The repository is easy to find one's way in: few modules to a folder, and short ones."""

from collections import Counter
from pathlib import Path, PurePosixPath

from tests.kinds import E2E, FAST, ON_EVERY_PYTHON, ROOT

MOST_MODULES = 15
MOST_LINES = 300
ROOMS = ("adapters", "benchmarks", "bot", "docs", "tests")


def modules() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def test_no_folder_holds_more_modules_than_one_can_keep_in_mind() -> None:
    counted = Counter(str(path.parent.relative_to(ROOT)) for path in modules() if path.name != "__init__.py")
    assert {folder: count for folder, count in counted.items() if count > MOST_MODULES} == {}


def test_no_module_is_longer_than_one_reads_at_once() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_every_folder_that_a_kind_of_tests_names_is_there() -> None:
    named = (*FAST, *E2E, *ON_EVERY_PYTHON)
    assert [folder for folder in named if not list((ROOT / folder).rglob("test_*.py"))] == []


def test_tests_of_every_other_folder_run_on_every_python() -> None:
    folders = {PurePosixPath(*path.relative_to(ROOT).parts[:2]) for path in (ROOT / "tests").rglob("test_*.py")}
    assert {str(folder) for folder in folders} == {*E2E, *ON_EVERY_PYTHON}
