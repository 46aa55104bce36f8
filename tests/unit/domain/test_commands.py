"""The grammar: what people type, on phones and keyboards, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.chat import Quoted
from bot.domain.errors import CommandFault
from bot.domain.events import CommandCall
from bot.domain.prompt.commands import MOST_AT_ONCE, PROMPT_LIMIT, ParsedPrompt, parse_prompt, read_call, take_numbers
from bot.domain.prompt.flags import MOST_QUOTED
from bot.domain.requests.requests import PictureWish
from tests.catalogue import built_in_catalogue

CATALOGUE = built_in_catalogue()
PRO = CATALOGUE.default.name
WIDE = Ratio(16, 9)


def asking(text: str, **options: str) -> ParsedPrompt:
    return parse_prompt(CommandCall(name="imagine", argument=text, options=options), CATALOGUE)


def wish(text: str, **options: str) -> PictureWish:
    return asking(text, **options).wish


def fault(text: str) -> CommandFault:
    with pytest.raises(CommandFault) as caught:
        wish(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "a red fox --ar 16:9 --size 4K",
        "a red fox —ar 16:9 —size 4K",
        "a red fox –ar 16:9 –size 4K",
        "a red fox ——ar 16：9 ——size 4k",
        "a red fox －－ar １６：９ －－size ４Ｋ",
        "a red fox --ar=16x9 --size=4k",
        "a red fox --AR 16×9 --SIZE 4K",
        "--ar 16:9 a red fox --size 4K",
        "--size 4K --ar 16/9 a red fox",
        "a red fox --ar16:9 --size 4K",
        "a red fox --aspect-ratio 16:9 --resolution 4K",
        "a red fox --ar 16:9 --ar 16：9 --size 4K",
        "a red fox\t--ar = 16:9 --size 4K",
    ],
)
def test_every_spelling_of_the_settings_is_understood(text: str) -> None:
    assert wish(text) == PictureWish(prompt="a red fox", model=PRO, settings=PictureSettings(ratio=WIDE, size="4K"))


def test_a_prompt_alone_gets_the_defaults() -> None:
    assert wish("a red fox") == PictureWish(prompt="a red fox", model=PRO, settings=PictureSettings(size="1K"))


def test_a_flag_in_the_middle_leaves_one_space() -> None:
    assert wish("a red --ar 16:9 fox").prompt == "a red fox"


def test_line_breaks_quotes_and_capitals_of_the_prompt_are_kept() -> None:
    text = 'A poster that says "Hello,\nWorld"\n\n“smart” — isn’t it? --size 2K'
    assert wish(text).prompt == 'A poster that says "Hello,\nWorld"\n\n“smart” — isn’t it?'


@pytest.mark.parametrize("text", ["snow — soft light", "snow —soft light", "well-lit, half–open", "a -- b", "1--2"])
def test_dashes_of_the_prose_stay_in_the_prompt(text: str) -> None:
    assert wish(text).prompt == text


@pytest.mark.parametrize("text", ["a fox —past the bridge", "snow —last light", "a path –east wards"])
def test_words_near_a_switch_stay_in_the_prompt_after_a_long_dash(text: str) -> None:
    assert wish(text).prompt == text


@pytest.mark.parametrize(
    "text", ["a hotel —think Wes Anderson", "a skater —thin ice below", "a sign —art deco", "lace —aspect and colour"]
)
def test_a_long_dash_makes_a_flag_only_before_a_value_of_it(text: str) -> None:
    assert wish(text).prompt == text


def test_a_long_dash_before_a_value_makes_a_flag() -> None:
    assert wish("a hotel —think high").settings.thinking == "high"
    assert fault("a hotel —thnk high").sentences[0].key == "flag-unknown-near"
    assert fault("a hotel --think Wes").sentences[0].key == "setting-unreadable"


@pytest.mark.parametrize(
    "text",
    [
        "a red fox --fast",
        "--fast a red fox",
        "a red --fast fox",
        "a red fox —fast",
        "a red fox --FAST",
        "a red fox --quick",
    ],
)
def test_a_switch_stands_anywhere_and_takes_no_word_of_the_prompt(text: str) -> None:
    assert wish(text) == PictureWish(prompt="a red fox", model="gemini-2.5-flash-image", settings=PictureSettings())


def test_a_switch_leaves_the_line_break_after_it() -> None:
    assert wish("a red fox --best\nin snow") == PictureWish(
        prompt="a red fox\nin snow", model=PRO, settings=PictureSettings(size="1K")
    )


def test_a_switch_may_be_an_option_of_a_command_box() -> None:
    assert wish("a red fox", fast="").model == "gemini-2.5-flash-image"
    assert wish("a red fox --fast", fast="").model == "gemini-2.5-flash-image"


def test_a_size_has_its_other_spellings() -> None:
    for spelling in ("512", "512px", "0.5k"):
        assert wish(f"fox --model nano-banana-2 --size {spelling}").settings.size == "512"


def test_a_retired_name_is_the_model_that_came_after_it() -> None:
    assert wish("fox --model gemini-2.5-flash-image-preview").model == "gemini-2.5-flash-image"
    assert wish("fox --model Nano-Banana-Pro-Preview").model == PRO


def test_what_a_model_lacks_is_answered_with_one_that_has_it() -> None:
    lacking, elsewhere = fault("fox --size 4K --model flash").sentences
    assert (lacking.key, elsewhere.key) == ("setting-without-choice", "offered-by")
    assert elsewhere.arguments == {"model": "Nano Banana Pro", "flag": "--model pro"}
    lacking, elsewhere = fault("fox --ar 1:8 --size 4K --model pro").sentences
    assert (lacking.key, elsewhere.key) == ("ratio-not-offered", "offered-by")
    assert elsewhere.arguments == {"model": "Nano Banana 2", "flag": "--model nano-banana-2"}


def test_where_no_model_has_a_shape_none_can_be_read() -> None:
    with pytest.raises(CommandFault) as caught:
        parse_prompt(
            CommandCall(name="imagine", argument="fox --ar wide", options={}), built_in_catalogue(["sora_image"])
        )
    assert [sentence.key for sentence in caught.value.sentences] == ["setting-without-choice"]


def test_options_of_a_command_box_count_like_flags() -> None:
    assert wish("a red fox --size 4K", ar="16:9").settings.ratio == WIDE


def test_a_model_is_found_by_its_name_or_alias_in_any_capitals() -> None:
    assert wish("fox --model Flash").model == "gemini-2.5-flash-image"
    assert wish("fox --m GEMINI-2.5-flash-image").settings.size is None


@pytest.mark.parametrize(
    ("text", "key", "argument", "value"),
    [
        ("", "prompt-empty", None, None),
        ("   \n ", "prompt-empty", None, None),
        ("--ar 16:9", "prompt-empty", None, None),
        ("x" * 100_000, "prompt-too-long", "length", 100_000),
        ("a fox\x07", "prompt-control-characters", "code", "U+0007"),
        ("a fox\ud800", "prompt-control-characters", "code", "U+FFFD"),
        ("a fox\0", "prompt-control-characters", "code", "U+FFFD"),
        ("fox --ar", "flag-without-value", "flag", "--ar"),
        ("fox --ar --size 4K", "flag-without-value", "flag", "--ar"),
        ("fox --sise 4K", "flag-unknown-near", "near", "--size"),
        ("fox —sise 4K", "flag-unknown-near", "near", "--size"),
        ("fox --stylize 4", "flag-unknown", "flag", Quoted("--stylize")),
        ("fox --ar 1:1 --ar 16:9", "flag-twice", "second", Quoted("16:9")),
        ("fox --ar wide", "setting-unreadable", "value", Quoted("wide")),
        ("fox --ar 0:1", "setting-unreadable", "value", Quoted("0:1")),
        ("fox --ar 7:5", "ratio-not-offered", "value", "7:5"),
        ("fox --size 9K", "size-not-offered", "values", "1K, 2K, 4K"),
        ("fox --fast=4", "flag-takes-no-value", "flag", "--fast"),
        ("fox --best2", "flag-takes-no-value", "flag", "--best"),
        ("fox --fsat", "flag-unknown-near", "near", "--fast"),
        ("fox --fast --best", "choice-twice", "second", "--best"),
        ("fox --best --model flash", "choice-twice", "first", "--model"),
        ("fox --size 9K --model flash", "setting-without-choice", "model", "Nano Banana"),
        ("fox --ar 7:5 --model sora", "setting-without-choice", "model", "Sora Image"),
        ("fox --model flesh", "model-unknown-near", "near", "gemini-2.5-flash-image"),
        ("fox --model zzz", "model-unknown", "model", Quoted("zzz")),
    ],
)
def test_what_cannot_be_is_answered_with_what_can(text: str, key: str, argument: str | None, value: object) -> None:
    (sentence,) = fault(text).sentences
    assert sentence.key == key
    if argument is not None:
        assert sentence.arguments[argument] == value


def test_a_ratio_the_model_lacks_is_answered_with_those_it_has() -> None:
    (sentence,) = fault("fox --ar 7:5").sentences
    assert "16:9" in str(sentence.arguments["values"])


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/imagine a fox", "imagine", "a fox"),
        ("  /Imagine@PlantainBot a fox", "imagine", "a fox"),
        ("／imagine a fox", "imagine", "a fox"),
        ("/imagine\na fox\nin snow", "imagine", "a fox\nin snow"),
        ("/help", "help", ""),
    ],
)
def test_a_typed_command_is_taken_apart(text: str, name: str, argument: str) -> None:
    assert read_call(text) == CommandCall(name=name, argument=argument, options={})


@pytest.mark.parametrize("text", ["a fox", "/", "/ imagine", "1/imagine", "/画 a fox", "/imagine! fox"])
def test_plain_text_is_no_command(text: str) -> None:
    assert read_call(text) is None


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        read = wish(text)
    except CommandFault:
        return
    assert read.prompt.strip() == read.prompt
    assert 0 < len(read.prompt) <= PROMPT_LIMIT


@given(st.lists(st.sampled_from(["a", "red", "fox", "“in”", "snow,", "7:5", "4K"]), min_size=1, max_size=8))
def test_flags_anywhere_give_the_same_wish(words: list[str]) -> None:
    expected = wish(" ".join(words) + " --ar 16:9")
    for place in range(len(words) + 1):
        assert wish(" ".join([*words[:place], "--ar 16:9", *words[place:]])) == expected


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("a red fox", ("a red fox",)),
        ("a red fox --n 3", ("a red fox",) * 3),
        ("a red fox —n ４", ("a red fox",) * 4),
        ("a red fox --count=2", ("a red fox",) * 2),
        ("{red, blue} car", ("red car", "blue car")),
        ("{red, blue} car --n 2", ("red car", "red car", "blue car", "blue car")),
    ],
)
def test_each_picture_that_is_asked_for_has_its_prompt(text: str, prompts: tuple[str, ...]) -> None:
    assert asking(text).prompts == prompts


def test_the_wish_keeps_the_choices_as_they_were_typed() -> None:
    assert wish("{red, blue} car --n 2").prompt == "{red, blue} car"


@pytest.mark.parametrize("count", ["²", "٣", "0", "5", "-1", "two", "1.5", "999999999999", "¼"])
def test_a_number_of_pictures_that_is_not_offered_is_refused(count: str) -> None:
    [sentence] = fault(f"a fox --n {count}").sentences
    assert (sentence.key, sentence.arguments["limit"]) == ("count-not-offered", 4)


def test_more_pictures_than_are_made_at_once_are_refused_with_their_number() -> None:
    [sentence] = fault("{a, b, c} {d, e, f} fox --n 4").sentences
    assert sentence.key == "too-many-pictures"
    assert sentence.arguments == {"count": 36, "limit": MOST_AT_ONCE}


@pytest.mark.parametrize("flag", ["ar", "size", "model", "n", "unknown"])
def test_a_value_is_quoted_in_short(flag: str) -> None:
    text = f"a red fox --{flag} {'9' * 6_000}" if flag != "unknown" else f"a red fox --{'q' * 6_000}"
    quoted = [each for each in fault(text).sentences[0].arguments.values() if isinstance(each, Quoted)]
    assert [len(each.words) for each in quoted] == [MOST_QUOTED + 1]


def test_values_that_contradict_each_other_are_quoted_in_short() -> None:
    quoted = fault(f"a red fox --ar {'9' * 3_000} --ar {'8' * 3_000}").sentences[0].arguments
    assert max(len(each.words) for each in quoted.values() if isinstance(each, Quoted)) == MOST_QUOTED + 1


def test_choices_beyond_counting_are_refused_at_once() -> None:
    assert fault("{a,b}" * 1_000).sentences[0].key == "too-many-pictures"


def test_choices_that_leave_no_words_leave_nothing_to_paint() -> None:
    assert fault("{, }").sentences[0].key == "prompt-empty"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("#2 make it night", ((2,), "make it night")),
        ("#1 #3 #1 put them together", ((1, 3), "put them together")),
        ("＃2 改成夜晚", ((2,), "改成夜晚")),
        ("make #2 darker", ((), "make #2 darker")),
        ("#2nd place", ((), "#2nd place")),
        ("#ff0000 walls", ((), "#ff0000 walls")),
        ("#2", ((2,), "")),
    ],
)
def test_numbers_before_the_words_say_which_pictures(text: str, taken: tuple[tuple[int, ...], str]) -> None:
    assert take_numbers(text) == taken
