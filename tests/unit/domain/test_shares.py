"""A share of members is near what it should be, and always the same members."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.shares import is_in_share

KEYS = [str(number) for number in range(1, 20_001)]
SHARES = st.floats(min_value=0, max_value=1, allow_nan=False)


@given(st.text(max_size=20), st.text(max_size=20), SHARES, SHARES)
def test_the_same_key_always_gets_the_same_answer_and_stays_when_the_share_grows(
    key: str, subject: str, one: float, other: float
) -> None:
    smaller, larger = sorted((one, other))
    assert is_in_share(key, subject, smaller) == is_in_share(key, subject, smaller)
    assert is_in_share(key, subject, larger) or not is_in_share(key, subject, smaller)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.95])
@pytest.mark.parametrize("subject", ["gateway", "gemini-3-pro-image", "一"])
def test_of_many_keys_near_the_share_are_in_it(share: float, subject: str) -> None:
    """Within five standard deviations of a fair draw."""
    count = sum(is_in_share(key, subject, share) for key in KEYS)
    assert abs(count - share * len(KEYS)) < 5 * (share * (1 - share) * len(KEYS)) ** 0.5


@given(st.text(max_size=20), st.text(max_size=20))
def test_nobody_is_in_no_share_and_everybody_in_the_whole(key: str, subject: str) -> None:
    assert (is_in_share(key, subject, 0), is_in_share(key, subject, 1)) == (False, True)


def test_another_subject_draws_others() -> None:
    """Whoever gets one new thing first is not the one who gets every new thing first."""
    both = sum(is_in_share(key, "one", 0.1) and is_in_share(key, "two", 0.1) for key in KEYS)
    assert 100 < both < 300


def test_another_process_gives_the_same_answers() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from bot.domain.shares import is_in_share as f\nprint([f(str(n), 'x', .3) for n in range(99)])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str([is_in_share(str(n), "x", 0.3) for n in range(99)])
