"""What the values of the catalogue say of themselves."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.catalogue.models import ANY_SIZE, ImageModel, Terms
from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings, Ratio
from tests.catalogue import built_in_catalogue

WIDE, SQUARE = Ratio(16, 9), Ratio(1, 1)
PRO, FLASH, TWO = "gemini-3-pro-image", "gemini-2.5-flash-image", "gemini-3.1-flash-image"


def model(name: str) -> ImageModel:
    return built_in_catalogue([name]).default


@pytest.mark.parametrize(
    ("ratio", "size", "pixels"),
    [
        (WIDE, "1K", (1376, 768)),
        (WIDE, "1K", (1408, 768)),  # as measured
        (WIDE, "4K", (5632, 3072)),  # as measured
        (Ratio(21, 9), "2K", (3168, 1344)),
        (None, "4K", (5504, 3072)),  # no shape was asked for
        (None, "4K", (4096, 4096)),
        (None, None, (48, 27)),  # nothing was asked for
    ],
)
def test_a_picture_within_a_few_per_cent_is_as_asked(
    ratio: Ratio | None, size: str | None, pixels: tuple[int, int]
) -> None:
    assert model(PRO).is_as_asked(PictureSettings(ratio=ratio, size=size), *pixels)


@pytest.mark.parametrize(
    ("ratio", "size", "pixels"),
    [
        (WIDE, "4K", (1376, 768)),
        (WIDE, "1K", (1024, 1024)),
        (WIDE, "1K", (768, 1376)),
        (WIDE, "1K", (2752, 1536)),
        (None, "4K", (2048, 2048)),
        (None, "1K", (2048, 2048)),
    ],
)
def test_another_shape_or_size_is_not_as_asked(ratio: Ratio | None, size: str | None, pixels: tuple[int, int]) -> None:
    assert not model(PRO).is_as_asked(PictureSettings(ratio=ratio, size=size), *pixels)


def test_a_model_without_sizes_is_held_to_its_shapes_alone() -> None:
    flash = model(FLASH)
    assert flash.is_as_asked(PictureSettings(ratio=WIDE), 1344, 768)
    assert not flash.is_as_asked(PictureSettings(ratio=WIDE), 1024, 1024)
    assert flash.is_as_asked(PictureSettings(), 640, 480)


@pytest.mark.parametrize(
    ("name", "ratio", "size"),
    [("sora_image", WIDE, "4K"), ("sora_image", None, None), (PRO, Ratio(7, 5), "1K"), (PRO, None, "9K")],
)
def test_where_nothing_is_known_anything_is_as_asked(name: str, ratio: Ratio | None, size: str | None) -> None:
    assert model(name).is_as_asked(PictureSettings(ratio=ratio, size=size), 7, 7)


def test_the_default_size_is_what_comes_unasked_and_not_the_smallest() -> None:
    two = model(TWO)
    assert (two.offered.size[0], two.completed(PictureSettings())) == ("512", PictureSettings(size="1K"))
    assert replace(two, unasked=PictureSettings()).completed(PictureSettings()).size == "512"
    assert two.completed(PictureSettings(ratio=WIDE, size="4K")) == PictureSettings(ratio=WIDE, size="4K")
    assert model(FLASH).completed(PictureSettings()) == PictureSettings()


def test_pixels_without_a_ratio_are_the_squares() -> None:
    assert model(PRO).pixels_for(PictureSettings(size="4K")) == (4096, 4096)
    assert model(FLASH).pixels_for(PictureSettings()) == (1024, 1024)
    assert model("sora_image").pixels_for(PictureSettings()) is None
    with pytest.raises(KeyError):
        model(PRO).pixels_for(PictureSettings(ratio=Ratio(7, 5), size="1K"))


def test_a_model_that_can_be_told_neither_shape_nor_size_is_offered_as_it_comes_unasked() -> None:
    two = model(TWO)
    limited = two.limited_to(frozenset())
    assert not any(setting.offered_by(limited.offered) for setting in SETTINGS)
    assert limited.terms == {ANY_SIZE: two.terms_for(PictureSettings(size="1K"))}
    assert limited.pixels_for(PictureSettings()) == (1024, 1024)
    assert limited.completed(PictureSettings()) == PictureSettings()


def test_a_model_that_can_be_told_its_shape_alone_keeps_its_shapes() -> None:
    limited = model(TWO).limited_to(frozenset({"ratio"}))
    assert limited.offered.ratio == model(TWO).offered.ratio
    assert [setting.name for setting in SETTINGS if setting.offered_by(limited.offered)] == ["ratio"]
    assert limited.pixels_for(PictureSettings(ratio=WIDE)) == (1376, 768)
    assert limited.is_as_asked(PictureSettings(ratio=WIDE), 1408, 768)
    assert not limited.is_as_asked(PictureSettings(ratio=WIDE), 1024, 1024)


def test_a_model_that_can_be_told_everything_is_itself() -> None:
    for one in built_in_catalogue().models:
        assert one.limited_to(frozenset(setting.name for setting in SETTINGS)) == one


def test_a_value_can_cost_extra_and_the_price_is_asked_for_with_all_settings() -> None:
    more = Terms(credits=1, cost=Decimal("0.01"), expected_seconds=5, longest_seconds=60)
    two = replace(model(TWO), surcharges={("ratio", "16:9"): more, ("ratio", "1:8"): more + more})
    usual = model(TWO).terms_for(PictureSettings(size="4K"))
    assert two.terms_for(PictureSettings(size="4K")) == usual
    assert two.terms_for(PictureSettings(ratio=WIDE, size="4K")) == usual + more
    assert two.terms_for(PictureSettings(ratio=Ratio(1, 8), size="4K")) == usual + more + more
    assert dict(two.all_terms())["4K 16:9"] == usual + more
    assert len(dict(two.all_terms())) == 3 * len(two.terms)
    assert two.limited_to(frozenset({"size"})).surcharges == {}


def test_an_endpoint_may_charge_another_cost_and_an_unknown_one_counts_as_the_dearest() -> None:
    costs = {"cheap": {"1K": Decimal("0.01"), "4K": Decimal("0.09")}, "dear": {"1K": Decimal(1), "4K": Decimal(2)}}
    pro = model(PRO)
    pro = replace(pro, terms={size: pro.terms[size] for size in ("1K", "4K")}, costs_at=costs)
    large = PictureSettings(size="4K")
    assert [pro.terms_for(large, at).cost for at in ("cheap", "dear", None)] == [Decimal("0.09"), 2, 2]
    assert pro.terms_for(large, "another") == pro.terms["4K"]
    assert pro.terms_for(large, "cheap") == replace(pro.terms["4K"], cost=Decimal("0.09"))
    assert [terms.cost for _, terms in pro.all_terms()] == [1, 2]
    assert pro.limited_to(frozenset({"ratio"})).terms_for(PictureSettings(), "cheap").cost == Decimal("0.01")


def test_equal_models_are_one_in_a_set() -> None:
    assert len({model(PRO), model(PRO), model(FLASH)}) == 2
    assert hash(built_in_catalogue()) == hash(built_in_catalogue())
    assert model(PRO) != replace(model(PRO), share=0.05)


def test_a_name_is_found_before_an_alias_and_a_retired_one_last() -> None:
    catalogue = built_in_catalogue()
    assert catalogue.find("PRO") == model(PRO)
    assert catalogue.find("Nano-Banana-Pro-Preview") == model(PRO)
    assert built_in_catalogue([FLASH]).find("nano-banana-pro-preview") is None
