"""Action tokens and the fault tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chat import TOKEN_LIMIT, Action, Address, Sentence, Verb, read_token
from bot.domain.errors import PictureFault
from bot.domain.image_faults import FAILURES, ImageFault


@given(st.sampled_from(list(Verb)), st.integers(0, 2**63))
def test_a_token_says_all_there_is_to_know(verb: Verb, target: int) -> None:
    token = Action(verb=verb, target=target, label=Sentence("action-again")).token
    assert read_token(token) == (verb, target)
    assert len(token) <= TOKEN_LIMIT


@pytest.mark.parametrize("token", ["", "again", "again:", "again:x", "again:-1", "again:٣", "steal:1", "again:1 "])
def test_a_token_we_did_not_write_is_nothing(token: str) -> None:
    assert read_token(token) is None


def test_an_address_never_shows_itself() -> None:
    assert "secret" not in repr(Address("secret"))
    assert "secret" not in f"{[Address('secret')]}"


def test_every_failure_has_a_sentence_of_its_own_code() -> None:
    faults: list[type[ImageFault | PictureFault]] = [
        *ImageFault.__subclasses__(),
        *PictureFault.__subclasses__(),
    ]
    assert len(FAILURES) == len(faults)
    assert all(FAILURES[fault.code] == fault.sentence for fault in faults)
