"""The message catalogues: nothing missing, nothing unused, the same in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent
from fluent.syntax.visitor import Visitor

from adapters.registry import PLATFORMS, sentences_of
from bot.application.texts import CORE, LANGUAGES, MessageCatalog, catalogue_text, nearest_language, plain
from bot.domain.chat import Quoted, Sentence

ROOT = Path(__file__).parents[3]
PACKAGES = (CORE, *sentences_of(PLATFORMS))
TEXTS = MessageCatalog()


def sentence_calls() -> Iterator[tuple[Path, ast.Call]]:
    for room in ("bot", "adapters"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Sentence":
                    yield path, node


def key_of(path: Path, call: ast.Call) -> str:
    """Return the key of a sentence that the code says."""
    key = call.args[0]
    assert isinstance(key, ast.Constant), f"{path}:{call.lineno}: the key of a Sentence is written as a literal"
    return str(key.value)


def used() -> dict[str, set[str]]:
    """Return every key the code says, with the arguments it gives."""
    keys: dict[str, set[str]] = {}
    for path, call in sentence_calls():
        keys.setdefault(key_of(path, call), set()).update(word.arg for word in call.keywords if word.arg)
    return keys


def messages(language: str) -> dict[str, set[str]]:
    """Return every key of the catalogues, with the arguments it names."""
    found = [of_package(language, package) for package in PACKAGES]
    assert sum(map(len, found)) == len(set().union(*found)), "a key stands in two catalogues"
    return {key: names for each in found for key, names in each.items()}


def of_package(language: str, package: str) -> dict[str, set[str]]:
    """Return every key of one package's catalogue, with the arguments it names."""
    resource = FluentParser().parse(catalogue_text(language, package))
    assert not [entry for entry in resource.body if isinstance(entry, fluent.Junk)]
    found = [entry for entry in resource.body if isinstance(entry, fluent.Message)]
    names = [entry.id.name for entry in found]
    assert len(names) == len(set(names)), "a key stands twice"
    return {entry.id.name: variables(entry) for entry in found}


class Variables(Visitor):
    """Collects the arguments that a message names."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, reference: fluent.VariableReference) -> None:  # noqa: N802 - the library's name
        self.names.add(reference.id.name)


def variables(message: fluent.Message) -> set[str]:
    visitor = Variables()
    visitor.visit(message)
    return visitor.names


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_missing_or_unused(language: str) -> None:
    assert set(messages(language)) == set(used())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_core_says_stands_in_its_own_catalogue(language: str) -> None:
    said = {key_of(path, call) for path, call in sentence_calls() if path.is_relative_to(ROOT / "bot")}
    assert said <= set(of_package(language, CORE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_no_argument_that_the_code_does_not_give(language: str) -> None:
    given = used()
    assert {key: names - given[key] for key, names in messages(language).items() if names - given[key]} == {}


def test_languages_name_the_same_arguments_or_fewer() -> None:
    english, chinese = messages("en"), messages("zh-CN")
    assert {key for key in english if chinese[key] - english[key]} == set()


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-GB", "en"), ("zh", "zh-CN"), ("zh_Hans_SG", "zh-CN"), ("zh-cn", "zh-CN"), ("de", "en"), ("", "en")],
)
def test_the_nearest_language_is_spoken(tag: str, language: str) -> None:
    assert nearest_language(tag) == language


def test_plural_forms_follow_the_number() -> None:
    said = [plain(TEXTS.say(Sentence("nothing-charged", left=left), "en")) for left in (0, 1, 2, 1000)]
    assert [text.split("you have ")[1] for text in said] == [
        "0 credits left.",
        "1 credit left.",
        "2 credits left.",
        "1,000 credits left.",
    ]


def test_somebodys_words_come_out_as_a_piece_of_their_own() -> None:
    words = Quoted("<b>--x { $left } \ue0000\ue001")
    assert TEXTS.say(Sentence("flag-unknown", flag=words, flags="--ar"), "en") == [
        "I don't know ",
        words,
        ". There are --ar.",
    ]


def test_settings_that_nobody_chose_are_left_out() -> None:
    line = Sentence("status-settings", model="Nano Banana", ratio="auto", size="auto")
    assert plain(TEXTS.say(line, "en")) == "Nano Banana"
    line = Sentence("status-settings", model="Nano Banana", ratio="16:9", size="auto")
    assert plain(TEXTS.say(line, "zh-CN")) == "Nano Banana · 16:9"


def test_a_sentence_that_was_said_before_quotes_the_words_of_now() -> None:
    for words in (Quoted("--x"), Quoted("--y")):
        assert TEXTS.say(Sentence("flag-unknown", flag=words, flags="--ar"), "en")[1] == words


def test_equal_numbers_of_another_kind_read_as_they_would_alone() -> None:
    def said(texts: MessageCatalog, length: float) -> str:
        return plain(texts.say(Sentence("prompt-too-long", length=length, limit=1), "en"))

    assert [said(TEXTS, length) for length in (1, 1.0, True)] == [
        said(MessageCatalog(), length) for length in (1, 1.0, True)
    ]
