"""From Telegram's messages and presses to the core's values: pure functions."""

import re
from dataclasses import dataclass

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Document,
    ExternalReplyInfo,
    Message,
    PhotoSize,
    Sticker,
    User,
)
from telegram.constants import ChatMemberStatus

from adapters.telegram.chat_ref import PLATFORM, to_ref
from adapters.telegram.prompts import AskedFor, asked_for, read_payload
from bot.domain.chat import Member, PictureRef
from bot.domain.events import (
    ButtonPress,
    Event,
    FormSubmit,
    IncomingMessage,
    Opened,
    PictureSeen,
    RepliedMessage,
    TakenBack,
)

_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff")
_ASKING = frozenset({"imagine", "edit"})
_COMMAND = re.compile(r"\s*[/／](?P<name>[A-Za-z]\w*)(?:@(?P<bot>\w+))?(?=\s|$)", re.ASCII)
_NAME = re.compile(r"(?<![^\s/／\w])(?:[/／]\w+)?@(\w+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot itself, as Telegram knows it."""

    id: int
    username: str
    language: str  # spoken with those whose own language Telegram does not tell

    def is_named(self, name: str) -> bool:
        """Whether a user name is ours; capitals do not matter."""
        return name.casefold() == self.username.casefold()


def words_of(message: Message) -> str:
    """Text or caption."""
    return message.text or message.caption or ""


def command_of(message: Message) -> str | None:
    """The name of the command that a message begins with."""
    match = _COMMAND.match(words_of(message))
    return match["name"].casefold() if match else None


def is_for_another(message: Message, me: Me) -> bool:
    """Whether its command names another bot."""
    match = _COMMAND.match(words_of(message))
    return match is not None and match["bot"] is not None and not me.is_named(match["bot"])


def is_private(message: Message) -> bool:
    """Whether it stands in the chat of one person with us."""
    return message.chat.type == "private"


def is_addressed(message: Message, me: Me) -> bool:
    """Whether it is meant for us for certain: in private, by our name, or in answer to us."""
    answered = answered_message(message)
    is_answer = answered is not None and answered.from_user is not None and answered.from_user.id == me.id
    return is_private(message) or is_answer or any(me.is_named(name) for name in _NAME.findall(words_of(message)))


def answered_message(message: Message) -> Message | None:
    """What a message answers in its chat. What answers nothing in a topic answers the message that opened it."""
    answered = message.reply_to_message
    return None if answered is not None and answered.forum_topic_created else answered


def to_member(user: User, language: str) -> Member:
    """A person; `language` is for those of whom none is known."""
    # A deleted account has an empty first name, and some servers between us and Telegram say null.
    name = " ".join(part for part in (user.first_name, user.last_name) if part) or user.username or str(user.id)
    return Member(platform=PLATFORM, id=str(user.id), name=name, language=user.language_code or language)


def to_picture_ref(carrier: Message | ExternalReplyInfo) -> PictureRef | None:
    """The picture of a message: the largest size of a photo, a document that is one, or a sticker that stands still."""
    if carrier.photo:
        return PictureRef(max(carrier.photo, key=_area).file_id)
    if carrier.document and is_picture(carrier.document):
        return PictureRef(carrier.document.file_id)
    if carrier.sticker and is_still(carrier.sticker):
        return PictureRef(carrier.sticker.file_id)
    return None


def is_picture(document: Document) -> bool:
    """Whether a file is meant to be a picture; phones send HEIC and AVIF without saying what they are."""
    kind, name = (document.mime_type or "").casefold(), (document.file_name or "").casefold()
    return kind.startswith("image/") or name.endswith(_PICTURE_ENDINGS)


def is_still(sticker: Sticker) -> bool:
    """Whether a sticker is a picture and no animation or video."""
    return not (sticker.is_animated or sticker.is_video)


def to_replied_message(message: Message, me: Me) -> RepliedMessage | None:
    """What a message answers, with its picture; from elsewhere comes only what Telegram shows of it."""
    if message.external_reply is not None:
        return _from_elsewhere(message.external_reply, message, me)
    answered = answered_message(message)
    if answered is None:
        return None
    picture = to_picture_ref(answered)
    return RepliedMessage(
        ref=to_ref(me.id, answered.chat.id, answered.message_id),
        pictures=(picture,) if picture else (),
        album=to_album(answered, me),
    )


def _from_elsewhere(answered: ExternalReplyInfo, message: Message, me: Me) -> RepliedMessage:
    """From another topic of the same chat, or from another chat: then the reference names the answer, and no other.

    What we have shown in another chat is nothing to this one; its picture is edited as Telegram hands it on.
    """
    picture = to_picture_ref(answered)
    is_same_chat = answered.chat is not None and answered.chat.id == message.chat.id
    message_id = answered.message_id if is_same_chat and answered.message_id else message.message_id
    return RepliedMessage(ref=to_ref(me.id, message.chat.id, message_id), pictures=(picture,) if picture else ())


def to_album(message: Message, me: Me) -> str | None:
    """The album that a message is one picture of."""
    album = message.media_group_id
    return None if album is None else f"{me.id}:{message.chat.id}:album:{album}"


def to_incoming_message(message: Message, author: Member, me: Me) -> IncomingMessage:
    """What was said, as the core reads it."""
    album, picture = to_album(message, me), to_picture_ref(message)
    ref = to_ref(me.id, message.chat.id, message.message_id)
    return IncomingMessage(
        key=album or ref,
        author=author,
        is_private=is_private(message),
        text=_without_our_name(words_of(message), me),
        pictures=(picture,) if picture else (),
        replied_to=to_replied_message(message, me),
        ref=ref,
        community=None if is_private(message) else str(message.chat.id),
        album=album,
        is_addressed=is_addressed(message, me),
    )


def to_picture_seen(message: Message, author: Member, me: Me) -> PictureSeen | None:
    """One picture of an album; None for everything else."""
    album, picture = to_album(message, me), to_picture_ref(message)
    if album is None or picture is None:
        return None
    key = f"{to_ref(me.id, message.chat.id, message.message_id)}:picture"
    return PictureSeen(key=key, author=author, album=album, order=message.message_id, picture=picture)


def to_form_submit(message: Message, author: Member, me: Me) -> FormSubmit | None:
    """The words that one of our questions asked for; None if the message answers none, or is a command of its own.

    Who has followed the link of such a question hands in no words.
    """
    asked, words = _linked_to(message), ""
    if command_of(message) is None:
        asked, words = asked_for(answered_message(message), me.id), _without_our_name(words_of(message), me)
    if asked is None:
        return None
    ref, picture = to_ref(me.id, message.chat.id, message.message_id), to_picture_ref(message)
    return FormSubmit(
        key=ref,
        author=author,
        token=asked.token,
        words=words,
        message=to_ref(me.id, message.chat.id, asked.message_id),
        ref=ref,
        pictures=(picture,) if picture else (),
        community=None if is_private(message) else str(message.chat.id),
    )


def _linked_to(message: Message) -> AskedFor | None:
    """The action in the payload of the link that opened this private chat."""
    if not is_private(message) or command_of(message) != "start":
        return None
    return read_payload(words_of(message).partition(" ")[2].strip())


def to_opened(message: Message, author: Member, me: Me) -> Opened | None:
    """That somebody opened their chat with us: `/start`, with whatever a link brought along."""
    if not is_private(message) or command_of(message) != "start":
        return None
    return Opened(key=to_ref(me.id, message.chat.id, message.message_id), author=author)


def to_taken_back(change: ChatMemberUpdated, me: Me) -> TakenBack | None:
    """That a chat or a member takes us back; None where we could speak before, or cannot now."""
    if _is_out(change.old_chat_member) == _is_out(change.new_chat_member) or _is_out(change.new_chat_member):
        return None
    key = f"{to_ref(me.id, change.chat.id, 0)}:taken-back:{change.date.timestamp():.0f}"
    return TakenBack(key=key, author=to_member(change.from_user, me.language))


def _is_out(member: ChatMember) -> bool:
    """Whether we cannot speak in a chat as such a member."""
    is_kept_silent = isinstance(member, ChatMemberRestricted) and not (member.is_member and member.can_send_messages)
    return member.status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED) or is_kept_silent


def is_request(event: Event) -> bool:
    """Whether somebody asks for a picture for certain, so that they can be shown at once that they were heard."""
    if isinstance(event, FormSubmit):
        return True
    if not isinstance(event, IncomingMessage):
        return False
    command = _COMMAND.match(event.text)
    if command is not None:
        return command["name"].casefold() in _ASKING
    return event.is_private and event.replied_to is None  # what answers something may be talk


def to_button_press(query: CallbackQuery, me: Me) -> ButtonPress | None:
    """A press, as the core reads it; None for one that no message of ours can have."""
    if query.message is None or query.data is None:
        return None
    return ButtonPress(
        key=f"{me.id}:press:{query.id}",
        author=to_member(query.from_user, me.language),
        token=query.data,
        message=to_ref(me.id, query.message.chat.id, query.message.message_id),
    )


def _without_our_name(words: str, me: Me) -> str:
    """Words that begin with our name are said to us; the name is no part of what is to be painted."""
    name, _, rest = words.lstrip().partition(" ")
    return rest if name.startswith("@") and me.is_named(name[1:]) else words


def _area(size: PhotoSize) -> int:
    return size.width * size.height
