"""Tokens of buttons: what is read of them, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chat import TOKEN_LIMIT, Action, PublicId, Sentence, Verb
from bot.domain.tokens import read_token
from tests.tokens import AN_ID

IDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=24, max_size=24)


@given(st.sampled_from(list(Verb)), IDS)
def test_a_token_says_all_there_is_to_know(verb: Verb, target: str) -> None:
    token = Action(verb=verb, target=PublicId(target), label=Sentence("action-again")).token
    assert read_token(token) == (verb, target)
    assert len(token) <= TOKEN_LIMIT


@given(st.sampled_from(list(Verb)), st.integers(0, 10**15 - 1))
def test_a_token_of_before_there_were_ids_is_read_as_a_number(verb: Verb, number: int) -> None:
    assert read_token(f"{verb}:{number}") == (verb, number)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "again",
        "again:",
        "again:x",
        "again:-1",
        "again:٣",
        "steal:1",
        "again:1 ",
        f"again:{AN_ID} ",
        f"steal:{AN_ID}",
        f"again:{AN_ID.upper()}",
        f"again:{AN_ID}:1",
        "again:" + "9" * 16,
        "again:" + "9" * 100_000,
        "again:" + "a" * 100_000,
    ],
)
def test_a_token_we_did_not_write_is_nothing(token: str) -> None:
    assert read_token(token) is None
