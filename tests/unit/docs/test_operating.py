"""The events of the log that operators are told about are events of the program."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_each_event_is_logged_somewhere() -> None:
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8").split("## What the log")[1].split("\n## ")[0]
    named = {
        event for row in re.findall(r"^\| (`.+?) \|", page, re.MULTILINE) for event in re.findall(r"`([a-z-]+)`", row)
    }
    files = [file for folder in ("bot", "adapters") for file in (ROOT / folder).rglob("*.py")]
    logged = {word for file in files for word in re.findall(r'"([a-z-]+)"', file.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert named - logged == set()
