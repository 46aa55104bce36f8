"""Old names of formats are still read, and the owner is told the new one."""

from typing import Any

import pytest

from tests.unit.config.test_catalogue import FLASH, PRO, endpoint, faults, read

pytestmark = pytest.mark.usefixtures("key_in_the_environment")


@pytest.fixture
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_TEST_KEY", "sk-never-to-be-seen")


def test_an_endpoint_with_the_old_name_is_that_of_the_new_one() -> None:
    old, new = read(endpoint(format_="openai")), read(endpoint(format_="openai-chat"))
    assert old.endpoints == new.endpoints
    assert new.notes == ()
    assert old.notes == ("endpoints[0].format: openai is called openai-chat now; the old name is still read",)


def test_a_model_with_the_old_name_is_had_in_the_new_format() -> None:
    settings = read(endpoint(format_="openai-chat", models=[FLASH]), models={FLASH: {"formats": {"openai": []}}})
    (model,) = settings.catalogue.models
    assert model.formats == {"openai-chat": frozenset()}
    assert settings.notes == (f"models.{FLASH}.formats: openai is called openai-chat now; the old name is still read",)


@pytest.mark.parametrize(
    "broken", [{"endpoints": "openai"}, {"endpoints": ["openai"]}, {"models": {PRO: "openai"}}, {"models": ["openai"]}]
)
def test_values_of_a_wrong_type_are_told_as_before(broken: dict[str, Any]) -> None:
    assert faults(**{"models": {}, **broken})


def test_a_format_that_never_was_is_a_fault_that_names_those_there_are() -> None:
    assert faults(endpoint(format_="soap")) == [
        "endpoints[0].format: there is no format soap; there are gemini, openai-chat, openai-images, demo"
    ]
