"""The table of what each fault means: no fault is left out, and no two rows contradict each other."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import bot
from bot.application.texts import MessageCatalog, plain
from bot.domain.chat import Quoted
from bot.domain.errors import PictureFault, PlantainError
from bot.domain.fault_meaning import Bill, Elsewhere, FaultMeaning, Retry
from bot.domain.image_faults import MEANINGS, OTHER_ENDS, ImageFault, meaning_of
from bot.domain.requests.requests import CHAT_CLOSED, INTERRUPTED, OFFER_EXPIRED, TOO_MANY_PICTURES

ROWS = [pytest.param(meaning, id=kind.__name__) for kind, meaning in MEANINGS.items()]


def kinds_below(root: type[PlantainError]) -> Iterator[type[PlantainError]]:
    for kind in root.__subclasses__():
        if kind.__module__.startswith("bot."):
            yield kind
            yield from kinds_below(kind)


def test_every_fault_of_the_program_has_a_row() -> None:
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.startswith(("bot.__main__", "bot.storage.migrations")):
            importlib.import_module(module.name)
    assert {*kinds_below(ImageFault), *kinds_below(PictureFault)} == set(MEANINGS)


@pytest.mark.parametrize("meaning", ROWS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_row_has_its_sentences(meaning: FaultMeaning, language: str) -> None:
    said = [meaning.sentence]
    said += [meaning.with_words(Quoted("so"))] if meaning.with_words else []
    said += [meaning.with_wait(2, 0)] if meaning.with_wait else []
    assert all(plain(MessageCatalog().say(sentence, language)) for sentence in said)
    assert meaning.owner_text


@pytest.mark.parametrize("meaning", ROWS)
def test_what_may_have_been_billed_is_never_repeated_freely(meaning: FaultMeaning) -> None:
    if meaning.bill is Bill.PROBABLE:
        assert meaning.retry is not Retry.BACKOFF
        assert meaning.elsewhere is not Elsewhere.AT_ONCE


@pytest.mark.parametrize("meaning", ROWS)
def test_faults_of_one_code_tell_the_member_the_same(meaning: FaultMeaning) -> None:
    same = [each for each in MEANINGS.values() if each.code == meaning.code]
    told = (meaning.sentence, meaning.with_words, meaning.with_wait)
    assert all((each.sentence, each.with_words, each.with_wait) == told for each in same)


def test_a_fault_that_says_nothing_itself_tells_the_owner_what_its_row_says() -> None:
    for kind in MEANINGS:
        if issubclass(kind, ImageFault):
            assert (kind().owner_text, str(kind())) == (meaning_of(kind).owner_text, meaning_of(kind).owner_text)


def test_every_other_end_of_a_job_has_a_sentence() -> None:
    codes = {meaning.code for meaning in MEANINGS.values()}
    assert {each.code for each in (CHAT_CLOSED, OFFER_EXPIRED, TOO_MANY_PICTURES)} == set(OTHER_ENDS)
    assert INTERRUPTED.code in codes
    assert not codes & set(OTHER_ENDS)
