"""`[platforms.telegram]` as it is read."""

import os
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.telegram.settings import TelegramSettings

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


@pytest.fixture(autouse=True)
def token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", TOKEN)


def read(**more: Any) -> TelegramSettings:
    return TelegramSettings.model_validate({"token": os.environ["A_TOKEN"], **more})


def test_a_token_is_all_that_is_needed() -> None:
    settings = read()
    assert settings.bot_id == 110_201_543
    assert settings.webhook_url is None
    assert (settings.webhook_host, settings.webhook_port) == ("127.0.0.1", 8443)


def test_the_token_shows_itself_nowhere() -> None:
    assert TOKEN not in repr(read()) + str(read())


@pytest.mark.parametrize("token", ["998877", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", f"{TOKEN}/x", f"bot{TOKEN}"])
def test_what_is_no_token_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("A_TOKEN", token)
    with pytest.raises(ValidationError, match="is no token of a bot") as caught:
        read()
    assert token not in str(caught.value)


@pytest.mark.parametrize("listen", ["8443", "127.0.0.1", "127.0.0.1:70000", "http://127.0.0.1:8443"])
def test_an_address_to_listen_at_is_host_and_port(listen: str) -> None:
    with pytest.raises(ValidationError, match="must be HOST:PORT"):
        read(webhook_listen=listen)


@pytest.mark.parametrize("minutes", [0, -1, 24 * 60 + 1])
def test_telegram_keeps_messages_for_a_day(minutes: float) -> None:
    with pytest.raises(ValidationError):
        read(stale_after_minutes=minutes)
