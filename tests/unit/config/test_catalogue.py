"""The built-in catalogue against the published figures, and what a configuration makes of it."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings, load
from bot.domain.catalogue.models import ANY_SIZE, ImageModel
from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings, Ratio
from bot.domain.errors import ConfigurationError
from tests.catalogue import built_in_catalogue

BASE = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}
ALL = BASE | {"1:4", "4:1", "1:8", "8:1"}
PRO, FLASH = "gemini-3-pro-image", "gemini-2.5-flash-image"
BOTH = frozenset({"ratio", "size"})
NONE: frozenset[str] = frozenset()
NEVER = "a Nano Banana model is never asked in the format openai-images, only in gemini and openai-chat"
CATALOGUE = built_in_catalogue()
NAMES = ", ".join(setting.name for setting in SETTINGS)


@pytest.fixture(autouse=True)
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_TEST_KEY", "sk-never-to-be-seen")


def endpoint(name: str = "gateway", format_: str = "gemini", **more: Any) -> dict[str, Any]:
    return {"name": name, "format": format_, "base_url": "http://[::1]:9", "api_key": "env:PLANTAIN_TEST_KEY", **more}


def read(*endpoints: dict[str, Any], **sections: Any) -> Settings:
    return load({"endpoints": list(endpoints), **sections}, {}, folder=Path(), name="test.toml")


def faults(*endpoints: dict[str, Any], **sections: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(*endpoints, **sections)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def model(name: str) -> ImageModel:
    found = CATALOGUE.find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "ratios", "sizes", "references", "cost"),
    [
        (PRO, BASE, ["1K", "2K", "4K"], 14, "0.09"),
        ("gemini-3-pro-image-preview", BASE, ["1K", "2K", "4K"], 14, "0.09"),
        (FLASH, BASE, [], 3, "0.02"),
        ("gemini-3.1-flash-image", ALL, ["512", "1K", "2K", "4K"], 14, "0.055"),
        ("gemini-3.1-flash-lite-image", BASE, ["1K"], 14, "0.025"),
        ("gemini-nano-banana-2.1", ALL, ["1K", "2K", "4K"], 14, "0.05"),
        ("gpt-4o-image", set(), [], 4, "0.01"),
        ("sora_image", set(), [], 4, "0.01"),
    ],
)
def test_the_built_in_models_are_as_published(
    name: str, ratios: set[str], sizes: list[str], references: int, cost: str
) -> None:
    found = model(name)
    assert ({str(ratio) for ratio in found.offered.ratio}, list(found.offered.size)) == (ratios, sizes)
    assert found.max_references == references
    assert {terms.cost for terms in found.terms.values()} == {Decimal(cost)}
    assert set(found.terms) == set(sizes or [ANY_SIZE])
    assert set(found.pixels) == {(ratio, size) for ratio in found.offered.ratio for size in sizes or [ANY_SIZE]}


def test_the_first_model_is_the_default() -> None:
    assert CATALOGUE.default.name == PRO


def test_a_model_offers_exactly_what_some_format_can_carry_for_it() -> None:
    for one in CATALOGUE.models:
        offered = {each.name for each in SETTINGS if each.offered_by(one.offered)}
        assert frozenset[str]().union(*one.formats.values()) == offered, one.name


def test_every_table_of_pixels_fits_its_ratios_and_sizes() -> None:
    for one in CATALOGUE.models:
        for (ratio, size), (width, height) in one.pixels.items():
            assert width / height == pytest.approx(ratio.width / ratio.height, rel=0.04), (one.name, str(ratio), size)
            if "gemini" not in one.formats:
                continue  # other makers' names of sizes are no squares; OpenAI's pixels are judged where they are sent
            side = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096, ANY_SIZE: 1024}[size]
            assert width * height == pytest.approx(side * side, rel=0.13), (one.name, str(ratio), size)


def test_no_name_or_alias_means_two_models() -> None:
    names = Counter(name for one in CATALOGUE.models for name in (one.name, *one.aliases))
    assert {name for name, count in names.items() if count > 1} == set()
    assert set(CATALOGUE.retired) & set(names) == set()


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("gemini-3.1-flash-image", ("low", "high")),
        ("gemini-3.1-flash-lite-image", ("low", "high")),
        ("gemini-nano-banana-2.1", ("low", "medium", "high")),
        (PRO, ()),  # it always thinks, and ignores the level
        (FLASH, ()),
        ("sora_image", ()),
    ],
)
def test_models_think_as_published(name: str, levels: tuple[str, ...]) -> None:
    assert model(name).offered.thinking == levels


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("pro", PRO),
        ("flash", FLASH),
        ("nano-banana", FLASH),
        ("nano-banana-2", "gemini-3.1-flash-image"),
        ("lite", "gemini-3.1-flash-lite-image"),
        ("2.1", "gemini-nano-banana-2.1"),
        ("gpt-4o", "gpt-4o-image"),
        ("sora", "sora_image"),
        ("gemini-2.5-flash-image-preview", FLASH),
        ("gemini-3.1-flash-image-preview", "gemini-3.1-flash-image"),
        ("nano-banana-pro-preview", PRO),
        ("gemini-3-pro-image-preview", "gemini-3-pro-image-preview"),
    ],
)
def test_short_and_retired_names_lead_to_their_models(alias: str, name: str) -> None:
    assert model(alias).name == name


def test_what_each_format_carries() -> None:
    assert model(PRO).formats == {"gemini": BOTH, "openai-chat": NONE, "demo": BOTH}
    assert model(FLASH).formats == {"gemini": {"ratio"}, "openai-chat": NONE, "demo": {"ratio"}}
    assert model("sora_image").formats == {"openai-chat": NONE}


def test_how_long_a_picture_may_take() -> None:
    pro, two = model(PRO), model("gemini-3.1-flash-image")
    assert {size: terms.longest_seconds for size, terms in pro.terms.items()} == {"1K": 180, "2K": 300, "4K": 360}
    assert {size: terms.longest_seconds for size, terms in two.terms.items()}["4K"] == 600
    for one in CATALOGUE.models:
        assert all(0 < terms.expected_seconds < terms.longest_seconds for terms in one.terms.values()), one.name


def test_a_preview_names_its_successor_and_is_offered_only_where_it_is_named() -> None:
    preview = "gemini-3-pro-image-preview"
    assert model(preview).successor == PRO
    settings = read(endpoint())
    assert preview not in settings.endpoints[0].models
    found = settings.catalogue.find(preview)
    assert found is not None
    assert found.name == PRO
    named = read(endpoint(models=[preview]))
    assert named.catalogue.default.name == preview
    known = named.known.find(PRO)  # so that it can be asked for where an endpoint says that the preview is retired
    assert known is not None
    assert known.name == PRO


def test_an_endpoint_carries_what_its_format_does_for_each_model() -> None:
    gemini, chat = read(
        endpoint(models=[PRO, FLASH]), endpoint("chat", "openai-chat", models=[PRO, "sora_image"])
    ).endpoints
    assert gemini.carries == {PRO: BOTH, FLASH: {"ratio"}}
    assert chat.carries == {PRO: NONE, "sora_image": NONE}
    assert chat.models == (PRO, "sora_image")


def test_a_model_that_only_chat_completions_reach_offers_neither_ratio_nor_size() -> None:
    settings = read(endpoint("chat", "openai-chat", models=[PRO]))
    offered = settings.catalogue.default
    assert not any(setting.offered_by(offered.offered) for setting in SETTINGS)
    assert offered.terms_for(PictureSettings()) == model(PRO).terms_for(PictureSettings(size="1K"))
    assert settings.known.find(PRO) == model(PRO)


def test_one_endpoint_that_can_carry_a_choice_is_enough_to_offer_it() -> None:
    settings = read(endpoint("chat", "openai-chat", models=[PRO, "sora_image"]), endpoint(models=[FLASH, PRO]))
    assert [one.name for one in settings.catalogue.models] == [PRO, "sora_image", FLASH]
    assert settings.catalogue.default == model(PRO)


def test_without_names_an_endpoint_serves_all_that_can_be_had_in_its_format() -> None:
    gemini = read(endpoint()).endpoints[0].models
    assert set(gemini) == {one.name for one in CATALOGUE.models if "gemini" in one.formats and one.successor is None}
    assert set(read(endpoint(format_="openai-chat")).endpoints[0].models) == {*gemini, "gpt-4o-image", "sora_image"}


def test_a_retired_name_in_an_endpoint_is_redirected_with_a_line_to_the_owner() -> None:
    settings = read(endpoint(models=["nano-banana-pro-preview", PRO, FLASH]))
    assert settings.endpoints[0].models == (PRO, FLASH)
    assert settings.notes == (f"endpoints[0].models: nano-banana-pro-preview is retired; {PRO} is used in its place",)
    assert read(endpoint()).notes == ()


def test_the_configuration_retires_names_of_its_own_and_takes_others_back_into_use() -> None:
    old = {**{key: value for key, value in raw(FLASH).items() if key != "aliases"}, "title": "Old Banana"}
    settings = read(endpoint(), retired={"my-old-one": FLASH}, models={"gemini-2.5-flash-image-preview": old})
    assert settings.catalogue.find("my-old-one") == model(FLASH)
    taken_back = settings.catalogue.find("gemini-2.5-flash-image-preview")
    assert taken_back is not None
    assert taken_back.title == "Old Banana"


def raw(name: str) -> dict[str, Any]:
    from bot.config.catalogue import built_in

    table: dict[str, Any] = built_in()["models"][name]
    return table


def test_a_retired_name_must_lead_to_a_model() -> None:
    (told,) = faults(endpoint(), retired={"old": "gemini-9"})
    assert told.startswith("retired.old: gemini-9 is not in the catalogue: ")
    (told,) = faults(endpoint(), models={PRO: {"successor": "gemini-9"}})
    assert told.startswith(f"models.{PRO}.successor: gemini-9 is not in the catalogue: ")


def test_a_fault_in_a_model_is_told_once() -> None:
    assert faults(endpoint(), models={PRO: {"max_references": -1}}) == [
        f"models.{PRO}.max_references: input should be greater than or equal to 0"
    ]


def test_traits_share_and_successor_can_be_overridden() -> None:
    settings = read(
        endpoint(), models={"gemini-nano-banana-2.1": {"share": 0.05, "traits": ["best"], "successor": PRO}}
    )
    changed = settings.known.find("2.1")
    assert changed is not None
    assert (changed.share, changed.traits, changed.successor) == (0.05, frozenset({"best"}), PRO)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"share": 1.0}, "share: input should be less than 1"),
        ({"share": 0}, "share: input should be greater than 0"),
        ({"traits": ["slow"]}, "traits[0]: input should be 'fast', 'best' or 'text'"),
        ({"formats": {"openai-chat": ["ratio", "size"]}}, "formats: openai-chat has no place for ratio and size"),
        ({"formats": {"gemini": ["colour"]}}, f"formats.gemini[0]: there is no such setting; there are {NAMES}"),
        ({"surcharges": {"colour": {}}}, f"surcharges.colour: there is no such setting; there are {NAMES}"),
        ({"formats": {"soap": []}}, "formats.soap: input should be 'gemini', 'openai-chat', 'openai-images' or 'demo'"),
    ],
)
def test_what_a_model_cannot_be_told_is_a_fault_in_its_place(change: dict[str, Any], told: str) -> None:
    assert faults(endpoint(), models={PRO: change}) == [f"models.{PRO}.{told}"]


@pytest.mark.parametrize("formats", [{"openai-images": ["ratio"]}, {"openai-images": [], "gemini": []}])
def test_a_nano_banana_model_is_never_asked_for_as_openais_are(formats: dict[str, list[str]]) -> None:
    assert faults(endpoint(), models={PRO: {"formats": formats}}) == [f"models.{PRO}: formats: {NEVER}"]


@pytest.mark.parametrize(("name", "aliases"), [("nano-banana-3", []), ("my-pro", ["Gemini-Pro"]), ("nanobanana", [])])
def test_a_nano_banana_model_of_ones_own_is_not_asked_for_as_openais_are(name: str, aliases: list[str]) -> None:
    mine = {**raw("gpt-image-2.5-flare"), "aliases": aliases}
    assert faults(endpoint(format_="openai-images"), models={name: mine}) == [f"models.{name}: formats: {NEVER}"]


def test_openais_models_are_had_in_openais_format_alone() -> None:
    settings = read(endpoint("images", "openai-images"), endpoint())
    named = settings.endpoints[0].models
    assert {"gpt-image-2.5-flare", "gpt-image-2.5-sunburst"} <= set(named)
    assert not set(named) & set(settings.endpoints[1].models)
    (told,) = faults(endpoint(format_="openai-images", models=[PRO]))
    assert told == (
        f"endpoints[0].models: {PRO} cannot be had in the format openai-images, only in gemini, openai-chat, demo"
    )


def test_a_surcharge_is_for_a_value_that_the_model_offers() -> None:
    changed = read(endpoint(), models={PRO: {"surcharges": {"size": {"4K": {"credits": 1}}}}}).catalogue.default
    large = PictureSettings(size="4K")
    assert changed.terms_for(large).credits == model(PRO).terms_for(large).credits + 1
    assert faults(endpoint(), models={PRO: {"surcharges": {"size": {"9K": {"credits": 1}}}}}) == [
        f"models.{PRO}: surcharges.size: 9K is not offered; there are 1K, 2K, 4K"
    ]


def test_a_model_without_ratios_does_without_pixels_and_one_with_ratios_does_not() -> None:
    bare = {key: value for key, value in raw(FLASH).items() if key != "pixels"}
    (told,) = faults(endpoint(), models={"mine": bare})
    assert told == "models.mine: pixels is missing; only a model without ratios can do without"
    mine = read(endpoint(models=["mine"]), models={"mine": {**bare, "ratios": []}}).catalogue.default
    assert mine.pixels_for(PictureSettings()) is None
    assert mine.is_as_asked(PictureSettings(ratio=Ratio(16, 9)), 7, 7)
