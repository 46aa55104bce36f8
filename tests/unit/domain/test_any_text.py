"""Whatever is typed ends in a request or in a sentence, and in time that grows no faster than its length."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.registry import PLATFORMS, sentences_of
from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.domain.errors import CommandFault
from bot.domain.events import CommandCall
from bot.domain.prompt.commands import (
    MOST_AT_ONCE,
    PROMPT_LIMIT,
    ParsedPrompt,
    nearest_command,
    parse_prompt,
    read_call,
    take_numbers,
)
from bot.domain.prompt.flags import take_flags
from bot.domain.prompt.permutations import Permutations
from bot.domain.prompt.written_words import asks_for_words
from tests.catalogue import built_in_catalogue

CATALOGUE = built_in_catalogue()
TEXTS = MessageCatalog(*sentences_of(PLATFORMS))

PIECES = (
    *("{", "}", ",", "，", "、", "\\", "{a,b}", "{a,", '"', ":", "--", "—", "－－", "=", " ", "\n", "\t", "\r\n"),
    *("--n ", "--n 4", "--ar 16:9", "--size 4K", "--model ", "--fast", "--best", "--n=", "—a ", "--n 00009", "--n 4 "),
    *(
        "#1 ",
        "#",
        "＃2 ",
        "/imagine ",
        "/edit ",
        "/",
        "@",
        "a",
        "no ",
        "without ",
        "with ",
        "“",
        "”",
        "saying ",
        "٣",
        "²",
    ),
    *("\0", "\ud83d", "\udd8a", "🦊", "\u202e", "9" * 30, "0", "e", "1e999"),
)
SOME_TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join)
MOST_CHARACTERS = 1 << 20
LONG_TEXT = st.builds(
    lambda piece, length, rest: (piece * (length // len(piece) + 1))[:length] + rest,
    SOME_TEXT.filter(bool),
    st.sampled_from([100, PROMPT_LIMIT - 1, PROMPT_LIMIT + 1, MOST_CHARACTERS]),
    SOME_TEXT,
)


def read(text: str, options: dict[str, str] | None = None) -> ParsedPrompt | CommandFault:
    """Read a message as the core reads it, with the numbers of pictures before its words."""
    call = read_call(text) or CommandCall(name="imagine", argument=text, options=options or {})
    nearest_command(call.name)
    try:
        return parse_prompt(call, CATALOGUE)
    except CommandFault as fault:
        for sentence in fault.sentences:
            for language in LANGUAGES:
                assert plain(TEXTS.say(sentence, language))
        return fault


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(SOME_TEXT | LONG_TEXT)
@example("{a,b}" * 100)
@example("#1 " * 350_000)
@example("a fox --n 0001" + "1" * 5_000)
@example("a fox --n " + "9" * 7_000)
@example("/" + "x" * MOST_CHARACTERS)
@example("{a," * 2_000 + "}" * 2_000)
def test_any_text_ends_in_a_request_or_a_sentence(text: str) -> None:
    outcome = read(text)
    if isinstance(outcome, ParsedPrompt):
        assert 1 <= len(outcome.prompts) <= MOST_AT_ONCE
        assert all(len(prompt) <= PROMPT_LIMIT for prompt in outcome.prompts)


@settings(max_examples=50, deadline=None)
@given(SOME_TEXT, st.sampled_from(["ar", "size", "model", "n"]))
@example("1" * MOST_CHARACTERS, "n")
@example("\x07", "size")
def test_any_value_of_an_option_ends_in_a_request_or_a_sentence(value: str, option: str) -> None:
    read("a fox", {option: value})


def seconds(work: Callable[[str], object], text: str) -> float:
    """Measure the processor's time for some work, the least of a few."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        with suppress(CommandFault):
            work(text)
        taken.append(time.process_time() - began)
    return min(taken)


READERS: tuple[Callable[[str], object], ...] = (
    read,
    take_numbers,
    take_flags,
    asks_for_words,
    lambda text: Permutations(text).count,
)
WORST = (
    "{",
    "{a,",
    "{a,b}",
    "{,}",
    '" ',
    "“a",
    "--a ",
    "—a ",
    "— ",
    "#1 ",
    "no ",
    "no a ",
    "with a ",
    "text ",
    "a\n",
    "/a",
)


@pytest.mark.parametrize("piece", WORST)
def test_eight_times_the_text_takes_about_eight_times_as_long(piece: str) -> None:
    """Each reader by itself, far beyond the length that it is given behind the check of lengths."""
    short, long = (piece * (length // len(piece)) for length in (4_096, 32_768))
    for reader in READERS:
        assert seconds(reader, long) < 8 * 4 * max(seconds(reader, short), 0.0005)


@pytest.mark.parametrize("piece", WORST)
def test_what_is_far_too_long_is_refused_at_once(piece: str) -> None:
    short, long = (piece * (length // len(piece)) for length in (64 * 1024, 512 * 1024))
    assert seconds(read, long) < 8 * 4 * max(seconds(read, short), 0.0005)
