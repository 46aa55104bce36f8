"""Pure functions that convert the core's messages to Discord messages.

A message is plain content with attachments, without embeds or Components V2. There are four reasons. It needs no
permission to embed links. It can be edited into any other message and back, which is impossible with Components V2.
Replies and forwards contain its pictures, so that everybody can edit them. Clients show attachments as large as they
show anything.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from adapters.discord.words import cut, label, length, line
from bot.domain.chat import Action, OutgoingMessage, OutgoingPicture, Piece, Quoted, Sentence, Verb
from bot.ports import Texts

MOST_CONTENT = 2_000
MOST_BUTTONS = 25
MOST_FILES = 10
MOST_LABEL = 80
MOST_DESCRIPTION = 1_024
MOST_LINK = 512

PRESS = "a:"
"""The prefix of a button's custom_id. The action's token follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: with a custom_id that a press sends to us, or with a link."""

    label: str
    custom_id: str | None = None
    url: str | None = None
    is_first: bool = False  # shown as the primary button


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A picture file of ours to attach, named by the SHA-256 of its bytes."""

    sha256: str
    name: str
    description: str | None = None
    is_spoiler: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message in the form in which it is sent to Discord."""

    content: str
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()


_WRITTEN = TypeAdapter(Written)


def to_written(
    message: OutgoingMessage,
    texts: Texts,
    *,
    by: int | None = None,
    is_spoiler: bool = False,
    has_words: bool = True,
) -> Written:
    """Convert a message. If `has_words` is false, leave out all words that a member wrote.

    `by`: the ID of the user who asked, to be named because Discord does not do that.
    """
    return Written(
        content=_content(message, texts, by, has_words=has_words),
        buttons=tuple(_buttons(message, texts)[:MOST_BUTTONS]),
        files=tuple(_files(message, is_spoiler=is_spoiler, has_words=has_words)[:MOST_FILES]),
    )


def to_body(written: Written) -> dict[str, Any]:
    """Convert a message to JSON that can be stored."""
    return asdict(written)


def from_body(body: Mapping[str, Any]) -> Written:
    """Read a stored message. Fields that another version added are ignored. Raises `ValueError` if it is invalid."""
    return _WRITTEN.validate_python(body)


def _content(message: OutgoingMessage, texts: Texts, by: int | None, *, has_words: bool) -> str:
    """Write the lines, with as much of each quotation as fits. Settings and price are never cut."""
    if not has_words:
        return cut(_lines(message, texts, by, 0), MOST_CONTENT - 1)
    fits, too_much = 0, MOST_CONTENT + 1
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if length(_lines(message, texts, by, middle)) <= MOST_CONTENT:
            fits = middle
        else:
            too_much = middle
    return cut(_lines(message, texts, by, fits), MOST_CONTENT - 1)


def _lines(message: OutgoingMessage, texts: Texts, by: int | None, limit: int) -> str:
    """Write the lines. If there are pictures, put our own words in small print on one line below the member's words."""
    said = [line([each] if isinstance(each, Quoted) else _parts(each, message, texts), limit) for each in message.lines]
    asked_by = [] if by is None else [f"<@{by}>"]
    if not message.pictures:
        return "\n".join([*said, *asked_by])
    is_somebodys = [isinstance(each, Quoted) or _quotes(each, message, texts) for each in message.lines]
    quoted = [words for words, is_quoted in zip(said, is_somebodys, strict=True) if is_quoted]
    ours = [words for words, is_quoted in zip(said, is_somebodys, strict=True) if not is_quoted]
    return "\n".join([*quoted, f"-# {' · '.join([*ours, *asked_by])}"])


def _parts(sentence: Sentence, message: OutgoingMessage, texts: Texts) -> list[Piece]:
    return list(texts.say(sentence, message.language))


def _quotes(sentence: Sentence, message: OutgoingMessage, texts: Texts) -> bool:
    return any(isinstance(part, Quoted) for part in _parts(sentence, message, texts))


def _buttons(message: OutgoingMessage, texts: Texts) -> list[Button]:
    return [*(_button(action, message, texts) for action in message.actions), *_links(message, texts)]


def _button(action: Action, message: OutgoingMessage, texts: Texts) -> Button:
    return Button(
        label=label(action.label, texts, message.language, MOST_LABEL),
        custom_id=PRESS + action.token,
        is_first=action.verb in {Verb.CONFIRM, Verb.RETRY, Verb.SHOW},
    )


def _links(message: OutgoingMessage, texts: Texts) -> list[Button]:
    """Make link buttons to originals that are not attached."""
    linked = [picture for picture in message.pictures if picture.link and len(picture.link) <= MOST_LINK]
    is_alone = len(message.pictures) == 1
    return [Button(label=_link_label(one, message, texts, is_alone=is_alone), url=one.link) for one in linked]


def _link_label(picture: OutgoingPicture, message: OutgoingMessage, texts: Texts, *, is_alone: bool) -> str:
    sentence = Sentence("action-original") if is_alone else Sentence("action-original-number", number=picture.number)
    return label(sentence, texts, message.language, MOST_LABEL)


def _files(message: OutgoingMessage, *, is_spoiler: bool, has_words: bool) -> list[File]:
    """List the files to attach: first the shown pictures in order, then the attached originals."""
    shown = [
        File(sha256=one.shown.sha256, name=one.shown_filename, description=one.description.words[:MOST_DESCRIPTION])
        for one in message.pictures
        if one.shown
    ]
    beside = [File(sha256=one.original.sha256, name=one.filename) for one in message.pictures if one.as_file]
    return [
        replace(file, is_spoiler=is_spoiler, description=file.description if has_words else None)
        for file in [*shown, *beside]
    ]
