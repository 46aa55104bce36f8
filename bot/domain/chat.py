"""Values of a chat: members, conversations, incoming pictures, and the messages that Plantain posts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.storable_text import StorableTexts

MessageRef = NewType("MessageRef", str)
"""A message on a platform, as storable text. Unique within the platform."""

PictureRef = NewType("PictureRef", str)
"""A picture on a platform, as storable text. `Conversation.open_picture` reads it."""

ConversationKey = NewType("ConversationKey", str)
"""A chat of a platform, or the part of it that one member alone sees, as storable text without secrets.

It is the same for every message in that chat, whoever its author is.
"""

PublicId = NewType("PublicId", str)
"""The public id of a request or a result: random, so that nobody can guess one."""


@dataclass(frozen=True, slots=True)
class Quoted(StorableTexts):
    """Words of a member or a model. An adapter never lets them become markup, a mention or a ping."""

    words: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time. Where the platform can, it is shown relative to the reader's own clock."""

    at: datetime


Argument = int | float | str | Quoted | Moment

Piece = str | Quoted | Moment
"""A piece of a localised sentence: our own words, quoted words, or a point in time."""


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """A text of the message catalogues: its key, and the values of its placeholders.

    The key is always written as a literal, so that a test can find every key that is used. String arguments are our own
    (a model's name, a ratio). Words that somebody typed are passed as `Quoted`.
    """

    key: str
    arguments: Mapping[str, Argument]

    def __init__(self, key: str, /, **arguments: Argument) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "arguments", arguments)


@dataclass(frozen=True, slots=True)
class Address(StorableTexts):
    """The stored form of a conversation. It may hold tokens, so its repr hides the text."""

    text: str

    def __repr__(self) -> str:
        return "Address(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(StorableTexts):
    """A person on a platform."""

    platform: str
    id: str
    name: str
    language: str  # a BCP 47 tag as the platform gave it; the catalogues pick the nearest language
    roles: frozenset[str] = frozenset()  # the member's roles in a community, as platform ids


class Verb(StrEnum):
    """The effect of a button. An adapter may draw known verbs in its own way; the label is always given."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    AGAIN = "again"
    RETRY = "retry"
    EDIT = "edit"
    LARGER = "larger"  # paint the same picture in the largest size
    DELETE = "delete"
    SEND = "send"  # send again what may not have arrived
    SHOW = "show"  # show an undelivered result here, to the member who owns it
    FILE = "file"  # send the original of a picture as a file


TOKEN_LIMIT = 48
"""Maximum characters of an action's token. The strictest platform allows 64 bytes."""

VERBS_THAT_NEED_WORDS = frozenset({Verb.EDIT})
"""For these verbs an adapter opens its reply field, form or modal at once, without asking the core."""


VERBS_ABOUT_WHAT_IS_THERE = frozenset({Verb.CONFIRM, Verb.CANCEL, Verb.DELETE, Verb.SEND})
"""These verbs edit or delete an existing message. A new message is posted only if something is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button. Its token is `verb:id`, at most `TOKEN_LIMIT` characters, and holds everything about the action."""

    verb: Verb
    target: PublicId
    label: Sentence
    number: int | None = None  # of the picture it is about, if its message has several

    @property
    def token(self) -> str:
        """The text that an adapter sends out and gets back in a `ButtonPress`."""
        return f"{self.verb}:{self.target}"

    @property
    def needs_words(self) -> bool:
        """Whether the member must type an instruction after the press."""
        return self.verb in VERBS_THAT_NEED_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture file we keep, described by its bytes and not by what a sender declared."""

    sha256: str
    mime: str
    width: int  # pixels
    height: int  # pixels
    size_bytes: int

    @property
    def ending(self) -> str:
        """The file extension of its type, with the dot."""
        return ENDINGS.get(self.mime, ".bin")


ENDINGS: Mapping[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/avif": ".avif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPicture:
    """A picture as it is posted to a chat, planned by `domain.presentation` for the limits of that chat."""

    number: int  # within its request; members refer to a picture by it
    original: StoredPicture
    shown: StoredPicture | None  # what is shown: the original, or a copy made for the chat; None: nothing can be shown
    as_file: bool  # the original is attached as a file
    is_behind_button: bool = False  # the original is sent as a file when a member asks for it
    is_barred: bool = False  # the original is not available here because the chat takes no files at all
    link: str | None = field(repr=False)  # a URL of the original, valid for a while, for anybody who has it
    filename: str  # of the original
    description: Quoted  # the alternative text for people who cannot see the picture

    @property
    def shown_filename(self) -> str:
        """The file name of what is shown, with the extension of its own type."""
        ending = self.shown.ending if self.shown else self.original.ending
        return self.filename.removesuffix(self.original.ending) + ending


class Phase(StrEnum):
    """The phase of a request, for platforms that can draw it."""

    WAITING = "waiting"
    PAINTING = "painting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a request as data. A platform can advance it by the clock, without a new message."""

    phase: Phase
    since: datetime  # when the phase began
    expected_seconds: int  # counted from `since`


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message of ours: lines of catalogue sentences and quoted words, and nothing else."""

    lines: tuple[Sentence | Quoted, ...]
    language: str
    pictures: tuple[OutgoingPicture, ...] = ()
    actions: tuple[Action, ...] = ()
    progress: Progress | None = None
    in_reply_to: MessageRef | None = None
    credits_left: int | None = None
    requester: Member | None = None  # the member whose request it is about; named if other people can read it
    answers_requester: bool = False  # `in_reply_to` is the requester's own message; if not, the requester is mentioned
    notifies: bool = False  # whether the requester is to be notified, where the platform leaves the choice
    audience: Member | None = None  # the only member it is for: as few others see it as the chat allows
    is_droppable: bool = False  # it may be left out if the rate budget is used up: then `Dropped` is raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(StorableTexts):
    """The result of posting a message: its refs and its conversation."""

    ref: MessageRef  # the message that a later edit changes
    conversation: ConversationKey  # where it was posted: the conversation it was meant for, or a fallback
    pictures: tuple[tuple[MessageRef, int], ...] = ()  # messages that show exactly one picture, with its number


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """The limits of a conversation for one picture."""

    most_bytes: int
    mimes: frozenset[str] | None = None  # None: any kind
    most_side: int | None = None  # pixels of the longer side
    most_sides: int | None = None  # pixels of width and height together
    most_ratio: float | None = None  # of the longer side to the shorter
    kept_side: int | None = None  # the platform rescales pictures whose longer side has more pixels; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """The abilities of a conversation, as data. They are read before credits are reserved."""

    may_post: bool = True
    may_attach: bool = True
    changes_until: datetime | None = None  # after this time messages posted here cannot be edited; None: always can
    reachable_until: datetime | None = None  # after this time the member cannot be reached; None: always can
    answers_in_private: bool = False  # a message for one member is seen by that member alone
    finds_posted: bool = False  # a message posted with a key can be found by that key, even if we did not record it
    shown: PictureLimits | None  # limits of a picture shown in the chat; None: it shows none
    file: PictureLimits | None  # limits of a picture sent as a file; None: it takes none
    most_bytes_together: int | None = None  # of all attachments of one message
    opens_originals: bool = False  # the reader can open the original from its copy, without another message
    shows_activity: bool = False  # the typing indicator is enough for a while, so the status message may come later
    grows: bool = False  # pictures can be added to an existing message
