"""Pure functions that convert between the page's JSON and the core's values.

An entry of the transcript is stored as the page reads it. `to_page` adds `key`, `position` and `revision`. The fields:

    author       "member" or "bot"
    at           when it was first posted, milliseconds since 1970 UTC
    lines        each a list of {text, quoted}; quoted text is a member's own words. A time also has a `moment`, in
                 milliseconds since 1970 UTC; its text is the time of day
    pictures     {url, original, width, height, bytes, description, filename, mime, number}: `url` is the picture that
                 the page shows, the rest is about the original; members refer to the picture by its number, or null
    actions      {token, verb, label, needsWords, number}: the number of the picture, if it is one of several, or null
    progress     {phase, sinceMilliseconds, expectedSeconds} or null: when the phase began, since 1970 UTC, and how long
                 it is expected to take from then. The first entries had {phase, elapsedSeconds, expectedSeconds}
    replyTo      the key of the entry that it replies to, or null
    creditsLeft  a whole number, or null
    isTaken      false while a member's message is stored as an entry but its request is not known to be durable: no
                 page shows it. Otherwise absent

Entries outlive this code, and so do addresses: `tests/stored_forms` keeps a sample of every form that was ever written.
An address is JSON with a version. The first form of an address was only the name of the conversation.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from adapters.web.wall_clock import to_milliseconds
from bot.domain.chat import (
    TOKEN_LIMIT,
    Action,
    Address,
    Member,
    MessageRef,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    PictureRef,
    Piece,
    Progress,
    Quoted,
    Sentence,
    StoredPicture,
)
from bot.domain.errors import AddressUnreadable, PictureFault
from bot.domain.events import ButtonPress, IncomingMessage, RepliedMessage
from bot.domain.image_faults import meaning_of
from bot.ports import Said, Texts

PLATFORM = "web"
PICTURES_PATH = "/pictures/"
ORIGINALS_PATH = "/originals/"
KEY_PATTERN = r"[A-Za-z0-9_-]{8,64}"
"""The form of the idempotency key that the page chooses for a message or press."""

ADDRESS_VERSION = 1

_REF_PREFIX = "sha256:"
_FIRST_ADDRESS = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPicture:
    """A picture that came with a message, with the name of its file."""

    picture: StoredPicture
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message from the page: words, pictures that are stored already, and files that could not be accepted."""

    key: str
    text: str
    reply_to: str | None
    pictures: tuple[SentPicture, ...] = ()
    faults: tuple[tuple[str, PictureFault], ...] = ()  # file name, what is wrong with it


class SentPress(BaseModel):
    """A button press from the page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, StringConstraints(pattern=f"^{KEY_PATTERN}$")]
    token: Annotated[str, StringConstraints(min_length=1, max_length=TOKEN_LIMIT)]
    message: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Address(BaseModel):
    name: str


def to_address(name: str) -> Address:
    """Make the address of the conversation with a name."""
    return Address(json.dumps({"version": ADDRESS_VERSION, "name": name}, separators=(",", ":")))


def name_at(address: Address) -> str:
    """Read the name of the conversation from an address. Raises `AddressUnreadable`."""
    if _FIRST_ADDRESS.fullmatch(address.text):
        return address.text
    try:
        return _Address.model_validate_json(address.text).name
    except ValueError:
        raise AddressUnreadable("no conversation of the page") from None


def member_entry_key(key: str) -> str:
    """Return the entry key of a member's message. The prefix separates the page's keys from ours."""
    return f"m:{key}"


def bot_entry_key(key: str) -> str:
    """Return the entry key of a message of ours."""
    return f"b:{key}"


def to_picture_ref(sha256: str) -> PictureRef:
    """Make the core's reference to a picture of the page."""
    return PictureRef(_REF_PREFIX + sha256)


def sha256_of(ref: PictureRef) -> str:
    """Return the SHA-256 of the picture that a reference names."""
    return ref.removeprefix(_REF_PREFIX)


def to_member(language: str) -> Member:
    """Make the page's only member: everybody with the cookie is this member."""
    return Member(platform=PLATFORM, id="local", name="local", language=language)


def to_incoming_message(sent: SentMessage, author: Member, replied_to: RepliedMessage | None) -> IncomingMessage:
    """Convert a message. The event's key is the key of its entry."""
    return IncomingMessage(
        key=member_entry_key(sent.key),
        author=author,
        is_private=True,
        text=sent.text,
        pictures=tuple(to_picture_ref(one.picture.sha256) for one in sent.pictures),
        replied_to=replied_to,
        ref=MessageRef(member_entry_key(sent.key)),
    )


def to_button_press(press: SentPress, author: Member) -> ButtonPress:
    """Convert a button press."""
    return ButtonPress(key=f"p:{press.key}", author=author, token=press.token, message=MessageRef(press.message))


def to_replied_message(key: str, body: Mapping[str, Any] | None) -> RepliedMessage:
    """Convert the entry that was replied to, with its pictures. A deleted entry has no pictures."""
    paths = [_path_of(one) for one in (body or {}).get("pictures", ())]
    return RepliedMessage(
        ref=MessageRef(key), pictures=tuple(to_picture_ref(path.removeprefix(PICTURES_PATH)) for path in paths if path)
    )


def _path_of(picture: Mapping[str, Any]) -> str:
    """Return the path of a picture's original. Entries from before the page showed copies have it as `url`."""
    return str(picture.get("original") or picture.get("url") or "")


def to_member_entry(sent: SentMessage, *, at: int) -> dict[str, Any]:
    """Convert a member's message to an entry. `at`: milliseconds since 1970 UTC."""
    pictures = [_picture(one.picture, filename=one.filename, description=one.filename) for one in sent.pictures]
    said = [sent.text] if sent.text else []
    return {
        "author": "member",
        "at": at,
        "lines": [[_piece(Quoted(words))] for words in (*said, *(filename for filename, _ in sent.faults))],
        "pictures": pictures,
        "actions": [],
        "progress": None,
        "replyTo": sent.reply_to,
        "creditsLeft": None,
    }


NOT_TAKEN: dict[str, bool] = {"isTaken": False}
"""An extra field of an entry whose request is not known to be durable yet."""


def is_taken(said: Said) -> bool:
    """Whether pages show an entry, or showed it before it was deleted."""
    return said.body is None or said.body.get("isTaken", True)


def to_entry(message: OutgoingMessage, texts: Texts, *, at: int) -> dict[str, Any]:
    """Convert a message of ours to an entry, in the message's language. `at`: milliseconds since 1970 UTC."""
    return {
        "author": "bot",
        "at": at,
        "lines": [_line(line, texts, message.language) for line in message.lines],
        "pictures": [_outgoing_picture(one) for one in message.pictures],
        "actions": [_action(one, texts, message.language) for one in message.actions],
        "progress": None if message.progress is None else _progress(message.progress),
        "replyTo": message.in_reply_to,
        "creditsLeft": message.credits_left,
    }


def to_fault_message(sent: SentMessage, language: str) -> OutgoingMessage:
    """Make the answer to files that we cannot accept: the reason and the name of each."""
    lines: list[Sentence | Quoted] = []
    for filename, fault in sent.faults:
        lines += [meaning_of(fault).sentence, Quoted(filename)]
    return OutgoingMessage(lines=tuple(lines), language=language, in_reply_to=MessageRef(member_entry_key(sent.key)))


def not_kept(texts: Texts, language: str) -> str:
    """Return the sentence for the 503 answer: something could not be stored."""
    return in_words(Sentence("page-not-kept"), texts, language)


def not_here(language: str) -> OutgoingMessage:
    """Make the answer to a press or reply that refers to an entry that was never in the conversation."""
    return OutgoingMessage(lines=(Sentence("button-unknown"),), language=language)


def to_page(said: Said) -> dict[str, Any]:
    """Convert an entry for the page. A deleted entry has only its key."""
    if said.body is None:
        return {"key": said.key}
    return {"key": said.key, "position": said.position, "revision": said.revision, **said.body}


def in_words(sentence: Sentence, texts: Texts, language: str) -> str:
    """Return a sentence as plain text, for a label."""
    return "".join(piece["text"] for piece in _pieces(texts.say(sentence, language)))


def _line(line: Sentence | Quoted, texts: Texts, language: str) -> list[dict[str, Any]]:
    return [_piece(line)] if isinstance(line, Quoted) else _pieces(texts.say(line, language))


def _pieces(parts: Sequence[Piece]) -> list[dict[str, Any]]:
    return [_piece(part) for part in parts]


def _piece(part: Piece) -> dict[str, Any]:
    match part:
        case Quoted():
            return {"text": part.words, "quoted": True}
        case Moment():
            time_of_day = f"{part.at.astimezone(UTC):%H:%M} UTC"
            return {"text": time_of_day, "quoted": False, "moment": to_milliseconds(part.at)}
        case str():
            return {"text": part, "quoted": False}


def _outgoing_picture(one: OutgoingPicture) -> dict[str, Any]:
    shown = one.shown or one.original
    picture = _picture(one.original, filename=one.filename, description=one.description.words)
    return picture | {"url": PICTURES_PATH + shown.sha256, "number": one.number}


def _picture(picture: StoredPicture, *, filename: str, description: str) -> dict[str, Any]:
    return {
        "url": PICTURES_PATH + picture.sha256,
        "original": PICTURES_PATH + picture.sha256,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.size_bytes,
        "description": description,
        "filename": filename,
        "mime": picture.mime,
        "number": None,
    }


def _action(action: Action, texts: Texts, language: str) -> dict[str, Any]:
    return {
        "token": action.token,
        "verb": str(action.verb),
        "label": in_words(action.label, texts, language),
        "needsWords": action.needs_words,
        "number": action.number,
    }


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "phase": str(progress.phase),
        "sinceMilliseconds": to_milliseconds(progress.since),
        "expectedSeconds": progress.expected_seconds,
    }
