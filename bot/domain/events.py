"""Events of a chat platform, as its adapter passes them to the core."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.chat import Member, MessageRef, PictureRef
from bot.domain.storable_text import StorableTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall(StorableTexts):
    """A command, from a platform's own command box or typed as text.

    `options` holds what was chosen besides the free text. It counts like flags in the text.
    """

    name: str
    argument: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliedMessage(StorableTexts):
    """The message that somebody replied to, with the pictures it carries.

    The platform guarantees that it is in the same chat: a client cannot name any message it likes.
    """

    ref: MessageRef
    pictures: tuple[PictureRef, ...] = ()
    album: str | None = None  # the album it belongs to, if the platform sends the pictures of an album separately


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage(StorableTexts):
    """A message from a member.

    `key` is equal if the platform delivers an event twice, and for all messages of an album.
    """

    key: str
    author: Member
    is_private: bool  # a direct chat of this member and the bot: plain text is a prompt there
    text: str = ""
    call: CommandCall | None = None
    pictures: tuple[PictureRef, ...] = ()
    replied_to: RepliedMessage | None = None
    ref: MessageRef | None = None
    community: str | None = None  # a Discord guild, a Telegram group; None in private
    album: str | None = None  # the album that this message is one picture of
    is_addressed: bool = True  # surely for us: in private, by our name or in reply to us; False: maybe for others


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPress(StorableTexts):
    """A member pressed a button of one of our messages.

    Some clients can send any token they like. The platform guarantees that the message is in the chat where it was
    pressed.
    """

    key: str
    author: Member
    token: str
    message: MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmit(StorableTexts):
    """A member gave the words that an action asks for, on a platform that has a form for that."""

    key: str
    author: Member
    token: str
    words: str
    message: MessageRef  # the message that has the action, in the same chat
    ref: MessageRef | None = None  # the member's own message, if the words came as one
    pictures: tuple[PictureRef, ...] = ()
    community: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(StorableTexts):
    """A member opened the conversation (a page loaded, /start). It may come any number of times."""

    key: str
    author: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack(StorableTexts):
    """A chat or a member lets us post again after a time when we could not. Pictures may be waiting."""

    key: str
    author: Member  # the member who allowed it


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSeen(StorableTexts):
    """One picture of an album, on a platform that sends each picture as a message of its own.

    Every picture is reported, because a command may come with another picture of the album, before it, after it, or in
    a reply. For a picture without a command this is the only event.
    """

    key: str
    author: Member
    album: str
    order: int  # position within the album
    picture: PictureRef


Event = IncomingMessage | ButtonPress | FormSubmit | Opened | TakenBack | PictureSeen
