"""What a message of a request says from its beginning to its end: the states that are edited into one another."""

import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from PIL import Image

from bot.domain.chat import (
    Action,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    Progress,
    Quoted,
    Sentence,
    Verb,
)
from bot.ports import Texts
from tests.fakes.pictures import MemoryPictures
from tests.tokens import AN_ID

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
COLOURS = ("red", "green", "blue")

CANCEL = Action(verb=Verb.CANCEL, target=AN_ID, label=Sentence("action-cancel"))
AGAIN = Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again"))
EDIT = Action(verb=Verb.EDIT, target=AN_ID, label=Sentence("action-edit"))
DELETE = Action(verb=Verb.DELETE, target=AN_ID, label=Sentence("action-delete"))
RETRY = Action(verb=Verb.RETRY, target=AN_ID, label=Sentence("action-retry"))
CONFIRM = Action(verb=Verb.CONFIRM, target=AN_ID, label=Sentence("action-confirm", price=12))
DECLINE = Action(verb=Verb.CANCEL, target=AN_ID, label=Sentence("action-decline"))
PRICE = Sentence("status-price", price=2, left=18)


def saying(words: str, *lines: Sentence, actions: Sequence[Action] = (), **more: Any) -> OutgoingMessage:
    """Make a message that quotes these words, by which a test knows it."""
    return OutgoingMessage(lines=(Quoted(words), *lines), language="en", actions=tuple(actions), **more)


def status(words: str = "waiting", *, phase: Phase = Phase.WAITING, **more: Any) -> OutgoingMessage:
    progress = Progress(phase=phase, since=NOON, expected_seconds=40)
    return saying(words, PRICE, actions=[CANCEL], progress=progress, **more)


def drawn(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 36), colour).save(file, "PNG")
    return file.getvalue()


async def result(pictures: MemoryPictures, words: str = "a result", *, count: int = 1, **more: Any) -> OutgoingMessage:
    """Make an outcome with so many pictures, which are kept."""
    shown = []
    for number, colour in enumerate(COLOURS[:count], start=1):
        async with pictures.new_file() as file:
            await file.write(drawn(colour))
            kept = await file.finish()
        name = f"plantain-{AN_ID}-{number}.png"
        shown.append(
            OutgoingPicture(
                number=number,
                original=kept,
                shown=kept,
                as_file=False,
                link=None,
                filename=name,
                description=Quoted("a fox"),
            )
        )
    return saying(words, PRICE, pictures=tuple(shown), actions=[AGAIN, EDIT, DELETE], **more)


async def _at_once(message: OutgoingMessage, _: MemoryPictures) -> OutgoingMessage:
    return message


async def _with_pictures(words: str, count: int, pictures: MemoryPictures) -> OutgoingMessage:
    return await result(pictures, words, count=count)


State = Callable[[MemoryPictures], Awaitable[OutgoingMessage]]

WORDS: Mapping[str, State] = {
    name: partial(_at_once, message)
    for name, message in {
        "waiting": status("state of waiting"),
        "painting": saying(
            "state of painting",
            Sentence("status-painting", began=Moment(NOON), minutes=0, seconds=20),
            PRICE,
            progress=Progress(phase=Phase.PAINTING, since=NOON, expected_seconds=20),
        ),
        "offer": saying(
            "state of offer", Sentence("offer-price", count=3, price=12, left=20), actions=[CONFIRM, DECLINE]
        ),
        "failed": saying(
            "state of failed", Sentence("fault-blocked"), Sentence("nothing-charged", left=20), actions=[RETRY]
        ),
        "cancelled": saying("state of cancelled", Sentence("status-cancelled")),
    }.items()
}
STATES: Mapping[str, State] = {
    **WORDS,
    "one picture": partial(_with_pictures, "state of one picture", 1),
    "three pictures": partial(_with_pictures, "state of three pictures", 3),
}


def words_of(sentence: Sentence, texts: Texts) -> str:
    """Return a sentence in English, as plain text."""
    return "".join(piece if isinstance(piece, str) else str(piece) for piece in texts.say(sentence, "en"))


def labels_of(message: OutgoingMessage, texts: Texts) -> tuple[str, ...]:
    return tuple(words_of(action.label, texts) for action in message.actions)
