"""Every adapter has the same files, with the same names in them."""

import importlib
import inspect
import tomllib
from pathlib import Path

import pytest

from adapters.registry import PLATFORMS

SHARED = {"http_server"}  # what several adapters use, and no adapter itself
ROOT = Path(__file__).parents[3]
ADAPTERS = ROOT / "adapters"


@pytest.mark.parametrize("name", PLATFORMS)
def test_an_adapter_has_the_four_files_and_the_names_that_belong_there(name: str) -> None:
    title = name.title()
    platform = importlib.import_module(f"adapters.{name}.chat_platform")
    conversation = importlib.import_module(f"adapters.{name}.conversation")
    translate = importlib.import_module(f"adapters.{name}.translate")
    settings = importlib.import_module(f"adapters.{name}.settings")
    assert inspect.iscoroutinefunction(getattr(platform, f"{title}Platform").run)
    assert callable(getattr(platform, f"{title}Platform").conversation)
    for method in ("abilities", "post", "edit", "delete", "show_activity"):
        assert inspect.iscoroutinefunction(getattr(getattr(conversation, f"{title}Conversation"), method)), method
    assert inspect.isasyncgenfunction(getattr(conversation, f"{title}Conversation").open_picture)
    for function in ("to_incoming_message", "to_button_press", "to_replied_message", "to_member"):
        assert inspect.isfunction(getattr(translate, function)), function
    assert name == translate.PLATFORM
    assert PLATFORMS[name].settings_model() is getattr(settings, f"{title}Settings")


def test_every_adapter_is_registered() -> None:
    assert set(PLATFORMS) | SHARED == {path.name for path in ADAPTERS.iterdir() if (path / "__init__.py").is_file()}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_import_contracts_name_every_adapter(name: str) -> None:
    """Without that, an adapter could import the core, the database or another adapter, and nobody would be told."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert any(f"adapters.{name}" in layer.split(" | ") for layer in layers)
    knows_little = next(contract for contract in contracts if contract["name"].startswith("An adapter knows"))
    assert f"adapters.{name}" in knows_little["source_modules"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_translates_does_no_io(name: str) -> None:
    translate = importlib.import_module(f"adapters.{name}.translate")
    functions = [each for _, each in inspect.getmembers(translate, inspect.isfunction)]
    assert not any(inspect.iscoroutinefunction(each) for each in functions)
