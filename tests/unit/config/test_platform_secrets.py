"""Secrets of platforms: adapters name them by their type, the configuration fetches them and shows none."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from bot.config import Settings, load
from bot.domain.errors import ConfigurationError

TOKEN = "12345:never-to-be-seen"


def check(value: SecretStr) -> SecretStr:
    if ":" not in value.get_secret_value():
        raise ValueError("is no token")
    return value


class ChatSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: Annotated[SecretStr, AfterValidator(check)]
    pace: int = 3


def read(folder: Path, **chat: Any) -> Settings:
    table = {"endpoints": [{"format": "demo"}], "platforms": {"chat": chat}}
    return load(table, {"chat": lambda: ChatSettings}, folder=folder, name="test.toml")


def faults(folder: Path, **chat: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, **chat)
    assert TOKEN not in str(caught.value)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize("named", ["env:A_CHAT_TOKEN", "file:token.txt"])
def test_a_secret_is_fetched_from_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("A_CHAT_TOKEN", TOKEN)
    (tmp_path / "token.txt").write_text(f"{TOKEN}\n")
    settings = read(tmp_path, token=named)
    [chat] = settings.platforms.values()
    assert isinstance(chat, ChatSettings)
    assert chat.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)


def test_a_secret_in_the_file_itself_is_refused_and_not_shown(tmp_path: Path) -> None:
    told = 'platforms.chat.token: is a secret, so it must be "env:NAME" or "file:PATH" and not stand in the file itself'
    assert faults(tmp_path, token=TOKEN) == [told]


def test_what_else_is_wrong_is_told_too(tmp_path: Path) -> None:
    assert faults(tmp_path, token="env:NO_SUCH_TOKEN", pace="fast") == [
        "platforms.chat.token: the environment variable NO_SUCH_TOKEN is empty",
        "platforms.chat.pace: input should be a valid integer, unable to parse string as an integer",
    ]


def test_a_secret_that_is_none_is_refused_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_CHAT_TOKEN", "nonsense")
    assert faults(tmp_path, token="env:A_CHAT_TOKEN") == ["platforms.chat.token: is no token"]


def test_a_secret_that_is_left_out_is_missing(tmp_path: Path) -> None:
    assert faults(tmp_path) == ["platforms.chat.token: is missing"]
