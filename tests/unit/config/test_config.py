"""Configuration: one frozen tree, and every fault of a file in one error."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.registry import settings_models
from bot.config import Settings, load, load_file
from bot.config.catalogue import ModelSettings
from bot.config.settings import (
    BotSettings,
    CreditSettings,
    DemoEndpointSettings,
    FileSettings,
    GeminiEndpointSettings,
    JobSettings,
    OpenAiChatEndpointSettings,
    OpenAiImagesEndpointSettings,
    PictureFilesSettings,
    RetentionSettings,
    StoreSettings,
)
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.errors import ConfigurationError
from tests.catalogue import built_in_catalogue

KEY = "sk-never-to-be-seen"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
ENDPOINT = {"name": "apiyi", "format": "gemini", "base_url": "http://127.0.0.1:9", "api_key": "env:PLANTAIN_TEST_KEY"}


@pytest.fixture(autouse=True)
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_TEST_KEY", KEY)
    monkeypatch.setenv("PLANTAIN_TELEGRAM_TOKEN", TOKEN)


def read(table: dict[str, Any], folder: Path = Path()) -> Settings:
    return load(table, settings_models(), folder=folder, name="test.toml")


def faults(table: dict[str, Any], folder: Path = Path()) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(table, folder)
    first, *lines = str(caught.value).splitlines()
    assert first == "test.toml cannot be used:"
    return [line.strip() for line in lines]


def test_the_smallest_configuration_has_every_default() -> None:
    settings = read({"endpoints": [ENDPOINT]})
    assert settings.catalogue.default.name == "gemini-3-pro-image"
    assert settings.catalogue.default.terms_for(PictureSettings(size="4K")).longest_seconds == 360
    assert settings.jobs.max_attempts == 2


def test_no_credits_section_means_nothing_is_allowed() -> None:
    assert read({"endpoints": [ENDPOINT]}).credits.daily == 0


def test_every_fault_is_told_at_once_and_in_place() -> None:
    told = faults(
        {
            "bot": {"nmae": "x"},
            "jobs": {"max_attempts": 99},
            "endpoints": [{"name": "a", "format": "gemini", "base_url": "nowhere", "api_key": KEY}],
            "models": {"mine": {"title": "Mine"}},
            "platforms": {"web": {"lisen": "127.0.0.1:0"}, "fax": {}},
        }
    )
    text = "\n".join(told)
    assert "bot.nmae: there is no such key; did you mean name?" in told
    assert "jobs.max_attempts: input should be less than or equal to 5" in told
    assert "platforms.web.lisen: there is no such key; did you mean listen?" in told
    assert any(line.startswith("platforms.fax: there is no such platform") for line in told)
    assert any(line.startswith("endpoints[0].base_url:") for line in told)
    assert any(line.startswith("endpoints[0].api_key:") for line in told)
    assert "models.mine.ratios: is missing" in told
    assert KEY not in text


def test_a_secret_shows_itself_nowhere() -> None:
    settings = read({"endpoints": [ENDPOINT]})
    assert KEY not in repr(settings)
    assert KEY not in str(settings.endpoints[0].settings)


def test_a_secret_can_be_read_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    endpoint = read({"endpoints": [{**ENDPOINT, "api_key": "file:key"}]}, tmp_path).endpoints[0].settings
    assert endpoint.format is EndpointFormat.GEMINI
    assert endpoint.api_key.get_secret_value() == KEY


def test_a_secret_that_is_not_there_is_named() -> None:
    assert faults({"endpoints": [{**ENDPOINT, "api_key": "env:NOT_THERE"}]}) == [
        "endpoints[0].api_key: the environment variable NOT_THERE is empty"
    ]


@pytest.mark.parametrize("host", ["api.example.org", "10.0.0.7", "[fd00::1]", "localhost.example.org"])
def test_plain_http_to_another_machine_is_refused_unless_the_owner_allows_it(host: str) -> None:
    endpoint = {**ENDPOINT, "base_url": f"http://{host}:3000"}
    (told,) = faults({"endpoints": [endpoint]})
    assert told == (
        "endpoints[0].base_url: is plain http to another machine, so that everybody on the way could read the key and "
        "the pictures; use https, or set allow_plain_http = true where the network is your own"
    )
    assert read({"endpoints": [{**endpoint, "allow_plain_http": True}]}).endpoints


@pytest.mark.parametrize("address", ["http://localhost:1", "http://127.9.9.9", "http://[::1]:9", "https://10.0.0.7"])
def test_this_machine_and_https_need_no_leave(address: str) -> None:
    assert read({"endpoints": [{**ENDPOINT, "base_url": address}]}).endpoints


def test_without_an_endpoint_there_is_nothing_to_run() -> None:
    assert faults({}) == ['endpoints: at least one is needed; format = "demo" needs no key']


def test_the_configuration_changes_and_adds_models() -> None:
    model = {
        "title": "Mine",
        "ratios": ["1:1"],
        "max_references": 1,
        "formats": {"gemini": ["ratio"]},
        "pixels": {"1:1": {"any": [64, 64]}},
        "credits": {"any": 7},
        "cost": {"any": "0.5"},
        "expected_seconds": {"any": 3},
        "longest_seconds": {"any": 30},
    }
    settings = read({"endpoints": [ENDPOINT], "models": {"mine": model, "gemini-3-pro-image": {"title": "Big"}}})
    mine = settings.catalogue.find("mine")
    assert mine is not None
    assert mine.pixels_for(PictureSettings(ratio=Ratio(1, 1))) == (64, 64)
    pro = settings.catalogue.find("pro")
    assert pro is not None
    assert (pro.title, pro.max_references) == ("Big", 14)


def test_a_model_must_say_something_of_each_of_its_sizes() -> None:
    told = faults({"endpoints": [ENDPOINT], "models": {"gemini-3-pro-image": {"sizes": ["1K", "8K"]}}})
    assert told == ["models.gemini-3-pro-image: credits says nothing of 8K"]


def test_an_endpoint_names_only_models_there_are() -> None:
    (told,) = faults({"endpoints": [{**ENDPOINT, "models": ["gemini-9"]}]})
    assert told.startswith("endpoints[0].models: gemini-9 is not in the catalogue")


def test_a_file_that_is_missing_or_no_toml_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"copy config\.example\.toml"):
        load_file(tmp_path / "config.toml", settings_models())
    (tmp_path / "config.toml").write_text("[bot\n")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_file(tmp_path / "config.toml", settings_models())


def example() -> Path:
    return Path(__file__).parents[3] / "config.example.toml"


def test_the_example_can_be_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_API_KEY", KEY)
    settings = load_file(example(), settings_models())
    assert settings.endpoints[0].settings.name == "apiyi"


def uncommented_example() -> dict[str, Any]:
    """Read the example with every commented key and section taken into use."""
    text = example().read_text(encoding="utf-8")
    return tomllib.loads(re.sub(r"^# (?=\[|[\w.-]+ = )", "", text, flags=re.MULTILINE))


def test_the_example_names_every_key_there_is() -> None:
    table = uncommented_example()
    for section in ("bot", "store", "jobs", "pictures", "retention", "credits"):
        (model,) = [FileSettings.model_fields[section].annotation]
        assert model is not None
        assert set(table[section]) == set(model.model_fields), section
    gemini, chat, images, demo = table["endpoints"]
    assert set(gemini) == set(GeminiEndpointSettings.model_fields)
    assert set(chat) == set(OpenAiChatEndpointSettings.model_fields)
    assert set(images) == set(OpenAiImagesEndpointSettings.model_fields)
    assert set(demo) == set(DemoEndpointSettings.model_fields)
    assert set(table["models"]["my-model"]) == set(ModelSettings.model_fields)
    assert set(table) == set(FileSettings.model_fields)
    assert set(table["platforms"]) == set(settings_models())
    for name, settings_model in settings_models().items():
        assert set(table["platforms"][name]) == set(settings_model().model_fields), name


def test_the_defaults_the_example_names_are_the_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_API_KEY", KEY)
    monkeypatch.setenv("PLANTAIN_DISCORD_TOKEN", "a.made.up")
    settings = read(uncommented_example())
    assert settings.bot.model_copy(update={"public_url": None}) == BotSettings()  # one is shown, and has no default
    assert (settings.store, settings.jobs, settings.pictures) == (
        StoreSettings(),
        JobSettings(),
        PictureFilesSettings(),
    )
    assert settings.retention == RetentionSettings()
    assert settings.credits == CreditSettings(daily=20)
    assert settings.platforms["web"] == settings_models()["web"]()()
    telegram = settings.platforms["telegram"]
    assert telegram.model_copy(update={"webhook_url": None}) == type(telegram).model_validate(
        {"token": os.environ["PLANTAIN_TELEGRAM_TOKEN"]}
    )
    assert settings.platforms["discord"] == settings_models()["discord"]()(token="a.made.up")
    assert settings.catalogue.default == built_in_catalogue().default
    for endpoint in settings.endpoints:
        written = endpoint.settings.model_dump(exclude={"name", "format", "base_url", "api_key", "models"})
        defaults = {
            key: type(endpoint.settings).model_fields[key].get_default(call_default_factory=True) for key in written
        }
        shown = {"share": 0.05, "safety": {"HARM_CATEGORY_HARASSMENT": "BLOCK_ONLY_HIGH"}}  # which have no default
        assert written == {**defaults, **{key: value for key, value in shown.items() if key in defaults}}


def test_the_demo_promises_its_own_time_not_that_of_the_model_it_stands_for() -> None:
    settings = read({"endpoints": [{"format": "demo", "seconds": 2.5}]})
    assert settings.catalogue.default.terms_for(PictureSettings(size="4K")).expected_seconds == 4


def test_a_key_that_has_moved_says_where() -> None:
    with pytest.raises(ConfigurationError, match=r"pictures\.keep_days: is retention\.picture_days now"):
        read({"endpoints": [{"format": "demo"}], "pictures": {"keep_days": 30}})


def test_events_are_kept_for_a_week_at_least() -> None:
    with pytest.raises(ConfigurationError, match=r"retention\.event_days: input should be greater than or equal to 7"):
        read({"endpoints": [{"format": "demo"}], "retention": {"event_days": 6}})
