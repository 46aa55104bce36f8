import pytest
from pydantic import ValidationError

from adapters.registry import PLATFORMS
from adapters.web.settings import WebSettings


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("localhost:0", "localhost", 0),
        ("[::1]:9000", "::1", 9000),
        ("0.0.0.0:65535", "0.0.0.0", 65535),  # noqa: S104 - read, not listened on
    ],
)
def test_an_address_is_a_host_and_a_port(listen: str, host: str, port: int) -> None:
    settings = WebSettings(listen=listen)

    assert (settings.host, settings.port) == (host, port)


@pytest.mark.parametrize("listen", ["", "8080", "127.0.0.1", "127.0.0.1:", ":8080", "::1:8080", "a b:1", "host:65536"])
def test_anything_else_is_a_fault_that_shows_how_to_write_it(listen: str) -> None:
    with pytest.raises(ValidationError, match=r"must be HOST:PORT, such as 127\.0\.0\.1:8080"):
        WebSettings(listen=listen)


def test_the_page_is_for_this_machine_alone_unless_the_owner_says_otherwise() -> None:
    assert WebSettings().listen == "127.0.0.1:8080"


def test_an_unknown_key_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="port"):
        WebSettings.model_validate({"port": 8080})


def test_the_registry_knows_the_settings_of_every_platform() -> None:
    assert PLATFORMS["web"].settings_model() is WebSettings
