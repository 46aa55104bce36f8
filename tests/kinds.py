"""The kinds of tests. Where a test stands says which kind it is.

`python -m tests.kinds` prints the folders of the fast tests; with `others` those that every supported Python runs, and
with `needed` the expression for `pytest -m` that leaves out what no change of this branch concerns.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]


class Kind(StrEnum):
    """What a test needs, and so how long it takes."""

    FAST = "fast"  # no socket, process, database or picture
    INTEGRATION = "integration"  # parts of the program, with a real database, file system or socket
    E2E = "e2e"  # the program as its users run it
    SIMULATOR = "simulator"  # a test of a simulator, which other tests rely on


MEANINGS = {
    Kind.FAST: "needs no socket, process, database or picture",
    Kind.INTEGRATION: "runs parts of the program with a real database, file system or socket",
    Kind.E2E: "runs the program as its users do",
    Kind.SIMULATOR: "tests a simulator that other tests rely on",
}

FAST = (
    "tests/unit/adapters",
    "tests/unit/config",
    "tests/unit/docs",
    "tests/unit/domain",
    "tests/unit/image_api/routing",
    "tests/unit/layout",
    "tests/unit/telegram/translate",
)
E2E = ("tests/e2e", "tests/crash")
SIMULATORS = ("tests/simulators", "tests/specs")
ON_EVERY_PYTHON = ("tests/unit", "tests/contract", "tests/corpus")


def kind_of(path: str) -> Kind:
    """Return the kind of the tests in a file, whose path begins at the root of the repository."""
    folders = {str(folder) for folder in PurePosixPath(path).parents}
    if "simulator" in PurePosixPath(path).parts:
        return Kind.SIMULATOR
    if folders & set(E2E):
        return Kind.E2E
    return Kind.FAST if folders & set(FAST) else Kind.INTEGRATION


def concerns_simulators(changed: Iterable[str]) -> bool:
    """Whether one of these files is a simulator, what it judges by, or a test of it."""
    return any(path.startswith(SIMULATORS) or "/simulator/" in path for path in changed)


def changed_files(root: Path = ROOT) -> list[str] | None:
    """Return the files that differ from where this branch left the main one. None: nobody can tell, without git."""
    for main in ("origin/main", "main"):
        base = _git(root, "merge-base", "HEAD", main)
        if base:
            return [
                *_git(root, "diff", "--name-only", base[0]),
                *_git(root, "ls-files", "--others", "--exclude-standard"),
            ]
    return None


def needed(root: Path = ROOT) -> str:
    """Return which tests to run, as an expression for `pytest -m`; empty: all of them.

    The tests of simulators are left out where no simulator has changed. `PLANTAIN_ALL_TESTS` runs them always.
    """
    changed = None if os.environ.get("PLANTAIN_ALL_TESTS") else changed_files(root)
    return "" if changed is None or concerns_simulators(changed) else f"not {Kind.SIMULATOR}"


def _git(root: Path, *words: str) -> list[str]:
    """Return the lines that git prints; none where it fails, or is not there."""
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def main(what: str) -> str:
    """Return what the command prints."""
    if what == "needed":
        return needed()
    return " ".join(ON_EVERY_PYTHON if what == "others" else FAST)


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:] or ["fast"]) + "\n")
