"""The buttons under a message."""

from collections.abc import Iterator, Sequence
from math import ceil

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from adapters.telegram.sending.rendering import say
from bot.domain.chat import Action, OutgoingMessage, OutgoingPicture, Sentence
from bot.ports import Texts

IN_A_ROW = 3
"""The most buttons in a row whose labels can still be read on a phone."""


def to_keyboard(message: OutgoingMessage, texts: Texts) -> InlineKeyboardMarkup | None:
    """Lay out the buttons: actions about the whole message, then those about one picture, then links to originals."""
    general = [_to_button(one, message, texts) for one in message.actions if one.number is None]
    numbered = [_to_button(one, message, texts) for one in message.actions if one.number is not None]
    linked = [_to_link(one, message, texts) for one in message.pictures if one.link]
    rows = [row for buttons in (general, numbered, linked) for row in _rows(buttons)]
    return InlineKeyboardMarkup(rows) if rows else None


def _to_button(action: Action, message: OutgoingMessage, texts: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(say(action.label, texts, message.language), callback_data=action.token)


def _to_link(picture: OutgoingPicture, message: OutgoingMessage, texts: Texts) -> InlineKeyboardButton:
    is_alone = len(message.pictures) == 1
    label = Sentence("action-original") if is_alone else Sentence("action-original-number", number=picture.number)
    return InlineKeyboardButton(say(label, texts, message.language), url=picture.link)


def _rows(buttons: Sequence[InlineKeyboardButton]) -> Iterator[Sequence[InlineKeyboardButton]]:
    """Split buttons into as few rows as possible, of nearly equal length: four buttons become two and two."""
    start = 0
    for left in range(ceil(len(buttons) / IN_A_ROW), 0, -1):
        end = start + ceil((len(buttons) - start) / left)
        yield buttons[start:end]
        start = end
