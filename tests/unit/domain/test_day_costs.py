"""What a member's day can cost the owner: a bound that no way of spending the credits passes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue.models import ImageModel, Terms
from bot.domain.day_costs import day_costs, most_a_day
from tests.catalogue import built_in_catalogue

PRO, FLASH = (built_in_catalogue().models[index] for index in (0, 2))


def model(*terms: tuple[int, str]) -> ImageModel:
    made = {
        str(number): Terms(credits=price, cost=Decimal(cost), expected_seconds=1, longest_seconds=2)
        for number, (price, cost) in enumerate(terms)
    }
    return replace(PRO, terms=made)


def test_each_model_is_counted_in_the_kind_that_costs_most() -> None:
    costs = [(each.model, each.kind, each.pictures, each.total) for each in day_costs([PRO, FLASH], 20)]
    assert costs == [
        ("gemini-3-pro-image", "1K", 10, Decimal("0.90")),
        ("gemini-2.5-flash-image", "any", 20, Decimal("0.40")),
    ]


@pytest.mark.parametrize(
    ("terms", "daily", "most"),
    [
        ([(2, "0.09")], 20, "0.9"),
        ([(2, "0.09")], 1, "0"),
        ([(2, "0.09")], 0, "0"),
        ([(2, "0")], 20, "0"),
        ([(0, "0.01")], 20, "Infinity"),
        ([(0, "0")], 20, "0"),
    ],
)
def test_the_most_that_a_day_costs(terms: list[tuple[int, str]], daily: int, most: str) -> None:
    assert most_a_day([model(*terms)], daily) == Decimal(most)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["0.01", "0.09", "0.5"])), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), max_size=20),
    st.integers(0, 40),
)
def test_however_the_credits_are_spent_it_costs_no_more(
    terms: list[tuple[int, str]], choices: list[int], daily: int
) -> None:
    left, spent = daily, Decimal(0)
    for choice in choices:
        price, cost = terms[choice % len(terms)]
        if price <= left:
            left, spent = left - price, spent + Decimal(cost)
    assert spent <= most_a_day([model(*terms)], daily)
