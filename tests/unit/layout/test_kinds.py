"""Where a test stands says of which kind it is; and what a branch has changed, which tests it needs."""

import subprocess
from pathlib import Path

import pytest

from tests.kinds import Kind, changed_files, concerns_simulators, kind_of, needed


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("tests/unit/domain/test_tokens.py", Kind.FAST),
        ("tests/unit/image_api/routing/test_router.py", Kind.FAST),
        ("tests/unit/image_api/formats/test_gemini.py", Kind.INTEGRATION),
        ("tests/unit/discord/simulator/test_wire.py", Kind.SIMULATOR),
        ("tests/contract/test_store.py", Kind.INTEGRATION),
        ("tests/e2e/page/test_page.py", Kind.E2E),
        ("tests/crash/test_kills.py", Kind.E2E),
    ],
)
def test_the_folder_says_the_kind(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind


def test_every_test_has_one_kind(request: pytest.FixtureRequest) -> None:
    marks = {mark.name for mark in request.node.iter_markers()}
    assert marks & set(Kind) == {Kind.FAST}


@pytest.mark.parametrize(
    ("path", "concerned"),
    [
        ("tests/simulators/telegram/api.py", True),
        ("tests/specs/telegram.json", True),
        ("tests/unit/telegram/simulator/test_chats.py", True),
        ("adapters/telegram/faults.py", False),
        ("tests/unit/telegram/test_faults.py", False),
    ],
)
def test_tests_of_simulators_are_needed_where_a_simulator_changed(path: str, *, concerned: bool) -> None:
    assert concerns_simulators(["README.md", path]) is concerned


def run_git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Anna", "-c", "user.email=anna@example.com")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_what_a_branch_changed_is_what_it_committed_changed_and_added(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "old").write_text("as it was")
    run_git(tmp_path, "add", "old")
    run_git(tmp_path, "commit", "--quiet", "--message", "first")
    run_git(tmp_path, "checkout", "--quiet", "-b", "branch")
    assert changed_files(tmp_path) == []
    (tmp_path / "committed").write_text("new")
    run_git(tmp_path, "add", "committed")
    run_git(tmp_path, "commit", "--quiet", "--message", "second")
    (tmp_path / "old").write_text("changed")
    (tmp_path / "added").write_text("new")
    assert sorted(changed_files(tmp_path) or []) == ["added", "committed", "old"]


def test_without_git_every_test_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANTAIN_ALL_TESTS", raising=False)
    assert changed_files(tmp_path) is None
    assert needed(tmp_path) == ""
