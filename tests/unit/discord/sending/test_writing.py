"""What messages look like, and that somebody's words stay words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.sending.writing import File, Written, from_body, to_body, to_written
from adapters.discord.words import plain
from bot.application.texts import MessageCatalog
from bot.domain.chat import Action, OutgoingMessage, Quoted, Sentence, StoredPicture, Verb
from tests.tokens import AN_ID
from tests.unit.discord.adapter import outgoing, saying, status

TEXTS = MessageCatalog("adapters.discord")
PICTURE = StoredPicture(sha256="a" * 64, mime="image/png", width=16, height=9, size_bytes=99)
PRICE = Sentence("status-price", price=2, left=8)


def with_pictures(*lines: Sentence | Quoted, count: int = 1, link: str | None = None) -> OutgoingMessage:
    pictures = tuple(outgoing(PICTURE, number, link) for number in range(1, count + 1))
    return OutgoingMessage(lines=lines, language="en", pictures=pictures)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a fox, in snow.", "a fox, in snow."),
        ("**bold** _and_ ~~gone~~ `code`", r"\*\*bold\*\* \_and\_ \~\~gone\~\~ \`code\`"),
        ("||hidden||", r"\|\|hidden\|\|"),
        ("# loud", r"\# loud"),
        ("> said", r"\> said"),
        ("- one", r"\- one"),
        ("1. one", r"1\. one"),
        ("[here](https://a.example)", r"\[here\]\(https\://a\.example\)"),
        ("discord.gg/fox", r"discord\.gg/fox"),
        ("<t:1> <:fox:1> </imagine:1>", r"\<t\:1\> \<\:fox\:1\> \</imagine\:1\>"),
        ("@everyone", "\\@\u200beveryone"),
        ("<@123> <@&123> <#123>", "\\<\\@\u200b123\\> \\<\\@\u200b&123\\> \\<\\#123\\>"),
        ("two\nlines\r\n# here", r"two lines \# here"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_somebodys_words_are_no_markup_link_or_mention(words: str, shown: str) -> None:
    assert plain(words) == shown


@given(st.text(alphabet=st.sampled_from("@<>#&!:/.hteveryonhre0123456789 \\*_[]()\n")))
def test_no_words_mention_or_link(words: str) -> None:
    shown = plain(words)
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert "://" not in shown.replace("\\://", "")
    assert "\n" not in shown


def test_a_long_prompt_is_cut_and_settings_and_price_are_not() -> None:
    written = to_written(status("*" * 8000), TEXTS)
    assert 1_900 < len(written.content) <= 2_000
    assert written.content.endswith("…\n2 credits, 8 left")


def test_letters_that_count_twice_are_counted_twice() -> None:
    written = to_written(status("🦊" * 3000), TEXTS)
    assert len(written.content.encode("utf-16-le")) // 2 <= 2_000


def test_with_pictures_what_is_ours_is_one_small_line_below_the_prompt() -> None:
    numbered = Sentence("numbered-prompt", number=1, prompt=Quoted("a red fox"))
    written = to_written(with_pictures(Quoted("a fox"), numbered, PRICE, PRICE), TEXTS, by=7)
    assert written.content == "a fox\n1: a red fox\n-# 2 credits, 8 left · 2 credits, 8 left · <@7>"


def test_buttons_carry_their_tokens_and_originals_their_links() -> None:
    again = Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again"))
    link = "https://pictures.example.org/a"
    message = replace(with_pictures(PRICE, count=2, link=link), actions=(again,))
    buttons = to_written(message, TEXTS).buttons
    assert [(button.label, button.custom_id, button.url) for button in buttons] == [
        ("Again", f"a:again:{AN_ID}", None),
        ("Original 1", None, link),
        ("Original 2", None, link),
    ]


def test_an_original_goes_along_as_a_file_beside_what_is_shown() -> None:
    heic = replace(PICTURE, sha256="b" * 64, mime="image/heic")
    one = replace(outgoing(PICTURE), original=heic, as_file=True, filename="plantain-5-1.heic")
    written = to_written(replace(with_pictures(PRICE), pictures=(one,)), TEXTS)
    assert written.files == (
        File(sha256="a" * 64, name="plantain-5-1.png", description="a fox"),
        File(sha256="b" * 64, name="plantain-5-1.heic"),
    )


def test_what_came_hidden_goes_hidden() -> None:
    assert to_written(with_pictures(PRICE), TEXTS, is_spoiler=True).files[0].is_spoiler


def test_without_words_nothing_is_left_that_somebody_else_wrote() -> None:
    written = to_written(with_pictures(Quoted("rude"), PRICE), TEXTS, has_words=False)
    assert "rude" not in written.content
    assert written.files[0].description is None


def test_what_is_kept_comes_back_the_same() -> None:
    written = to_written(with_pictures(Quoted("a fox"), PRICE, link="https://a.example/"), TEXTS)
    assert from_body(to_body(written)) == written


def test_a_message_without_pictures_has_a_line_for_each() -> None:
    assert to_written(saying(Quoted("a fox"), PRICE), TEXTS) == Written(content="a fox\n2 credits, 8 left")


def test_the_button_for_the_file_is_a_button_like_others() -> None:
    file = Action(verb=Verb.FILE, target=AN_ID, label=Sentence("action-original"))
    show = Action(verb=Verb.SHOW, target=AN_ID, label=Sentence("discord-show"))
    written = to_written(replace(saying(), actions=(file, show)), TEXTS)
    assert [(button.label, button.custom_id, button.is_first) for button in written.buttons] == [
        ("Original", f"a:file:{AN_ID}", False),
        ("Show", f"a:show:{AN_ID}", True),
    ]
