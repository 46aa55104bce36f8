"""Write THIRD_PARTY.md anew, the list of what a built image contains and under which licence: `make third-party`.

The packages are those of requirements.lock. Their licences come from what is installed; what cannot be read from it is
in third_party.toml.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "THIRD_PARTY.md"

_HEAD = """\
# What is in a built image, and under which licence

Plantain itself is under the MIT licence (LICENSE). Beside it, an image that is built with the
Dockerfile contains:

- the Python packages of this list, with the libraries that their wheels bring along, and pip (MIT);
- the base image `python:3.13-slim`: CPython (PSF-2.0), and Debian's packages, under the licences
  that `/usr/share/doc/*/copyright` names there.

The text of each package's licence is in its `*.dist-info` folder. What is under the LGPL are
packages and shared libraries of their own, which can be replaced by others. Licences are named as
SPDX does.

`make third-party` writes this file, and a test compares it.

| package | version | licence |
|---|---|---|
"""
_BUNDLED_HEAD = """
## Libraries that come with these packages

| library | in | licence |
|---|---|---|
"""
_LOCKED = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
_CLASSIFIED: Mapping[str, str] = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
}
_WORDS = re.compile(r"\(|\)|AND\b|OR\b|[^\s()]+(?: WITH \S+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something in the image: a package of a version, or a library in a package."""

    name: str
    where: str  # the package's version, or the package that a library is in
    licence: str


@cache
def facts() -> Mapping[str, Any]:
    """Read third_party.toml."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def packages() -> list[Part]:
    """Return the locked packages, by name. Raises `ValueError` if a licence is not known."""
    locked = _LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    return [Part(name=name, where=version, licence=_licence(name)) for name, version in sorted(locked)]


def installed(name: str) -> Distribution | None:
    """Return a package; None if it is not installed. Some packages are only for other Pythons."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _licence(name: str) -> str:
    if known := facts()["packages"].get(name):
        return str(known)
    found = installed(name)
    if found is None:
        raise ValueError(f"{name} is not installed here, and third_party.toml does not have its licence")
    told = found.metadata.json
    said = str(told.get("license_expression") or told.get("license") or "")
    classified = [_CLASSIFIED[each] for each in told.get("classifier", []) if each in _CLASSIFIED]
    return said if said and "\n" not in said else " OR ".join(classified)


def libraries() -> list[Part]:
    """Return the libraries that wheels bring along, by package and name."""
    found = [
        Part(name=name, where=each["package"], licence=licence)
        for each in facts()["bundled"]
        for name, licence in {**each.get("files", {}), **each.get("libraries", {})}.items()
    ]
    return sorted(found, key=lambda part: (part.where, part.name.lower()))


def bill_of_materials(package: str) -> Iterator[Part]:
    """Yield the parts that a package's own bill of materials lists with a licence."""
    found = installed(package)
    for file in (found.files or []) if found is not None else []:
        if file.parent.name == "sboms" and file.suffix == ".json":
            for component in json.loads(file.read_text(encoding="utf-8")).get("components", []):
                for said in component.get("licenses", []):
                    licence = said.get("expression") or said["license"].get("id") or said["license"].get("name", "")
                    yield Part(name=component["name"], where=package, licence=licence)


def is_allowed(licence: str) -> bool:
    """Whether a licence is on the list: one of those that are joined by OR, and all that are joined by AND."""
    words = _WORDS.findall(licence)
    is_fine = _any(words)
    return is_fine and not words


def _any(words: list[str]) -> bool:
    found = [_all(words)]
    while words[:1] == ["OR"]:
        words.pop(0)
        found.append(_all(words))
    return any(found)


def _all(words: list[str]) -> bool:
    found = [_one(words)]
    while words[:1] == ["AND"]:
        words.pop(0)
        found.append(_one(words))
    return all(found)


def _one(words: list[str]) -> bool:
    if not words:
        return False
    word = words.pop(0)
    if word != "(":
        return word in facts()["allowed"]
    is_fine = _any(words)
    return words[:1] == [")"] and bool(words.pop(0)) and is_fine


def text() -> str:
    """Return the text of the whole file."""
    return _HEAD + _rows(packages()) + _BUNDLED_HEAD + _rows(libraries())


def _rows(parts: Sequence[Part]) -> str:
    return "".join(f"| {part.name} | {part.where} | {part.licence} |\n" for part in parts)


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
