"""The words of a message as Telegram takes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.telegram.sending.keyboards import to_keyboard
from adapters.telegram.sending.rendering import CAPTION_UNITS, TEXT_UNITS, cut, plain, render, units
from bot.application.texts import MessageCatalog
from bot.domain.chat import Action, Member, Moment, OutgoingMessage, Piece, Quoted, Sentence, Verb
from tests.simulators.telegram.chats.text import formatted, found_entities
from tests.tokens import AN_ID

TEXTS = MessageCatalog("adapters.telegram")
SETTINGS = Sentence("status-settings", model="Nano Banana Pro", ratio="16:9", size="4K")
PRICE = Sentence("status-price", price=4, left=16)


def message(*lines: Sentence | Quoted, language: str = "en", **more: object) -> OutgoingMessage:
    return OutgoingMessage(lines=lines, language=language, **more)  # type: ignore[arg-type]  # any of its fields


@pytest.mark.parametrize("most", [TEXT_UNITS, CAPTION_UNITS])
@pytest.mark.parametrize("word", ["fox ", "🦊", "狐", "a\n"])
def test_a_long_prompt_is_cut_and_settings_and_price_stay(most: int, word: str) -> None:
    rendered = render(message(Quoted(word * 5000), SETTINGS, PRICE), TEXTS, most=most)
    assert most - 4 <= units(rendered.text) <= most
    assert rendered.text.endswith("…\nNano Banana Pro · 16:9 · 4K\n4 credits, 16 left")
    assert rendered.entities[0].type == MessageEntity.EXPANDABLE_BLOCKQUOTE


def test_of_several_prompts_the_longest_are_cut_first() -> None:
    lines = [Sentence("numbered-prompt", number=n, prompt=Quoted("fox " * 30)) for n in range(1, 11)]
    rendered = render(message(Quoted("a short one"), *lines, PRICE), TEXTS, most=CAPTION_UNITS)
    assert units(rendered.text) <= CAPTION_UNITS
    assert rendered.text.startswith("a short one\n")
    assert rendered.text.count("…") == 10
    assert rendered.text.endswith("4 credits, 16 left")


@given(st.lists(st.text(max_size=2000), max_size=4), st.sampled_from([1, 20, CAPTION_UNITS, TEXT_UNITS]))
def test_whatever_is_quoted_fits_and_its_entities_lie_within(words: list[str], most: int) -> None:
    rendered = render(message(*map(Quoted, words), PRICE), TEXTS, most=most)
    assert units(rendered.text) <= most
    for entity in rendered.entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= units(rendered.text)


@given(st.text(alphabet="🦊a", max_size=50), st.integers(min_value=0, max_value=60))
def test_no_character_is_cut_in_the_middle(text: str, most: int) -> None:
    shortened = cut(text, most)
    assert units(shortened) <= most
    assert shortened.removesuffix("…") == text[: len(shortened.removesuffix("…"))]


@pytest.mark.parametrize(
    "words",
    [
        "<b>bold</b>",
        "*bold* _it_ [x](http://a.b)",
        "@channel and @ada_l",
        "/imagine /stop@other_bot",
        "mail me@home_now",
    ],
)
def test_a_members_words_become_no_markup_mention_or_command(words: str) -> None:
    rendered = render(message(Quoted(words), PRICE), TEXTS, most=TEXT_UNITS)
    assert rendered.text.replace("\u2060", "").startswith(words)
    found = {one["type"] for one in found_entities(rendered.text)}
    assert found <= {"url", "hashtag"}
    assert [entity.type for entity in rendered.entities] == ["blockquote", "italic"]


def test_our_own_commands_can_be_tapped() -> None:
    rendered = render(message(Sentence("help-imagine")), TEXTS, most=TEXT_UNITS)
    assert [one["type"] for one in found_entities(rendered.text)] == ["bot_command"]


def test_entities_are_taken_as_they_are() -> None:
    rendered = render(message(Quoted("🦊\r\nfox"), SETTINGS, PRICE), TEXTS, most=TEXT_UNITS)
    entities = [entity.to_dict() for entity in rendered.entities]
    text, stand = formatted({"text": rendered.text, "entities": entities}, "text", most=TEXT_UNITS)
    assert (text, stand) == (rendered.text, entities)


def test_words_that_are_nothing_take_no_line() -> None:
    assert render(message(Quoted("  "), PRICE), TEXTS, most=TEXT_UNITS).text == "4 credits, 16 left"


AT = datetime(2026, 11, 28, 14, 5, tzinfo=UTC)


class _Timed:
    """A catalogue with one sentence that names an instant."""

    def say(self, sentence: Sentence, language: str) -> Sequence[Piece]:
        return ["🦊 asked ", sentence.arguments["at"], ", about 30 s"]  # type: ignore[list-item]  # it is a piece


def test_an_instant_is_shown_by_the_readers_clock_and_is_a_plain_time_elsewhere() -> None:
    rendered = render(message(Sentence("asked", at=Moment(AT))), _Timed(), most=TEXT_UNITS)
    (entity,) = rendered.entities
    assert rendered.text == "🦊 asked 14:05 UTC, about 30 s"
    assert entity.to_dict() == {
        "type": "date_time",
        "offset": 9,
        "length": 9,
        "unix_time": int(AT.timestamp()),
        "date_time_format": "r",
    }
    assert formatted({"text": rendered.text, "entities": [entity.to_dict()]}, "text", most=TEXT_UNITS)
    assert rendered.without_moments.entities == ()


def test_an_instant_that_is_cut_away_leaves_no_entity() -> None:
    rendered = render(message(Sentence("asked", at=Moment(AT))), _Timed(), most=5)
    assert rendered.entities == ()


ADA = Member(platform="telegram", id="7001", name="Ada @channel", language="en")


def test_whose_it_is_stands_above_and_can_be_told() -> None:
    named = render(message(PRICE), TEXTS, most=TEXT_UNITS, named=ADA, is_mention=True)
    assert named.text.replace("\u2060", "") == "Ada @channel\n4 credits, 16 left"
    mention = named.entities[0]
    assert (mention.type, mention.offset, mention.length) == ("text_mention", 0, units("Ada @channel") + 1)
    assert mention.user is not None
    assert mention.user.id == 7001
    assert render(message(PRICE), TEXTS, most=TEXT_UNITS, named=ADA).entities[0].type == "bold"


@pytest.mark.parametrize("name", ["", " ", "x" * 1000])
def test_a_name_of_any_length_has_a_line_of_its_own(name: str) -> None:
    named = render(message(PRICE), TEXTS, most=TEXT_UNITS, named=replace(ADA, name=name), is_mention=True)
    first = named.text.partition("\n")[0]
    assert 0 < units(first) <= 64
    assert named.entities[0].length == units(first)


def test_nobody_of_another_platform_can_be_told_here() -> None:
    other = replace(ADA, platform="discord")
    named = render(message(PRICE), TEXTS, most=TEXT_UNITS, named=other, is_mention=True)
    assert named.entities[0].type == "bold"


def test_an_answer_to_a_press_is_plain() -> None:
    assert plain(message(PRICE, Quoted("a\r\nfox")), TEXTS) == "4 credits, 16 left\na\nfox"


def test_buttons_about_one_picture_of_several_stand_below_the_others() -> None:
    actions = [Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again"))]
    actions += [
        Action(verb=Verb.EDIT, target=AN_ID, label=Sentence("action-edit-number", number=n), number=n)
        for n in range(1, 5)
    ]
    keyboard = to_keyboard(message(PRICE, actions=tuple(actions), language="zh-CN"), TEXTS)
    assert keyboard is not None
    labels = [[button.text for button in row] for row in keyboard.inline_keyboard]
    assert labels == [["再来一张"], ["修改第 1 张", "修改第 2 张"], ["修改第 3 张", "修改第 4 张"]]
    assert all(len(str(button.callback_data).encode()) <= 64 for row in keyboard.inline_keyboard for button in row)
