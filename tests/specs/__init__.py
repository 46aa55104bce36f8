"""What the platforms' official descriptions say, as facts of our own: methods, fields, types, limits; no prose.

The simulators judge every request by them. `python -m tests.specs FOLDER` makes them anew from the official files.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NAMES = ("telegram", "discord", "openai_chat")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The official file that facts were made from."""

    source: str
    version: str
    dated: date
    license: str


@cache
def facts(name: str) -> Any:
    """Read the facts of one of `NAMES`. They are shared: change nothing in them."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def origin(name: str) -> Origin:
    """Tell which official file the facts come from, and of which day it is."""
    told = facts(name)["origin"]
    return Origin(
        source=told["source"],
        version=told["version"],
        dated=date.fromisoformat(told["dated"]),
        license=told["license"],
    )
