"""Who spoke, where, what was said, which pictures it carries; and what Plantain says back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.storable_text import StorableTexts

MessageRef = NewType("MessageRef", str)
"""A message on a platform, as storable text; unique within the platform."""

PictureRef = NewType("PictureRef", str)
"""A picture on a platform, as storable text; `Conversation.open_picture` reads it."""

ConversationKey = NewType("ConversationKey", str)
"""A chat of a platform, or what one member alone sees of it, as storable text without secrets.

It is the same for everything that is said there, whoever says it.
"""

PublicId = NewType("PublicId", str)
"""What a request or a result is called outside of the program: random, so that nobody can guess one."""


@dataclass(frozen=True, slots=True)
class Quoted(StorableTexts):
    """Somebody's own words (a member's, a model's). An adapter never lets them become markup, mention or ping."""

    words: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, shown by how long ago or ahead it is on the reader's own clock where a platform can do that."""

    at: datetime


Argument = int | float | str | Quoted | Moment

Piece = str | Quoted | Moment
"""A part of a sentence in some language: our own words, somebody's, or an instant."""


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """A text of the message catalogues, by its key, with the values that it names.

    The key is always written as a literal, so that a test can find every key that is used. Strings given as
    arguments are our own (a model's name, a ratio); words somebody typed go in as `Quoted`.
    """

    key: str
    arguments: Mapping[str, Argument]

    def __init__(self, key: str, /, **arguments: Argument) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "arguments", arguments)


@dataclass(frozen=True, slots=True)
class Address(StorableTexts):
    """Where a conversation is, as text that can be stored. It may hold tokens, so it never shows itself."""

    text: str

    def __repr__(self) -> str:
        return "Address(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(StorableTexts):
    """A person on a platform."""

    platform: str
    id: str
    name: str
    language: str  # a BCP 47 tag as the platform gave it; the catalogues find the nearest they have
    roles: frozenset[str] = frozenset()  # what a community has given them, by the platform's ids


class Verb(StrEnum):
    """What an action does. An adapter may draw known verbs in its own way; the label is always given."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    AGAIN = "again"
    RETRY = "retry"
    EDIT = "edit"
    LARGER = "larger"  # the same picture in the largest size
    DELETE = "delete"
    SEND = "send"  # what may not have arrived, once more
    SHOW = "show"  # what could not be delivered, here, for the member whose it is
    FILE = "file"  # the original of a picture, as a file


TOKEN_LIMIT = 48
"""Characters of an action's token; the tightest platform takes 64 bytes."""

VERBS_THAT_NEED_WORDS = frozenset({Verb.EDIT})
"""For these an adapter opens its reply field, form or modal at once, without asking the core."""


VERBS_ABOUT_WHAT_IS_THERE = frozenset({Verb.CONFIRM, Verb.CANCEL, Verb.DELETE, Verb.SEND})
"""After these a message changes or goes that is there already; a new one comes only if something is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button: its token is `verb:id`, at most `TOKEN_LIMIT` characters, and says all there is to know."""

    verb: Verb
    target: PublicId
    label: Sentence
    number: int | None = None  # of the picture it is about, where its message has several

    @property
    def token(self) -> str:
        """The text an adapter sends out and gets back in a `ButtonPress`."""
        return f"{self.verb}:{self.target}"

    @property
    def needs_words(self) -> bool:
        """Whether the press asks the member for an instruction first."""
        return self.verb in VERBS_THAT_NEED_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture file we keep: what its bytes are, whatever anybody declared."""

    sha256: str
    mime: str
    width: int  # pixels
    height: int  # pixels
    size_bytes: int

    @property
    def ending(self) -> str:
        """The file ending of its kind, with its dot."""
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
    """A picture as it leaves for a chat, planned for what that chat takes (`domain.presentation`)."""

    number: int  # within its request; what a member calls it by
    original: StoredPicture
    shown: StoredPicture | None  # what is shown: the original, or a copy made for the chat; None: it cannot be
    as_file: bool  # the original is to go along as a file
    is_behind_button: bool = False  # the original comes as a file when it is asked for
    is_barred: bool = False  # the original cannot be had here because the chat takes no files at all
    link: str | None = field(repr=False)  # where the original can be had for a while, by whoever has the link
    filename: str  # of the original
    description: Quoted  # what a person reads who does not see it

    @property
    def shown_filename(self) -> str:
        """The name of what is shown, with the ending of its own kind."""
        ending = self.shown.ending if self.shown else self.original.ending
        return self.filename.removesuffix(self.original.ending) + ending


class Phase(StrEnum):
    """Where a request stands, for a platform that can draw it."""

    WAITING = "waiting"
    PAINTING = "painting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a request has come, as data: a platform lets the time pass by itself, without a new message."""

    phase: Phase
    since: datetime  # when the phase began
    expected_seconds: int  # from then on


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """What we say: lines of catalogue sentences and quoted words, and nothing else."""

    lines: tuple[Sentence | Quoted, ...]
    language: str
    pictures: tuple[OutgoingPicture, ...] = ()
    actions: tuple[Action, ...] = ()
    progress: Progress | None = None
    in_reply_to: MessageRef | None = None
    credits_left: int | None = None
    owner: Member | None = None  # whose request it is about: named on it where others read along
    answers_owner: bool = False  # `in_reply_to` is what the owner said; otherwise they are mentioned
    notifies: bool = False  # whether its owner is to hear of it where the platform leaves the choice
    audience: Member | None = None  # whom alone it is for; None: everybody there
    is_droppable: bool = False  # it may be left out where the platform has no room for it: `Dropped` is raised then


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(StorableTexts):
    """What became of a message of ours on its platform."""

    ref: MessageRef  # what a later edit changes
    conversation: ConversationKey  # where it stands: the conversation it was said in, or another that it fell back to
    pictures: tuple[tuple[MessageRef, int], ...] = ()  # messages that show one picture alone, with its number


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What a conversation takes of one picture."""

    most_bytes: int
    mimes: frozenset[str] | None = None  # None: any kind
    most_side: int | None = None  # pixels of the longer side
    most_sides: int | None = None  # pixels of width and height together
    most_ratio: float | None = None  # of the longer side to the shorter
    kept_side: int | None = None  # the longer side in pixels up to which it arrives as it is; None: always


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a conversation can show, as data; asked before credits are taken."""

    may_post: bool = True
    may_attach: bool = True
    changes_until: datetime | None = None  # from then on what was said here cannot be changed any more; None: always
    reachable_until: datetime | None = None  # from then on nothing at all can be said to the member; None: always
    answers_in_private: bool = False  # what is for one member is seen by that member alone
    finds_posted: bool = False  # a message that was posted with a key, and not remembered, is found again by it
    shown: PictureLimits | None  # a picture that is shown in the chat; None: it shows none
    file: PictureLimits | None  # a picture that is sent as a file; None: it takes none
    most_bytes_together: int | None = None  # of all that one message carries
    opens_originals: bool = False  # an original can be opened from its copy, without a message of its own
    shows_activity: bool = False  # what `show_activity` shows is enough for a while, so that a status may come later
    grows: bool = False  # pictures can be added to a message that is there already
