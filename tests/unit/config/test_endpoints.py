"""The settings of an endpoint: what can be told it, and what is a fault."""

from typing import Any

import pytest
from google.genai import types as google

from bot.config.settings import (
    EndpointSettings,
    GeminiEndpointSettings,
    HttpEndpointSettings,
    JobSettings,
    OpenAiImagesEndpointSettings,
)
from bot.domain.catalogue.picture_settings import PictureSettings
from tests.unit.config.test_catalogue import PRO, endpoint, faults, read


@pytest.fixture(autouse=True)
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_TEST_KEY", "sk-never-to-be-seen")


def settings_of(**more: Any) -> EndpointSettings:
    return read(endpoint(**more)).endpoints[0].settings


def base_url(written: str) -> str:
    settings = settings_of(base_url=written)
    assert isinstance(settings, HttpEndpointSettings)
    return str(settings.base_url).rstrip("/")


@pytest.mark.parametrize("format_", ["gemini", "openai-chat", "openai-images"])
def test_all_formats_over_http_have_the_same_defaults(format_: str) -> None:
    settings = settings_of(format_=format_)
    assert isinstance(settings, HttpEndpointSettings)
    assert (settings.auth, settings.share, settings.most_at_once) == ("bearer", None, 8)
    assert (settings.most_request_mb, settings.fetch_from) == (20.0, ())


def test_a_second_try_that_may_be_billed_is_the_default() -> None:
    assert JobSettings().retry_billed is True
    assert read(endpoint(), jobs={"retry_billed": False}).jobs.retry_billed is False


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com/v1", "https://api.example.com"),
        ("https://api.example.com/v1/", "https://api.example.com"),
        ("https://api.example.com/v1beta", "https://api.example.com"),
        ("https://api.example.com/v1beta/models", "https://api.example.com"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com"),
        ("https://api.example.com/v1/images/generations", "https://api.example.com"),
        ("https://api.example.com/v1/images/edits/", "https://api.example.com"),
        ("https://api.example.com:8443/api/v1", "https://api.example.com:8443/api"),
        ("https://api.example.com/v1/acme/gemini", "https://api.example.com/v1/acme/gemini"),
        ("https://api.example.com/dev1", "https://api.example.com/dev1"),
    ],
)
def test_what_people_paste_behind_the_address_is_taken_off(written: str, read_as: str) -> None:
    assert base_url(written) == read_as


@pytest.mark.parametrize("written", ["https://me:pass@api.example.com", "https://api.example.com/v1?key=abc"])
def test_a_key_in_the_address_is_a_fault_that_does_not_repeat_it(written: str) -> None:
    assert faults(endpoint(base_url=written)) == [
        "endpoints[0].base_url: is the address alone; a key belongs into api_key"
    ]


def test_safety_is_told_the_wiring_in_googles_own_names() -> None:
    settings = settings_of(
        safety={
            "harassment": "block-only-high",
            "hate_speech": "block-medium-and-above",
            "sexually_explicit": "block-low-and-above",
            "dangerous_content": "block-none",
            "civic_integrity": "off",
        }
    )
    assert isinstance(settings, GeminiEndpointSettings)
    assert settings.safety == {
        "HARM_CATEGORY_HARASSMENT": "BLOCK_ONLY_HIGH",
        "HARM_CATEGORY_HATE_SPEECH": "BLOCK_MEDIUM_AND_ABOVE",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT": "BLOCK_LOW_AND_ABOVE",
        "HARM_CATEGORY_DANGEROUS_CONTENT": "BLOCK_NONE",
        "HARM_CATEGORY_CIVIC_INTEGRITY": "OFF",
    }
    assert set(settings.safety) <= {category.value for category in google.HarmCategory}
    assert set(settings.safety.values()) <= {threshold.value for threshold in google.HarmBlockThreshold}


@pytest.mark.parametrize(
    ("safety", "told"),
    [
        ({"harassment": "high"}, "safety.harassment: must be one of off, block-none, block-only-high"),
        ({"rudeness": "off"}, "safety.rudeness: there is no such category; there are harassment, hate_speech"),
    ],
)
def test_another_category_or_threshold_is_a_fault_that_names_those_there_are(safety: dict[str, str], told: str) -> None:
    (line,) = faults(endpoint(safety=safety))
    assert line.startswith(f"endpoints[0].{told}")


def test_a_key_of_another_format_is_a_fault_that_names_the_format() -> None:
    assert faults(endpoint(format_="openai-chat", safety={})) == [
        'endpoints[0].safety: only an endpoint with format = "gemini" has this key'
    ]
    assert faults(endpoint(seconds=3)) == ['endpoints[0].seconds: only an endpoint with format = "demo" has this key']


@pytest.mark.parametrize(("format_", "written"), [("openai-chat", "safty"), ("gemini", "secondz")])
def test_no_key_of_another_format_is_proposed(format_: str, written: str) -> None:
    (line,) = faults({**endpoint(format_=format_), written: 3})
    assert line.startswith(f"endpoints[0].{written}: there is no such key; known keys: ")


def test_an_endpoint_may_charge_another_cost_for_a_model() -> None:
    costs = {"1K": "0.134", "2K": "0.134", "4K": "0.24"}
    settings = read(endpoint("gateway"), endpoint("google", models=[PRO], cost={PRO: costs}))
    large = PictureSettings(size="4K")
    for catalogue in (settings.catalogue, settings.known):
        pro = catalogue.find(PRO)
        assert pro is not None
        assert [str(pro.terms_for(large, at).cost) for at in ("gateway", "google", None)] == ["0.09", "0.24", "0.24"]
    assert settings.catalogue.models[1].costs_at == {}


def test_a_cost_is_for_a_model_that_is_served_and_for_each_size() -> None:
    unknown = endpoint("google", models=[PRO], cost={"gemini-2.5-flash-image": {"any": 1}})
    assert faults(unknown) == [
        f"endpoints[0].cost.gemini-2.5-flash-image: the endpoint does not serve this model; it serves {PRO}"
    ]
    (told,) = faults(endpoint("google", models=[PRO], cost={PRO: {"1K": 1}}))
    assert told == f"endpoints[0].cost.{PRO} says nothing of 2K, 4K"


@pytest.mark.parametrize("host", ["pictures.lan", "PICTURES.lan", "10.0.0.7", "fd00::7", "localhost"])
def test_hosts_to_fetch_from_are_names_and_addresses(host: str) -> None:
    settings = settings_of(fetch_from=[host])
    assert isinstance(settings, HttpEndpointSettings)
    assert settings.fetch_from == (host.lower(),)


@pytest.mark.parametrize(
    "host", ["http://pictures.lan", "pictures.lan:8080", "pictures.lan/x", "", "*.lan", "10.0.0.0/8"]
)
def test_anything_else_is_no_host(host: str) -> None:
    assert faults(endpoint(fetch_from=[host])) == [
        "endpoints[0].fetch_from[0]: is no host name or IP address; write it without scheme, port and path"
    ]


@pytest.mark.parametrize("share", [0, 1, 5, -0.1])
def test_a_share_is_a_part_of_all(share: float) -> None:
    (line,) = faults(endpoint(share=share))
    assert line.startswith("endpoints[0].share: input should be ")


@pytest.mark.parametrize("quality", ["auto", "high", "xhigh", "max"])
def test_a_dear_quality_needs_a_cost_of_its_own(quality: str) -> None:
    costs = {"1K": "0.2", "2K": "0.4", "4K": "0.8"}
    assert faults(endpoint(format_="openai-images", quality=quality, cost={"gpt-image-2.5-flare": costs})) == [
        f"endpoints[0].quality: {quality} costs more than medium; write endpoints[0].cost of gpt-image-2.5-sunburst"
    ]


def test_a_quality_is_one_that_openai_has() -> None:
    costs = {"1K": "0.2", "2K": "0.4", "4K": "0.8"}
    flare, sunburst = "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"
    settings = settings_of(format_="openai-images", quality="max", cost={flare: costs, sunburst: costs})
    assert isinstance(settings, OpenAiImagesEndpointSettings)
    assert settings.quality == "max"
    (line,) = faults(endpoint(format_="openai-images", quality="best"))
    assert line.startswith("endpoints[0].quality: input should be 'auto', 'low', 'medium', 'high'")
    assert faults(endpoint(quality="max")) == [
        'endpoints[0].quality: only an endpoint with format = "openai-images" has this key'
    ]


def test_two_endpoints_of_one_name_are_a_fault() -> None:
    assert faults(endpoint("one"), endpoint("two"), endpoint("one", "openai-chat")) == [
        "endpoints[2].name: there is another endpoint with the name one"
    ]


def test_a_model_that_cannot_be_had_in_the_format_is_a_fault_that_names_those_it_can() -> None:
    assert faults(endpoint(models=[PRO, "sora_image"])) == [
        "endpoints[0].models: sora_image cannot be had in the format gemini, only in openai-chat"
    ]
