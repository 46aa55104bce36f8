import re

import pytest

from adapters.web.labels import DOOR_LABELS, LABELS, page_labels, page_menu, preferred_language
from adapters.web.page import PAGE_FOLDER, Page
from bot.application.intake.answers import Answers
from bot.domain.chat import Sentence
from bot.domain.prompt.commands import MENU
from bot.ports import PlatformServices
from bot.wiring.clock import SystemClock
from tests.fakes.pictures import MemoryPictures
from tests.fakes.texts import PlainTexts
from tests.fakes.transcript import MemoryTranscript


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en-x-fallback"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,en;q=0.9", "en-GB"),
        ("fr-FR,zh;q=0.8,en;q=0.5", "zh"),
        ("en;q=0.1,zh;q=0.7", "zh"),
        ("zh;q=0,en;q=0.1", "en"),
        ("fr, de, *", "en-x-fallback"),
        ("en;q=loud", "en-x-fallback"),
    ],
)
def test_the_page_speaks_the_first_language_that_both_know(header: str, language: str) -> None:
    assert preferred_language(header, PlainTexts(), "en-x-fallback") == language


def test_every_label_the_scripts_use_exists_and_every_label_is_used() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in PAGE_FOLDER.glob("*.js"))
    used = set(re.findall(r"labels\.(\w+)", scripts)) | set(Page.load().chat.get_identifiers())
    by_state = {"connecting", "connected", "lost"}  # read as labels[state]

    assert set(LABELS) == (used - {"name", "language", "data"}) | by_state


def test_every_label_of_the_door_is_used() -> None:
    assert set(Page.load().door.get_identifiers()) == set(DOOR_LABELS) | {"name", "language"}


def test_the_menu_tells_which_commands_want_words() -> None:
    menu = page_menu(MENU, PlainTexts(), "en")

    assert [command["name"] for command in menu] == [command.name for command in MENU]
    takes_words = {command["name"]: command["takesWords"] for command in menu}
    assert takes_words["imagine"]
    assert not takes_words["cancel"]
    assert [option["name"] for option in menu[0]["options"]] == [
        option.name for option in MENU[0].options if not option.is_required
    ]


def test_a_label_can_neither_end_its_element_nor_the_data_block() -> None:
    texts = PlainTexts({"page-send": '</script><b title="'})
    services = PlatformServices(
        texts=texts,
        menu=MENU,
        language="en",
        bot_name="<Bot>",
        transcript=MemoryTranscript(),
        pictures=MemoryPictures(),
        answers=Answers(SystemClock()),
        links=None,
        load_secret=str,
        announce=lambda _: None,
    )

    page = Page.load().render_chat(services, "en")

    assert page_labels(texts, "en", {"send": Sentence("page-send")}) == {"send": '</script><b title="'}
    assert "<b" not in page.replace("<body", "").replace("<button", "")
    assert "<Bot>" not in page
    assert page.count("</script>") == 2


def test_the_page_asks_nobody_else_for_anything() -> None:
    """No inline script, style or handler, and no address but our own: what the content security policy demands."""
    files = [*PAGE_FOLDER.iterdir(), *(PAGE_FOLDER.parent / "templates").iterdir()]
    for path in files:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text), path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), path.name
        assert not re.search(r"<style|\sstyle=|\son\w+=\"", text), path.name
