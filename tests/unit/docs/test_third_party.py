"""What a built image contains is listed, and may be in the image of a program under the MIT licence."""

import re
from pathlib import Path

import pytest
from PIL import features

from docs import third_party


def test_the_list_is_that_of_the_lock() -> None:
    assert third_party.TARGET.read_text(encoding="utf-8") == third_party.text(), "run `make third-party`"
    lock = (third_party.ROOT / "requirements.lock").read_text(encoding="utf-8")
    named = {part.name for part in third_party.packages()}
    assert named == set(re.findall(r"^([a-zA-Z0-9._-]+)(?=\[|==)", lock, re.MULTILINE))


@pytest.mark.parametrize("part", [*third_party.packages(), *third_party.libraries()], ids=lambda part: part.name)
def test_each_licence_is_allowed(part: third_party.Part) -> None:
    assert third_party.is_allowed(part.licence), part


@pytest.mark.parametrize("package", [part.name for part in third_party.packages()])
def test_what_a_package_says_is_built_in_is_allowed(package: str) -> None:
    left_out = third_party.facts()["not_in_wheels"]
    for part in third_party.bill_of_materials(package):
        assert left_out.get(part.name) == package or third_party.is_allowed(part.licence), part


def test_what_is_said_not_to_be_in_wheels_is_not() -> None:
    assert third_party.facts()["not_in_wheels"] == {"libimagequant": "pillow"}
    assert not features.check("libimagequant")


@pytest.mark.parametrize("package", [part.name for part in third_party.packages()])
def test_each_library_beside_a_package_is_listed(package: str) -> None:
    found = third_party.installed(package)
    listed = {
        name for each in third_party.facts()["bundled"] if each["package"] == package for name in each.get("files", {})
    }
    files = [Path(str(file)) for file in (found.files or [])] if found is not None else []
    beside = {file.name for file in files if file.parts[0].endswith((".libs", ".dylibs"))}
    assert {re.split(r"[-.]", name)[0] for name in beside} <= listed


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-or-later", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR GPL-2.0-only) AND (BSD-3-Clause AND Zlib)", True),
        ("(MIT OR GPL-2.0-only) AND (BSD-3-Clause AND AGPL-3.0-only)", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("see the file LICENSE", False),
        ("(MIT", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_or_not(licence: str, is_allowed: bool) -> None:  # noqa: FBT001 - given by the table above
    assert third_party.is_allowed(licence) is is_allowed
