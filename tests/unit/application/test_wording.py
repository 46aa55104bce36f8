"""Why there is no picture, in a sentence, whoever wrote the reason down."""

import pytest

from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.application.wording import failure_of, failure_sentence
from bot.domain.errors import LONGEST_WAIT_SECONDS
from bot.domain.image_faults import EndpointBusy
from bot.domain.requests.requests import JobFailure


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["of-a-later-version", "", "x" * 10_000])
def test_a_code_that_nobody_knows_any_more_has_a_sentence(code: str, language: str) -> None:
    assert plain(MessageCatalog().say(failure_sentence(JobFailure(code=code)), language))


@pytest.mark.parametrize("seconds", [0.2, 1e18, float("inf")])
def test_a_wait_that_is_kept_has_a_bound(seconds: float) -> None:
    failure = failure_of(EndpointBusy("busy", retry_after_seconds=seconds))
    assert failure.retry_after_seconds is not None
    assert 1 <= failure.retry_after_seconds <= LONGEST_WAIT_SECONDS
