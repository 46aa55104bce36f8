import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.web.translate import (
    SentMessage,
    SentPicture,
    SentPress,
    to_button_press,
    to_entry,
    to_fault_message,
    to_incoming_message,
    to_member,
    to_member_entry,
    to_page,
    to_replied_message,
)
from bot.domain.chat import (
    Action,
    Member,
    MessageRef,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    PictureRef,
    Progress,
    Quoted,
    Sentence,
    StoredPicture,
    Verb,
)
from bot.domain.errors import NotAPicture
from bot.domain.events import RepliedMessage
from bot.ports import Said
from tests.fakes.texts import PlainTexts
from tests.tokens import AN_ID

PICTURE = StoredPicture(sha256="ab" * 32, mime="image/png", width=1376, height=768, size_bytes=1234)
PICTURE_ON_PAGE = {
    "url": "/pictures/" + "ab" * 32,
    "original": "/pictures/" + "ab" * 32,
    "width": 1376,
    "height": 768,
    "bytes": 1234,
    "description": "a fox",
    "filename": "plantain-7-1.png",
    "mime": "image/png",
    "number": None,
}
COPY = "cd" * 32


def entry_of(message: OutgoingMessage) -> dict[str, Any]:
    return to_entry(message, PlainTexts(), at=1_700_000_000_000)


def test_a_message_of_ours_becomes_an_entry_in_words() -> None:
    message = OutgoingMessage(
        lines=(Quoted("a fox"), Sentence("result-settings", model="Pro")),
        language="en",
        pictures=(
            OutgoingPicture(
                number=1,
                original=PICTURE,
                shown=replace(PICTURE, sha256=COPY),
                as_file=True,
                link=None,
                filename="plantain-7-1.png",
                description=Quoted("a fox"),
            ),
        ),
        actions=(
            Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again")),
            Action(verb=Verb.EDIT, target=AN_ID, label=Sentence("action-edit")),
        ),
        in_reply_to=MessageRef("m:12345678"),
        credits_left=97,
    )

    assert entry_of(message) == {
        "author": "bot",
        "at": 1_700_000_000_000,
        "lines": [
            [{"text": "a fox", "quoted": True}],
            [
                {"text": "result-settings", "quoted": False},
                {"text": " model=", "quoted": False},
                {"text": "Pro", "quoted": False},
            ],
        ],
        "pictures": [PICTURE_ON_PAGE | {"url": "/pictures/" + COPY, "number": 1}],
        "actions": [
            {"token": f"again:{AN_ID}", "verb": "again", "label": "action-again", "needsWords": False, "number": None},
            {"token": f"edit:{AN_ID}", "verb": "edit", "label": "action-edit", "needsWords": True, "number": None},
        ],
        "progress": None,
        "replyTo": "m:12345678",
        "creditsLeft": 97,
    }


def test_somebodys_words_inside_a_sentence_stay_apart_from_ours() -> None:
    message = OutgoingMessage(lines=(Sentence("flag-unknown", flag=Quoted("--<b>")),), language="en")

    assert entry_of(message)["lines"][0][-1] == {"text": "--<b>", "quoted": True}


def test_progress_is_when_its_phase_began_so_that_time_changes_no_entry() -> None:
    progress = Progress(phase=Phase.PAINTING, since=datetime.fromtimestamp(1_770_000_000.25, UTC), expected_seconds=20)
    message = OutgoingMessage(lines=(), language="en", progress=progress)

    assert entry_of(message)["progress"] == {
        "phase": "painting",
        "sinceMilliseconds": 1_770_000_000_250,
        "expectedSeconds": 20,
    }


def test_an_instant_is_data_and_a_plain_time_where_nothing_counts_it() -> None:
    began = Moment(datetime.fromisoformat("2026-02-02T09:40:00.5+07:00"))
    message = OutgoingMessage(lines=(Sentence("status-painting", began=began),), language="en")

    assert entry_of(message)["lines"][0][-1] == {"text": "02:40 UTC", "quoted": False, "moment": 1_770_000_000_500}


def test_an_entry_survives_json_unchanged() -> None:
    message = OutgoingMessage(lines=(Quoted("\u2028</script> 狐狸"),), language="zh-CN")

    assert json.loads(json.dumps(entry_of(message))) == entry_of(message)


def test_a_members_message_becomes_an_entry_with_its_pictures_and_the_names_of_what_is_none() -> None:
    sent = SentMessage(
        key="12345678",
        text="join these\nplease",
        reply_to="b:r1",
        pictures=(SentPicture(picture=PICTURE, filename="fox.png"),),
        faults=(("notes.txt", NotAPicture("no")),),
    )

    entry = to_member_entry(sent, at=5)

    assert entry["author"] == "member"
    assert entry["lines"] == [
        [{"text": "join these\nplease", "quoted": True}],
        [{"text": "notes.txt", "quoted": True}],
    ]
    assert entry["pictures"] == [PICTURE_ON_PAGE | {"description": "fox.png", "filename": "fox.png"}]
    assert (entry["replyTo"], entry["creditsLeft"], entry["at"]) == ("b:r1", None, 5)


def test_the_core_reads_a_message_with_its_pictures_and_what_it_answers() -> None:
    sent = SentMessage(
        key="12345678", text="/edit x", reply_to="b:r1", pictures=(SentPicture(picture=PICTURE, filename="f"),)
    )
    replied = RepliedMessage(ref=MessageRef("b:r1"))

    message = to_incoming_message(sent, to_member("zh-CN"), replied)

    assert message.key == message.ref == "m:12345678"
    assert message.author == Member(platform="web", id="local", name="local", language="zh-CN")
    assert message.is_private
    assert (message.text, message.call) == ("/edit x", None)
    assert message.pictures == (PictureRef("sha256:" + "ab" * 32),)
    assert message.replied_to == replied


def test_a_reply_carries_the_pictures_of_the_entry_it_answers() -> None:
    assert to_replied_message("b:r1", {"pictures": [PICTURE_ON_PAGE]}) == RepliedMessage(
        ref=MessageRef("b:r1"), pictures=(PictureRef("sha256:" + "ab" * 32),)
    )


def test_a_reply_to_what_is_not_there_carries_none() -> None:
    assert to_replied_message("b:r1", None) == RepliedMessage(ref=MessageRef("b:r1"))


def test_a_press_is_read_strictly() -> None:
    press = SentPress(key="12345678", token="again:7", message="b:r1")

    event = to_button_press(press, to_member("en"))

    assert (event.key, event.token, event.message) == ("p:12345678", "again:7", "b:r1")


@pytest.mark.parametrize(
    "change",
    [{"key": "short"}, {"key": "white space here"}, {"token": ""}, {"token": "x" * 49}, {"message": ""}, {"more": 1}],
)
def test_a_press_that_no_page_of_ours_sends_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SentPress.model_validate({"key": "12345678", "token": "again:7", "message": "b:r1"} | change)


def test_the_answer_to_a_file_that_is_no_picture_says_why_and_which() -> None:
    sent = SentMessage(key="12345678", text="", reply_to=None, faults=(("notes.txt", NotAPicture("no")),))

    message = to_fault_message(sent, "en")

    assert message.lines == (Sentence("picture-unreadable"), Quoted("notes.txt"))
    assert message.in_reply_to == "m:12345678"


def test_the_page_learns_key_position_and_revision() -> None:
    said = Said(key="b:x", position=3, revision=9, body={"author": "bot"})

    assert to_page(said) == {"key": "b:x", "position": 3, "revision": 9, "author": "bot"}


def test_of_an_entry_that_was_taken_away_the_page_learns_the_key_alone() -> None:
    assert to_page(Said(key="b:x", position=3, revision=9, body=None)) == {"key": "b:x"}
