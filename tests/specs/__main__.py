"""`python -m tests.specs FOLDER` makes the facts anew from the official files in a folder."""

import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.specs import FOLDER
from tests.specs.schemas import discord_facts, openai_facts
from tests.specs.telegram import telegram_facts

Json = dict[str, Any]

MAKERS: Mapping[str, Callable[[Json], Json]] = {
    "telegram": telegram_facts,
    "discord": discord_facts,
    "openai_chat": openai_facts,
}


def main() -> None:
    """Write a file of facts for each official file."""
    folder = Path(sys.argv[1])
    sources = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))
    for name, make in MAKERS.items():
        origin = sources[name]
        official = json.loads((folder / origin.pop("file")).read_text(encoding="utf-8"))
        written = "\n".join(_lines({"origin": origin, **make(official)}))
        (FOLDER / f"{name}.json").write_text(written + "\n", encoding="utf-8")


def _lines(facts: Json) -> Iterator[str]:
    """Yield one line for each method, type, path or schema, by name, so that a new version reads well as a diff."""
    yield "{"
    for number, (group, named) in enumerate(sorted(facts.items()), start=1):
        yield f'"{group}": {{'
        for place, name in enumerate(sorted(named), start=1):
            comma = "," if place < len(named) else ""
            fact = json.dumps(named[name], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            yield f"{json.dumps(name)}: {fact}{comma}"
        yield "}," if number < len(facts) else "}"
    yield "}"


if __name__ == "__main__":
    main()
