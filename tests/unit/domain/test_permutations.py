"""`{red, blue} car`: which prompts one stands for, and what is left as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompt.permutations import MOST_COUNTED, Permutations


@pytest.mark.parametrize(
    ("prompt", "prompts"),
    [
        ("a fox", ["a fox"]),
        ("{red, blue} car", ["red car", "blue car"]),
        ("a {red,blue} {car,boat}", ["a red car", "a red boat", "a blue car", "a blue boat"]),
        ("a {, very} big dog", ["a big dog", "a very big dog"]),
        ("{a, {b, c}} x", ["a x", "b x", "c x"]),
        ("｛红，蓝、绿｝的车", ["红的车", "蓝的车", "绿的车"]),
        ("{red, red} car", ["red car"]),
        (r"{a \{b\, c\}, d} e", ["a {b, c} e", "d e"]),
        ("at {9:30, noon}", ["at 9:30", "at noon"]),
        ("a {red, blue} { car", ["a red { car", "a blue { car"]),
    ],
)
def test_every_choice_makes_a_prompt_in_the_order_it_was_written(prompt: str, prompts: list[str]) -> None:
    assert list(Permutations(prompt).prompts()) == prompts


@pytest.mark.parametrize(
    "prompt",
    [
        "a {fox}",
        "{{ name }} and {}",
        '{"subject": "a fox", "style": {"mood": "calm", "light": "soft"}}',
        "{subject: fox, style: oil}",
        "a { b, c",
        "a } b, c {",
        "two  spaces\n\nand lines",
    ],
)
def test_braces_without_a_choice_stay_as_they_were_typed(prompt: str) -> None:
    assert Permutations(prompt).prompts() == (prompt,)


def test_how_many_there_are_is_known_without_writing_them_out() -> None:
    assert Permutations("{a,b}" * 9).count == 2**9
    assert Permutations("{a,b}" * 64).count == MOST_COUNTED
    assert Permutations("{" + ",".join("a" * 1_500) + "}").count == MOST_COUNTED


def test_groups_that_lie_too_deep_are_text() -> None:
    deep = "{a," * 2_000 + "b" + "}" * 2_000
    assert Permutations(deep).count < 20


@given(st.text(alphabet='ab {},\\｛｝，:"', max_size=40))
def test_there_are_never_more_prompts_than_were_counted(prompt: str) -> None:
    permutations = Permutations(prompt)
    if permutations.count <= 200:
        assert 1 <= len(permutations.prompts()) <= permutations.count


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=3), min_size=2, max_size=3, unique=True), max_size=3))
def test_groups_multiply(groups: list[list[str]]) -> None:
    prompt = " ".join("{" + ", ".join(group) + "}" for group in groups)
    expected = 1
    for group in groups:
        expected *= len(group)
    assert Permutations(prompt).count == len(Permutations(prompt).prompts()) == expected
