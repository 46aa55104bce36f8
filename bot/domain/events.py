"""What happens on a chat platform, as its adapter tells the core."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.chat import Member, MessageRef, PictureRef
from bot.domain.storable_text import StorableTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall(StorableTexts):
    """A command as a platform's own command box gives it, or as it was typed.

    `options` holds what was chosen beside the free text; it counts like flags in the text.
    """

    name: str
    argument: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliedMessage(StorableTexts):
    """The message that somebody replied to, with the pictures it carries.

    The platform vouches that it stands in the same chat: a client cannot name whatever message it likes.
    """

    ref: MessageRef
    pictures: tuple[PictureRef, ...] = ()
    album: str | None = None  # the album it belongs to, where a platform sends the pictures of one apart


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage(StorableTexts):
    """Somebody said something. `key` is the same when the platform delivers the event twice, and for a whole album."""

    key: str
    author: Member
    is_private: bool  # a chat of this member and the bot alone: plain text is a prompt there
    text: str = ""
    call: CommandCall | None = None
    pictures: tuple[PictureRef, ...] = ()
    replied_to: RepliedMessage | None = None
    ref: MessageRef | None = None
    community: str | None = None  # a Discord guild, a Telegram group; None in private
    album: str | None = None  # the album that the message is one picture of
    is_addressed: bool = True  # to us for certain: in private, by our name, or in answer to us; others may be meant


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPress(StorableTexts):
    """Somebody pressed an action of one of our messages.

    Some clients can send any token they like. That the message stands in the chat the press comes from, its platform
    vouches for.
    """

    key: str
    author: Member
    token: str
    message: MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmit(StorableTexts):
    """Somebody gave the words that an action of ours asks for, where a platform has a form of its own for that."""

    key: str
    author: Member
    token: str
    words: str
    message: MessageRef  # whose action it is; it stands in the same chat
    ref: MessageRef | None = None  # what the member wrote, where that is a message too
    pictures: tuple[PictureRef, ...] = ()
    community: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(StorableTexts):
    """Somebody opened the conversation (a page loaded, /start); it may come any number of times."""

    key: str
    author: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack(StorableTexts):
    """A chat or a member has let us speak again, where we could not for a while: pictures may be waiting."""

    key: str
    author: Member  # who did it


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSeen(StorableTexts):
    """A picture of an album, where a platform sends each apart: of those that carry no command this is all there is.

    Every one is told, so that a command that comes with another, before or after, or in answer, is about all of them.
    """

    key: str
    author: Member
    album: str
    order: int  # pictures of an album stand in this order
    picture: PictureRef


Event = IncomingMessage | ButtonPress | FormSubmit | Opened | TakenBack | PictureSeen
